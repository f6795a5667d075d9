"""Orders the way from one Plan to another: side by side, or a whole group where it leaves a center.

Every state in between is proved like a Plan: no promise breaks while it lasts. While a side moves, its
replicas count on the real hosts of both pools; spare hosts lend room for that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Refused
from cmp.model.moves import Step, StepKind
from cmp.model.plan import Packing, Placement, Plan
from cmp.model.proof import FailureProof
from cmp.scheduler.moves.arrivals import OUTSIDE, Journey, arrivals, journey
from cmp.scheduler.moves.observed import Reality
from cmp.scheduler.moves.sequencing import (
    Hop,
    Item,
    Place,
    Positions,
    StepGround,
    Task,
    inverse,
    moved_ground,
    sequence,
    simulate,
)
from cmp.scheduler.moves.steps import effort_on, migrations
from cmp.scheduler.objective.migration_cost import MoveEffort, roads_of
from cmp.scheduler.objective.plan_diff import Shift, Side, shifts
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.sizes import Vector
from cmp.scheduler.survival.proving import prove
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True, eq=False)
class Relocation:
    """Steps from one Plan to another and back, not numbered yet, with what moves and what it takes."""

    shifts: tuple[Shift, ...]
    steps: tuple[Step, ...]
    inverse: tuple[Step, ...]
    effort: MoveEffort


def relocation(plan: Plan, target: Plan, reality: Reality) -> Relocation:
    """Find an order in which everything that stands elsewhere in `target` gets there, and simulate both ways.

    Raises:
        Refused: no road leads there, the real hosts have no room while it moves, or a promise would break on
            the way; the sentence says which.
    """
    environment = plan.environment
    moved = shifts(plan.placements, target.placements, environment, roads_of(environment, plan.placements))
    _refuse_closed(moved)
    trip = journey(plan, target, reality, moved)
    items = arrivals(trip)
    tasks = tuple(_tasks(trip, items, moved))
    ground = _ground(trip, {item.to[0] for name, item in items.items() if name not in trip.travellers})
    hops = sequence(tasks, ground)
    start = {item.name: item.at for task in tasks for item in task}
    back = inverse(hops)
    there = {item.name: item.to for task in tasks for item in task}
    broken = simulate(hops, ground, start) or simulate(back, moved_ground(ground, hops), there)
    if broken is not None:
        raise Refused(Sentence("the way does not hold: {broken}", broken=broken))
    by_side = {shift.side: shift for shift in moved}
    effort = sum((shift.effort or MoveEffort() for shift in moved), MoveEffort())
    for hop in hops:
        if hop.item not in trip.travellers:
            effort = effort + effort_on(trip.before[hop.source[0]], hop, environment)
    return Relocation(moved, tuple(_steps(trip, hops, by_side)), tuple(_steps(trip, back, by_side)), effort)


def _refuse_closed(moved: Sequence[Shift]) -> None:
    """Refuse what no road leads to.

    Raises:
        Refused: the sentence names side and pools.
    """
    for shift in moved:
        if shift.effort is None:
            leg = shift.legs[0]
            raise Refused(
                Sentence(
                    "{names} {side} cannot go from {source} to {to}: there is no link, or "
                    "replication fills it",
                    names="/".join(shift.side[:2]),
                    side=shift.side[2],
                    source=leg.source,
                    to=leg.to,
                ),
                hint="add a link, or bandwidth",
            )


def _tasks(trip: Journey, items: Mapping[str, Item], moved: Sequence[Shift]) -> Iterator[Task]:
    """A side at a time; a whole group where something of it leaves its center; other servers one by one."""
    estate = trip.plan.environment.estate
    group_of = {name: group.name for group in groups_of(trip.plan.environment) for name in group.members}
    far = {
        group_of[shift.side[0]]
        for shift in moved
        for leg in shift.legs
        if estate.center_of(estate.pool[leg.source]) != estate.center_of(estate.pool[leg.to])
    }
    together: dict[tuple[str, ...], list[Item]] = {}
    for name, item in items.items():
        if name not in trip.travellers:
            yield (item,)
            continue
        side = trip.travellers[name].side
        group = group_of[side[0]]
        key = (group,) if group in far else (group, *side[:2], side[2].value)
        together.setdefault(key, []).append(item)
    for _, each in sorted(together.items()):
        yield tuple(sorted(each))


def _ground(trip: Journey, repacked: Collection[str]) -> StepGround:
    """The real hosts of all pools with what stands there now; a claim takes no room of them.

    Spare hosts, and those of pools that are packed anew, break cycles, where servers can be moved at all.
    """
    free: dict[Place, Vector] = {}
    crowd: dict[tuple[str, Place], int] = {}
    size: dict[tuple[str, str], Vector] = {}
    estate = trip.plan.environment.estate
    pools = sorted({*trip.before, *trip.after})
    for pool in pools:
        hosts = trip.before.get(pool) or trip.after[pool]
        gone = trip.plan.environment.closed_hosts.get(pool, frozenset())
        there = (host for host in range(1, estate.pool[pool].hosts + 1) if host not in gone)
        free.update({(pool, host): hosts.free(host) for host in there})
        for row, host in hosts.servers.values():
            key = hosts.rows[row].name, (pool, host)
            crowd[key] = crowd.get(key, 0) + 1
        for each in (trip.before.get(pool), trip.after.get(pool)):
            size.update({(row.name, pool): row.size for row in each.rows} if each else {})
    movable = {pool for pool in pools if (trip.before.get(pool) or trip.after[pool]).abilities.moves_servers}
    nothing = (0,) * len(next(iter(free.values()), ()))
    free[OUTSIDE] = nothing
    for traveller in trip.travellers.values():
        size[traveller.row, OUTSIDE[0]] = nothing
        if traveller.claim:
            size.update({(f"claim {traveller.name}", pool): nothing for pool in pools})
    rests = [
        (pool, host)
        for pool, host in free
        if pool in repacked or (pool in movable and host not in trip.plan.environment.open_hosts(pool))
    ]
    return StepGround(free, size, crowd, {}, tuple(rests), _keeper(trip))


def _keeper(trip: Journey) -> Callable[[Positions], str | None]:
    """Says what a state in between would break that was not broken before; equal states are proved once."""
    given = frozenset(failure.lose for failure in _proved(trip.plan))
    every = frozenset(each.side for each in trip.travellers.values())
    known: dict[frozenset[Side], str | None] = {}

    def keeps(at: Positions) -> str | None:
        waiting = frozenset(
            trip.travellers[name].side
            for name, place in at.items()
            if name in trip.travellers and place[0] != trip.travellers[name].to
        )
        if waiting not in known:
            between = _between(trip, every - waiting)
            broken = [each for each in _proved(between) if each.lose not in given]
            if broken:
                broken = [each for each in _proved(_lent(between)) if each.lose not in given]
            known[waiting] = (
                f"{broken[0].lose} is not survived ({broken[0].shortfall[0]})" if broken else None
            )
        return known[waiting]

    return keeps


def _proved(plan: Plan) -> tuple[FailureProof, ...]:
    """What is broken of that which stands: no move can do anything for what stands nowhere."""
    return tuple(each for each in prove(plan, plan.environment.failures).broken if not each.stands)


def _lent(plan: Plan) -> Plan:
    """The Plan with spare hosts counted as usable: until all has moved they lend their room."""
    environment = plan.environment
    pools = tuple(pool.changed(spare_hosts=0) for pool in environment.estate.pools)
    lent = environment.changed(estate=environment.estate.changed(pools=pools))
    return plan.model_copy(update={"environment": lent})


def _between(trip: Journey, done: frozenset[Side]) -> Plan:
    """The Plan that holds once some sides have moved and the others have not."""
    mine = {each.side for each in trip.travellers.values()} - done
    rows = [row for row in trip.target.placements if _side(row) not in mine]
    rows += [row for row in trip.plan.placements if _side(row) in mine]
    rows.sort(key=lambda row: (row.workload, row.component, row.role, row.pool))
    known = [(plan.packings, _running(plan.placements)) for plan in (trip.plan, trip.target)]
    now = _running(rows)
    packings: list[Packing] = []
    for pool, there in now.items():
        of_same = (packed for packed, then in known if then.get(pool) == there)
        packings += [packing for packing in next(of_same, ()) if packing.pool == pool]
    return trip.plan.model_copy(update={"placements": tuple(rows), "packings": tuple(packings)})


def _running(rows: Iterable[Placement]) -> dict[str, list[tuple[Side, int]]]:
    """What runs on each pool: equal answers have equal packings of normal time."""
    found: dict[str, list[tuple[Side, int]]] = {}
    for row in rows:
        found.setdefault(row.pool, []).append((_side(row), row.replicas))
    return {pool: sorted(each) for pool, each in found.items()}


def _steps(trip: Journey, hops: Sequence[Hop], shifts_of: Mapping[Side, Shift]) -> Iterator[Step]:
    """One step a replica; what a side carries in all is told evenly over its steps."""
    total: dict[Side, int] = {}
    for hop in hops:
        if hop.item in trip.travellers:
            side = trip.travellers[hop.item].side
            total[side] = total.get(side, 0) + 1
    for hop in hops:
        traveller = trip.travellers.get(hop.item)
        if traveller is None:
            yield from migrations(trip.before[hop.source[0]], [hop], trip.plan.environment)
            continue
        side = traveller.side
        effort = shifts_of[side].effort or MoveEffort()
        here, there = (hop.to, hop.to) if hop.source == OUTSIDE else (hop.source, hop.to)
        yield Step(
            number=1,
            kind=StepKind.TRANSFER,
            cloud=trip.plan.environment.estate.pool[here[0]].cloud,
            pool=here[0],
            host=here[1],
            to=there[1] or None,
            to_pool=there[0] or None,
            server=traveller.server,
            workload=side[0],
            component=side[1],
            role=side[2],
            live=False,
            mib=-(-effort.mib // total[side]),
            seconds=round((effort.link_ms + effort.downtime_ms) / total[side] / 1000, 1),
        )


def _side(row: Placement) -> Side:
    return row.workload, row.component, row.role
