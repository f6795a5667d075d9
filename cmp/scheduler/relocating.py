"""Orders the way from one Plan to another: side by side, or a whole group where it leaves a center.

Every state in between is proved like a Plan: no promise breaks while it lasts. While a side moves, its
replicas count on the real hosts of both pools; spare hosts lend room for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.errors import Refused
from cmp.model.moves import Step, StepKind
from cmp.model.plan import Placement, Plan
from cmp.scheduler.groups import groups_of
from cmp.scheduler.hosting import HostedRow, PoolHosts
from cmp.scheduler.moving import Effort, roads_of
from cmp.scheduler.proof import FailureProof
from cmp.scheduler.proving import prove
from cmp.scheduler.reality import Reality, hosts_of
from cmp.scheduler.sequencing import (
    Ground,
    Hop,
    Item,
    Place,
    Positions,
    Task,
    inverse,
    moved_ground,
    sequence,
    simulate,
)
from cmp.scheduler.shifting import Shift, Side, shifts
from cmp.scheduler.sizes import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Relocation:
    """Steps from one Plan to another and back, not numbered yet, with what moves and what it takes."""

    shifts: tuple[Shift, ...]
    steps: tuple[Step, ...]
    inverse: tuple[Step, ...]
    effort: Effort


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Both Plans with their hosts by pool; sides, goals (pools) and servers are those of items by name."""

    plan: Plan
    target: Plan
    before: Mapping[str, PoolHosts]
    after: Mapping[str, PoolHosts]
    sides: Mapping[str, Side]
    goals: Mapping[str, str]
    servers: Mapping[str, str | None]


def relocation(plan: Plan, target: Plan, reality: Reality) -> Relocation:
    """Find an order in which everything that stands elsewhere in `target` gets there, and simulate both ways.

    Raises:
        Refused: no road leads there, the real hosts have no room while it moves, or a promise would break on
            the way; the sentence says which.
    """
    moved = shifts(
        plan.placements, target.placements, plan.environment, roads_of(plan.environment, plan.placements)
    )
    _refuse_closed(moved)
    way, tasks = _planned(plan, target, reality, moved)
    ground = _ground(way)
    hops = sequence(tasks, ground)
    start = {item.name: item.at for task in tasks for item in task}
    back = inverse(hops)
    there = {item.name: item.to for task in tasks for item in task}
    broken = simulate(hops, ground, start) or simulate(back, moved_ground(ground, hops), there)
    if broken is not None:
        raise Refused(f"the way does not hold: {broken}")
    effort = Effort()
    for shift in moved:
        effort = effort + (shift.effort or Effort())
    by_side = {shift.side: shift for shift in moved}
    return Relocation(
        moved,
        tuple(_steps(way, hops, by_side)),
        tuple(_steps(way, back, by_side)),
        effort,
    )


def _refuse_closed(moved: Sequence[Shift]) -> None:
    """Refuse what no road leads to.

    Raises:
        Refused: the sentence names side and pools.
    """
    for shift in moved:
        if shift.effort is None:
            leg = shift.legs[0]
            raise Refused(
                f"{'/'.join(shift.side[:2])} {shift.side[2]} cannot go from {leg.source} to {leg.to}: "
                "there is no link, or replication fills it",
                hint="add a link, or bandwidth",
            )


def _planned(
    plan: Plan, target: Plan, reality: Reality, moved: Sequence[Shift]
) -> tuple[_Way, tuple[Task, ...]]:
    """Which server goes to which host: those that stay stay, what comes takes the room that is left."""
    before = hosts_of(plan, reality)
    items: dict[Side, list[tuple[str, str | None, Place, str]]] = {}
    leaving: set[str] = set()
    for shift in moved:
        items[shift.side] = list(_departures(plan, before, shift, leaving))
    staying = replace(
        reality, standings=tuple(each for each in reality.standings if each.server not in leaving)
    )
    after = hosts_of(target, staying)
    sides = {name: side for side, each in items.items() for name, _, _, _ in each}
    servers = {name: server for each in items.values() for name, server, _, _ in each}
    goals = {name: to for each in items.values() for name, _, _, to in each}
    way = _Way(plan, target, before, after, sides, goals, servers)
    return way, tuple(_tasks(way, _arrivals(way, items), moved))


