"""Finds moves between pools: what the engine would change in a Plan, taken group by group while it pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.model.plan import Placement, Plan
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import PLACED_ONLY, schedule
from cmp.scheduler.moves.cordon import cordoned
from cmp.scheduler.moves.observed import hosts_on, switched_pools
from cmp.scheduler.objective.migration_cost import MoveEffort, Roads, roads_of
from cmp.scheduler.objective.plan_diff import Shift, moved_minutes, shifts
from cmp.scheduler.problem.groups import groups_of

RATES = ("facility_watts", "cost", "balance", "chip_preference")
"""Parts of the objective that count every hour; `move` counts once."""

TRIED = 16
"""Changes that are solved for at each turn, those that promise most for each move first."""

POOLS_TRIED = 8
"""Pools that are looked at as if they were not there, those with the fewest replicas first."""

_Spot = tuple[str, str, str, str, str, int]
"""Workload, component, role, pool, way and replicas of a row."""


@dataclass(frozen=True, slots=True, eq=False)
class RowChange:
    """The rows that some groups of workloads would have instead of those that they have.

    `promise` is what the answer that it is part of would gain an hour.
    """

    workloads: frozenset[str]
    rows: tuple[Placement, ...]
    promise: float = 0.0

    @property
    def name(self) -> str:
        """How it is called."""
        return "+".join(sorted(self.workloads))


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """A change that was solved: the decision, what moves for it, what that takes and gains an hour."""

    change: RowChange
    decision: Decision
    shifts: tuple[Shift, ...]
    effort: MoveEffort
    gain: Mapping[str, float]

    @property
    def moves(self) -> int:
        """What counts against a limit on moves."""
        return sum(shift.moves for shift in self.shifts)

    @property
    def gain_per_hour(self) -> float:
        """The weighted parts together."""
        return sum(self.gain.values())

    @property
    def pools(self) -> frozenset[str]:
        """The pools that replicas leave or come to."""
        return frozenset(pool for shift in self.shifts for leg in shift.legs for pool in (leg.source, leg.to))


def changes(plan: Plan) -> tuple[RowChange, ...]:
    """What the engine would do otherwise: from the Plan, from nothing, and as if a pool were not there."""
    found: dict[tuple[str, tuple[_Spot, ...]], RowChange] = {}
    for answer in _answers(plan):
        promise = sum(gain(plan, answer.within(plan)).values())
        if len(answer.unplaced) > len(plan.unplaced) or promise <= 0:
            continue
        each = _differences(plan, answer.placements)
        for change in (*_together(each), *each):
            key = change.name, _places(change.rows)
            if key not in found or found[key].promise < promise:
                found[key] = replace(change, promise=promise)
    return tuple(sorted(found.values(), key=lambda change: (-change.promise, change.name)))


def _answers(plan: Plan) -> Iterator[Decision]:
    environment, at, seed = plan.environment, plan.origin.at, plan.origin.seed
    yield schedule(environment, at=at, seed=seed, previous=plan)
    yield schedule(environment, at=at, seed=seed)
    replicas: dict[str, int] = {}
    for row in plan.placements:
        replicas[row.pool] = replicas.get(row.pool, 0) + row.replicas
    switched = [pool.id for pool in switched_pools(environment) if replicas.get(pool.id)]
    for pool in sorted(switched, key=lambda pool: (replicas[pool], pool))[:POOLS_TRIED]:
        yield schedule(cordoned(environment, {pool}), at=at, seed=seed, previous=plan, limits=PLACED_ONLY)


def transfers(plan: Plan, proposed: Iterable[RowChange], most: int) -> Iterator[Transfer]:
    """Solve changes of a Plan one by one: those that stand, with so many moves at most."""
    roads = roads_of(plan.environment, plan.placements)
    fitting: list[tuple[float, str, RowChange]] = []
    for change in proposed:
        rows = with_rows(plan, change).placements
        moves = sum(shift.moves for shift in shifts(plan.placements, rows, plan.environment, roads))
        if 0 < moves <= most:
            fitting.append((-change.promise / moves, change.name, change))
    for _, _, change in sorted(fitting, key=lambda each: each[:2])[:TRIED]:
        found = _solved(plan, change, roads)
        if found is not None and 0 < found.moves <= most:
            yield found


def gain(before: Plan, after: Plan) -> dict[str, float]:
    """By how much each part that counts every hour becomes smaller.

    The objective takes every empty host for switched off. What it counts so of clouds that switch none is no
    gain: these hosts go on drawing what they draw.
    """
    old, new = _rates(before), _rates(after)
    less = {name: round(old[name] - new[name], 3) for name in RATES}
    return {name: value for name, value in less.items() if value}


def _rates(plan: Plan) -> dict[str, float]:
    parts = {name: plan.objective.parts.get(name, 0.0) for name in RATES}
    weight = plan.environment.policy.objective.facility_watts
    return {**parts, "facility_watts": parts["facility_watts"] - weight * _idle_watts(plan)}


def _idle_watts(plan: Plan) -> float:
    """Facility power that hosts draw idle which count as on, and which their cloud never switches."""
    estate, on = plan.environment.estate, hosts_on(plan)
    switched = {pool.id for pool in switched_pools(plan.environment)}
    return sum(
        estate.center_of(pool).pue.value * pool.power.idle_watts.value * len(on[pool.id])
        for pool in estate.pools
        if pool.power is not None and pool.id not in switched
    )


def recounted(plan: Plan, target: Plan) -> Plan:
    """A Plan whose part `move` counts from another one: weighted minutes of all that moves between them."""
    environment = plan.environment
    weights = environment.policy.objective
    moved = shifts(plan.placements, target.placements, environment, roads_of(environment, plan.placements))
    quantity = moved_minutes(moved) / weights.payback_hours
    parts = {**target.objective.parts, "move": round(weights.move * quantity, 3)}
    value = target.objective.model_copy(
        update={
            "total": round(sum(parts[name] for name in sorted(parts)), 3),
            "parts": parts,
            "quantities": {**target.objective.quantities, "move": round(quantity, 3)},
        }
    )
    return target.model_copy(update={"objective": value})


def with_rows(plan: Plan, change: RowChange) -> Plan:
    """The Plan with some groups' rows replaced, to start from; what it says of hosts is left out."""
    rest = [row for row in plan.placements if row.workload not in change.workloads]
    rows = sorted((*rest, *change.rows), key=lambda row: (row.workload, row.component, row.role, row.pool))
    return plan.model_copy(update={"placements": tuple(rows), "packings": ()})


