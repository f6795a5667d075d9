"""Writes accepted moves as a proposal: cost, gain and break-even of each, the steps, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Refused
from cmp.model.moves import Basis, Move, MovePlan, Purpose, Step, StepKind
from cmp.model.plan import Plan
from cmp.model.policy import Objective
from cmp.scheduler.moves.consolidation import Emptied, pool_milli_watts
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.sequencing import Hop, inverse, moved_ground, simulate
from cmp.scheduler.moves.steps import ground_of, migrations, numbered, switched
from cmp.scheduler.moves.transfers import Transfer
from cmp.scheduler.moves.transition import Relocation
from cmp.scheduler.objective.migration_cost import MoveEffort
from cmp.scheduler.objective.plan_diff import rows_in_use
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """A move with what it takes, gains an hour (weighted parts) and when it has earned its cost."""

    subject: str
    what: Emptied | tuple[Transfer, Relocation]
    effort: MoveEffort
    gain: Mapping[str, float]
    break_even_hours: float
    moves: int


def weighed(effort: MoveEffort, weights: Objective) -> float:
    """What a move costs once, in units of the objective: weight × minutes."""
    return weights.move * effort.minutes


def earned(parts: Mapping[str, float]) -> dict[str, float]:
    """What is gained in each part an hour, without those that do not change."""
    return {name: round(value, 3) for name, value in parts.items() if round(value, 3)}


def break_even(cost: float, gain_per_hour: float) -> float | None:
    """Hours until a move has earned its cost; None where it never does."""
    return cost / gain_per_hour if gain_per_hour > 0 else None


def written(
    plan: Plan,
    target: Plan | None,
    start: Mapping[str, PoolHosts],
    accepted: Sequence[Accepted],
    basis: Basis,
    notes: tuple[str, ...],
) -> MovePlan:
    """The proposal as a document.

    Raises:
        Refused: the way there or back does not hold when it is walked through (a fault of ours: nothing is
            offered then).
    """
    weights = plan.environment.policy.objective
    moves: list[Move] = []
    way, owners = _way_of(accepted)
    steps, back = list(way.steps if way else ()), list(way.inverse if way else ())
    for number, each in enumerate(accepted):
        numbers = tuple(place for place, owner in enumerate(owners, start=1) if owner == number)
        if isinstance(each.what, Emptied):
            there, home = _steps(each.what, plan)
            numbers = tuple(range(len(steps) + 1, len(steps) + len(there) + 1))
            steps += there
            back = [*home, *back]
        moves.append(_move(each, weights, numbers))
    before, after = _parts(plan, start, accepted)
    return MovePlan(
        environment=plan.environment.name,
        plan=plan.hash,
        target=target.hash if target else None,
        purpose=Purpose.REBALANCE,
        basis=basis,
        moves=tuple(moves),
        steps=numbered(steps),
        inverse=numbered(back),
        before=before,
        after=after,
        notes=notes,
        rows_total=rows_in_use(plan.placements),
    )


def _move(each: Accepted, weights: Objective, numbers: tuple[int, ...]) -> Move:
    return Move(
        subject=each.subject,
        cost=each.effort.cost,
        weighted_cost=round(weighed(each.effort, weights), 3),
        gain=each.gain,
        gain_per_hour=round(sum(each.gain.values()), 3),
        break_even_hours=round(each.break_even_hours, 3),
        steps=numbers,
    )


def walked(hosts: PoolHosts, hops: Sequence[Hop]) -> tuple[Hop, ...]:
    """The way back of hops that start at these hosts, after both ways were simulated.

    Raises:
        Refused: a state on the way has no room or breaks a promise.
    """
    ground = ground_of(hosts)
    start = {hop.item: hop.source for hop in reversed(hops)}
    there = {**start, **{hop.item: hop.to for hop in hops}}
    back = inverse(hops)
    broken = simulate(hops, ground, start) or simulate(back, moved_ground(ground, hops), there)
    if broken is not None:
        raise Refused(Sentence("the way does not hold: {broken}", broken=broken))
    return back


def _way_of(accepted: Sequence[Accepted]) -> tuple[Relocation | None, list[int]]:
    """The one way that all transfers take together, and of each of its steps the number of its move.

    Each transfer's way leads from the start to where all of them have moved by then: the last is that of all.
    """
    found = [
        (number, each.what) for number, each in enumerate(accepted) if not isinstance(each.what, Emptied)
    ]
    if not found:
        return None, []
    owner = {name: number for number, (transfer, _) in found for name in transfer.change.workloads}
    last, (_, way) = found[-1]
    return way, [owner.get(step.workload or "", last) for step in way.steps]


def _steps(what: Emptied, plan: Plan) -> tuple[list[Step], list[Step]]:
    """The steps that empty hosts and those back."""
    hosts, environment = what.before, plan.environment
    hops = what.done.hops
    back = walked(hosts, hops)
    emptied = (what.host, *what.also)
    off = [switched(hosts, StepKind.POWER_OFF, host) for host in emptied]
    on = [switched(hosts, StepKind.POWER_ON, host) for host in reversed(emptied)]
    return [*migrations(hosts, hops, environment), *off], [*on, *migrations(hosts, back, environment)]


def _parts(
    plan: Plan, start: Mapping[str, PoolHosts], accepted: Iterable[Accepted]
) -> tuple[dict[str, float], dict[str, float]]:
    """The objective's parts before and after, weighted; watts are those of the hosts that are really on."""
    weights = plan.environment.policy.objective
    before = {name: value for name, value in sorted(plan.objective.parts.items()) if name != "move"}
    watts = sum(pool_milli_watts(hosts, plan.environment) for hosts in start.values()) / 1000
    before["facility_watts"] = round(weights.facility_watts * watts, 3)
    after, cost = dict(before), 0.0
    for each in accepted:
        cost += weighed(each.effort, weights)
        for name, value in each.gain.items():
            after[name] = round(after.get(name, 0.0) - value, 3)
    before["move"], after["move"] = 0.0, round(cost / weights.payback_hours, 3)
    return with_total(before), with_total(after)


def with_total(parts: dict[str, float]) -> dict[str, float]:
    """Parts of the objective with their sum."""
    return {**parts, "total": round(sum(parts[name] for name in sorted(parts)), 3)}