def _departures(
    plan: Plan, before: Mapping[str, PoolHosts], shift: Shift, leaving: set[str]
) -> Iterator[tuple[str, str | None, Place, str]]:
    """Item, server, host and goal of every replica that leaves; no server for what is only claimed."""
    workload, component, role = shift.side
    row = f"{workload}/{component} {role}"
    for leg in shift.legs:
        hosts = before[leg.source]
        there = [
            name
            for name, (number, _) in sorted(hosts.servers.items())
            if hosts.rows[number].name == row and name not in leaving
        ]
        chosen = there[len(there) - leg.replicas :] if leg.replicas else []
        for name in chosen:
            leaving.add(name)
            yield name, name, (leg.source, hosts.servers[name][1]), leg.to
        for number in range(leg.replicas - len(chosen) or (0 if leg.replicas else 1)):
            host = _claimed(plan, shift.side, leg.source)
            yield f"{row} {leg.source} {leg.to} {number + 1}", None, (leg.source, host), leg.to


def _claimed(plan: Plan, side: Side, pool: str) -> int:
    """The first host on which a Plan has something of a side, in normal time or after a failure."""
    hosts = (
        host.host
        for packing in plan.packings
        if packing.pool == pool
        for host in packing.hosts
        if any((row.workload, row.component, row.role) == side for row in host.rows)
    )
    return next(hosts, 1)


def _arrivals(
    way: _Way, items: Mapping[Side, Sequence[tuple[str, str | None, Place, str]]]
) -> dict[str, Item]:
    """The host that every item goes to, the largest first.

    Raises:
        Refused: the real hosts of a pool have no room for what the target Plan puts there.
    """
    free: dict[Place, list[int]] = {}
    for pool, hosts in way.after.items():
        free.update({(pool, host): list(hosts.free(host)) for host in sorted(hosts.allowed)})
    crowd: dict[tuple[str, Place], int] = {}
    found: dict[str, Item] = {}
    for name, at in sorted(_waiting(items), key=lambda each: (_weight_of(way, each[0]), each[0])):
        side, to = way.sides[name], way.goals[name]
        row = f"{side[0]}/{side[1]} {side[2]}"
        if way.servers[name] is None:
            found[name] = Item(name, f"claim {name}", at, (to, _claimed(way.target, side, to)))
            continue
        hosted = _hosted(way, row, to)
        limit = _limit(way, hosted, to)
        able = [
            place
            for place, room in free.items()
            if place[0] == to and all(a <= there for a, there in zip(hosted.size, room, strict=True))
            if limit is None or crowd.get((row, place), 0) + _standing(way, row, place) < limit
        ]
        if not able:
            raise Refused(
                f"{row}: the hosts of {to} have no room for it as servers stand there now",
                hint="bring servers of that pool together first: `tricenter rebalance`",
            )
        chosen = min(able, key=lambda place: (free[place][0], place))
        crowd[row, chosen] = crowd.get((row, chosen), 0) + 1
        free[chosen] = [there - amount for there, amount in zip(free[chosen], hosted.size, strict=True)]
        found[name] = Item(name, row, at, chosen)
    return found


def _tasks(way: _Way, items: Mapping[str, Item], moved: Sequence[Shift]) -> Iterator[Task]:
    """A side at a time; a whole group where something of it leaves its center."""
    estate = way.plan.environment.estate
    group_of = {name: group.name for group in groups_of(way.plan.environment) for name in group.members}
    far = {
        group_of[shift.side[0]]
        for shift in moved
        for leg in shift.legs
        if estate.center_of(estate.pool[leg.source]) != estate.center_of(estate.pool[leg.to])
    }
    together: dict[tuple[str, ...], list[Item]] = {}
    for name, item in items.items():
        side = way.sides[name]
        group = group_of[side[0]]
        key = (group,) if group in far else (group, *side[:2], side[2].value)
        together.setdefault(key, []).append(item)
    for _, each in sorted(together.items()):
        yield tuple(sorted(each))