def _solved(plan: Plan, change: RowChange, roads: Roads) -> Transfer | None:
    start = with_rows(plan, change)
    at, seed = plan.origin.at, plan.origin.seed
    decision = schedule(plan.environment, at=at, seed=seed, previous=start, limits=PLACED_ONLY)
    if len(decision.unplaced) > len(plan.unplaced):
        return None
    moved = shifts(plan.placements, decision.placements, plan.environment, roads)
    effort = MoveEffort()
    for shift in moved:
        if shift.effort is None:
            return None
        effort = effort + shift.effort
    earned = gain(plan, decision.within(plan))
    return Transfer(change, decision, moved, effort, earned)


def _differences(plan: Plan, placements: Sequence[Placement]) -> list[RowChange]:
    """The groups whose rows differ."""
    old, new = _by_workload(plan.placements), _by_workload(placements)
    found = []
    for group in groups_of(plan.environment):
        before = [row for name in group.members for row in old.get(name, ())]
        after = [row for name in group.members for row in new.get(name, ())]
        if before and after and _places(before) != _places(after):
            found.append(RowChange(frozenset(group.members), tuple(after)))
    return found


def _together(each: Sequence[RowChange]) -> tuple[RowChange, ...]:
    if len(each) < 2:  # noqa: PLR2004 - one alone is that one
        return ()
    workloads = frozenset(name for change in each for name in change.workloads)
    return (RowChange(workloads, tuple(row for change in each for row in change.rows)),)


def _by_workload(placements: Iterable[Placement]) -> dict[str, list[Placement]]:
    found: dict[str, list[Placement]] = {}
    for row in placements:
        found.setdefault(row.workload, []).append(row)
    return found


def _places(rows: Iterable[Placement]) -> tuple[_Spot, ...]:
    """Where rows stand, with how many replicas."""
    return tuple(
        sorted(
            (*(row.workload, row.component, row.role.value, row.pool, row.variant or ""), row.replicas)
            for row in rows
        )
    )
