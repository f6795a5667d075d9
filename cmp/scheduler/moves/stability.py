"""Measures how steady planning is: how many replicas move for a small change of what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.plan import Plan
from cmp.model.workload import Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.moves.cordon import cordoned
from cmp.scheduler.objective.migration_cost import roads_of
from cmp.scheduler.objective.plan_diff import moved_minutes, rows_in_use, shifts


@dataclass(frozen=True, slots=True)
class Answered:
    """What one change of input moves, of `rows` rows with `running` replicas in all.

    `forced` replicas had to move, since where they stood is gone; `unplaced` sides found no place any more.
    `minutes` are those of the objective's part `move`.
    """

    change: str
    rows: int
    running: int
    sides_moved: int
    replicas_moved: int
    forced: int
    unplaced: int
    minutes: float


Change = tuple[str, Environment]
"""What was changed, in words, and the environment as it is then."""


def answered(plan: Plan, change: Change) -> Answered:
    """Plan anew from a Plan after a change, and count what moves."""
    name, environment = change
    decision = schedule(environment, at=plan.origin.at, seed=plan.origin.seed, previous=plan)
    there = {workload.id for workload in environment.workloads}
    before = [row for row in plan.placements if row.workload in there]
    both = _with_pools(
        plan.environment, tuple({**plan.environment.estate.pool, **environment.estate.pool}.values())
    )
    moved = shifts(before, decision.placements, both, roads_of(both, before))
    gone = {pool.id for pool in plan.environment.estate.pools} - set(environment.estate.pool)
    return Answered(
        name,
        rows_in_use(plan.placements),
        sum(row.replicas for row in plan.placements),
        len(moved),
        sum(shift.replicas for shift in moved),
        sum(row.replicas for row in before if row.pool in gone),
        len(decision.unplaced),
        round(moved_minutes(moved), 3),
    )


def stability(plan: Plan, made: Iterable[Change] | None = None) -> tuple[Answered, ...]:
    """What each of some changes moves, by default those of `small_changes`."""
    found = small_changes(plan.environment) if made is None else made
    return tuple(answered(plan, change) for change in found)


def small_changes(environment: Environment) -> Iterator[Change]:
    """Five everyday changes: more replicas, a workload gone, a pool more, a pool gone, facts lost."""
    first = environment.workloads[0]
    more = (_grown(first), *environment.workloads[1:])
    yield f"one replica more of {first.id}", environment.changed(workloads=more)
    rest = environment.workloads[:-1]
    if rest:
        yield f"{environment.workloads[-1].id} is gone", environment.changed(workloads=rest)
    largest = max(environment.estate.pools, key=lambda pool: (pool.hosts, pool.id))
    twin = largest.changed(id=f"{largest.id}-2"[-40:])
    yield f"a pool like {largest.id} more", _with_pools(environment, (*environment.estate.pools, twin))
    smallest = min(environment.estate.pools, key=lambda pool: (pool.hosts, pool.id))
    yield f"{smallest.id} is gone", cordoned(environment, {smallest.id})
    blind = tuple(pool.changed(power=None, price_cny=None) for pool in environment.estate.pools)
    yield "power and prices are unknown", _with_pools(environment, blind)


def _grown(workload: Workload) -> Workload:
    part = workload.components[0]
    more = part.changed(replicas=part.replicas + 1, quorum=None)
    return workload.changed(components=(more, *workload.components[1:]))


def _with_pools(environment: Environment, pools: tuple[Pool, ...]) -> Environment:
    return environment.changed(estate=environment.estate.changed(pools=pools))