def _ground(way: _Way) -> Ground:
    """The real hosts of all pools with what stands there now; a claim takes no room of them."""
    free: dict[Place, Vector] = {}
    crowd: dict[tuple[str, Place], int] = {}
    size: dict[tuple[str, str], Vector] = {}
    limit: dict[tuple[str, str], int] = {}
    estate = way.plan.environment.estate
    for pool in sorted({*way.before, *way.after}):
        hosts = way.before.get(pool) or way.after[pool]
        free.update({(pool, host): hosts.free(host) for host in range(1, estate.pool[pool].hosts + 1)})
        for row, host in hosts.servers.values():
            key = hosts.rows[row].name, (pool, host)
            crowd[key] = crowd.get(key, 0) + 1
        for each in (way.before.get(pool), way.after.get(pool)):
            size.update({(row.name, pool): row.size for row in each.rows} if each else {})
    for name in way.sides:
        size.update({(f"claim {name}", pool): (0,) * len(hosts.capacity) for pool in estate.pool})
    return Ground(free, size, crowd, limit, (), _keeper(way))


def _keeper(way: _Way) -> Callable[[Positions], str | None]:
    """Says what a state in between would break that was not broken before; equal states are proved once."""
    given = frozenset(failure.lose for failure in _proved(way.plan))
    known: dict[frozenset[Side], str | None] = {}

    def keeps(at: Positions) -> str | None:
        waiting = {way.sides[name] for name, place in at.items() if place[0] != way.goals[name]}
        done = frozenset(set(way.sides.values()) - waiting)
        if done not in known:
            broken = [failure for failure in _proved(_between(way, done)) if failure.lose not in given]
            known[done] = f"{broken[0].lose} is not survived ({broken[0].shortfall[0]})" if broken else None
        return known[done]

    return keeps


def _proved(plan: Plan) -> tuple[FailureProof, ...]:
    return prove(plan, plan.environment.failures).broken


def _between(way: _Way, done: frozenset[Side]) -> Plan:
    """The Plan that holds once some sides have moved and the others have not."""
    mine = {side for side in way.sides.values() if side not in done}
    rows = [row for row in way.target.placements if _side(row) not in mine]
    rows += [row for row in way.plan.placements if _side(row) in mine]
    rows.sort(key=lambda row: (row.workload, row.component, row.role, row.pool))
    return way.plan.model_copy(update={"placements": tuple(rows), "packings": way.target.packings})


def _steps(way: _Way, hops: Sequence[Hop], shifts_of: Mapping[Side, Shift]) -> Iterator[Step]:
    """One step a replica; what a side carries in all is told evenly over its steps."""
    total: dict[Side, int] = {}
    for hop in hops:
        total[way.sides[hop.item]] = total.get(way.sides[hop.item], 0) + 1
    estate = way.plan.environment.estate
    for hop in hops:
        side = way.sides[hop.item]
        effort = shifts_of[side].effort or Effort()
        yield Step(
            number=1,
            kind=StepKind.TRANSFER,
            cloud=estate.pool[hop.source[0]].cloud,
            pool=hop.source[0],
            host=hop.source[1],
            to=hop.to[1],
            to_pool=hop.to[0],
            server=way.servers[hop.item],
            workload=side[0],
            component=side[1],
            role=side[2],
            live=False,
            mib=-(-effort.mib // total[side]),
            seconds=round((effort.link_ms + effort.downtime_ms) / total[side] / 1000, 1),
        )


def _side(row: Placement) -> Side:
    return row.workload, row.component, row.role


def _hosted(way: _Way, row: str, pool: str) -> HostedRow:
    return next(each for each in way.after[pool].rows if each.name == row)


def _waiting(items: Mapping[Side, Sequence[tuple[str, str | None, Place, str]]]) -> list[tuple[str, Place]]:
    return [(name, at) for each in items.values() for name, _, at, _ in each]


def _limit(way: _Way, row: HostedRow, pool: str) -> int | None:
    return -(-max(1, row.running) // way.after[pool].usable) if row.spread else None


def _standing(way: _Way, row: str, place: Place) -> int:
    """Replicas of a row that stay on a host."""
    hosts = way.after[place[0]]
    return sum(hosts.rows[number].name == row and host == place[1] for number, host in hosts.servers.values())


def _weight_of(way: _Way, name: str) -> int:
    """Minus the largest share of a host that an item takes: sorts the largest first."""
    if way.servers[name] is None:
        return 0
    side, pool = way.sides[name], way.goals[name]
    size = _hosted(way, f"{side[0]}/{side[1]} {side[2]}", pool).size
    return -max(
        amount * 1_000_000 // max(1, there)
        for amount, there in zip(size, way.after[pool].capacity, strict=True)
    )
