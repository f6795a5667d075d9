"""Names what leaves and comes between two Plans, replica by replica, and finds a real host for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.errors import Refused
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.scheduler.moves.observed import Reality, hosts_of
from cmp.scheduler.moves.pool_hosts import HostedRow, PoolHosts
from cmp.scheduler.moves.sequencing import Item, Place
from cmp.scheduler.objective.plan_diff import Shift, Side
from cmp.sentences import Sentence

OUTSIDE: Place = ("", 0)
"""Where a replica comes from that is one more, and goes to that is one too many."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """One replica that changes pools, starts or ends, from a host to a pool ('' ends it).

    `server` is its name; None for one more, and for a `claim`: a reservation or a copy, which takes no room
    of the hosts that run.
    """

    name: str
    side: Side
    at: Place
    to: str
    server: str | None
    claim: bool = False

    @property
    def row(self) -> str:
        """What it is a replica of."""
        return f"{self.side[0]}/{self.side[1]} {self.side[2]}"


@dataclass(frozen=True, slots=True, eq=False)
class Journey:
    """Two Plans with the real hosts of both: before anything moves, and with what stays once all has left."""

    plan: Plan
    target: Plan
    before: Mapping[str, PoolHosts]
    after: Mapping[str, PoolHosts]
    travellers: Mapping[str, Traveller]


def journey(plan: Plan, target: Plan, reality: Reality, moved: Sequence[Shift]) -> Journey:
    """Everything that travels between two Plans."""
    before = hosts_of(plan, reality)
    found: dict[str, Traveller] = {}
    for shift in moved:
        found.update((each.name, each) for each in _of_side(plan, target, before, shift))
    gone = {each.server for each in found.values()}
    staying = replace(reality, standings=tuple(each for each in reality.standings if each.server not in gone))
    return Journey(plan, target, before, hosts_of(target, staying), found)


def arrivals(trip: Journey) -> dict[str, Item]:
    """The host that every traveller goes to, and servers of their pools that make room for them.

    Where what stays leaves no room as it stands, the pool is packed as the target Plan packs it, if its cloud
    moves servers.

    Raises:
        Refused: the real hosts of a pool have no room for what the target Plan puts there.
    """
    coming: dict[str, list[Traveller]] = {}
    found: dict[str, Item] = {}
    for each in trip.travellers.values():
        if not each.to:
            found[each.name] = Item(each.name, each.row, each.at, OUTSIDE)
        elif each.claim:
            host = claimed(trip.target, each.side, each.to)
            found[each.name] = Item(each.name, f"claim {each.name}", each.at, (each.to, host))
        else:
            coming.setdefault(each.to, []).append(each)
    for pool, travellers in sorted(coming.items()):
        hosts = trip.after[pool]
        items = _planned(trip.target, hosts, travellers) or _seated(hosts, travellers)
        if items is None and hosts.abilities.moves_servers:
            items = _repacked(trip.target, hosts, travellers)
        if items is None:
            raise _no_room(hosts, travellers[0])
        found.update((item.name, item) for item in items)
    return found


def _no_room(hosts: PoolHosts, traveller: Traveller) -> Refused:
    gather = "bring servers of that pool together first: `tricenter rebalance`"
    return Refused(
        Sentence(
            "{row}: the hosts of {id} have no room for it as servers stand there now",
            row=traveller.row,
            id=hosts.pool.id,
        ),
        hint=gather
        if hosts.abilities.moves_servers
        else "add hosts to that pool: its cloud moves no servers",
    )


def claimed(plan: Plan, side: Side, pool: str) -> int:
    """The first host on which a Plan has something of a side, in normal time or after a failure."""
    hosts = (
        host.host
        for packing in plan.packings
        if packing.pool == pool
        for host in packing.hosts
        if any((row.workload, row.component, row.role) == side for row in host.rows)
    )
    return next(hosts, 1)


def _of_side(plan: Plan, target: Plan, before: Mapping[str, PoolHosts], shift: Shift) -> Iterator[Traveller]:
    """A side's replicas that leave for another pool, that are one more, that are one too many."""
    row = f"{shift.side[0]}/{shift.side[1]} {shift.side[2]}"
    there = _servers(before, row)
    then, now = _counts(plan.placements, shift.side), _counts(target.placements, shift.side)
    come = dict.fromkeys(now, 0)
    for leg in shift.legs:
        for _ in range(leg.replicas):
            come[leg.to] += 1
            if there.get(leg.source):
                name, at = there[leg.source].pop()
                yield Traveller(name, shift.side, at, leg.to, name)
            else:
                yield _unseen(plan, shift.side, leg.source, leg.to, come[leg.to])
        if not leg.replicas:
            yield _unseen(plan, shift.side, leg.source, leg.to, 0)
    for pool, count in sorted(now.items()):
        for number in range(count - min(count, then.get(pool, 0)) - come[pool]):
            yield Traveller(f"{row} {pool} more {number + 1}", shift.side, OUTSIDE, pool, None)
    for pool, servers in sorted(there.items()):
        while len(servers) > now.get(pool, 0):
            name, at = servers.pop()
            yield Traveller(name, shift.side, at, "", name)


def _unseen(plan: Plan, side: Side, source: str, to: str, number: int) -> Traveller:
    """A claim, or a replica that was not found where it should stand."""
    name = f"{side[0]}/{side[1]} {side[2]} {source} {to} {number}"
    return Traveller(name, side, (source, claimed(plan, side, source)), to, None, claim=True)


def _servers(before: Mapping[str, PoolHosts], row: str) -> dict[str, list[tuple[str, Place]]]:
    """The servers of a row by pool, with where they stand; the last by name leave first."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for pool, hosts in before.items():
        for name, (number, host) in sorted(hosts.servers.items()):
            if hosts.rows[number].name == row:
                found.setdefault(pool, []).append((name, (pool, host)))
    return found


def _counts(placements: Sequence[Placement], side: Side) -> dict[str, int]:
    return {row.pool: row.replicas for row in placements if (row.workload, row.component, row.role) == side}


def _seated(hosts: PoolHosts, travellers: Sequence[Traveller]) -> tuple[Item, ...] | None:
    """A host for each, the largest first, where no other server moves and every promise finds room."""
    free = {host: list(hosts.free(host)) for host in hosts.on}
    loads = hosts.loads()
    servers = dict(hosts.servers)
    found = []
    for each in sorted(travellers, key=lambda each: (-_share(hosts, each.row), each.name)):
        number, row = _row(hosts, each.row)
        limit = -(-max(1, row.running) // hosts.usable) if row.spread else None
        able = [
            host
            for host, room in free.items()
            if (limit is None or loads[host][number] < limit)
            and all(amount <= there for amount, there in zip(row.size, room, strict=True))
            and not hosts.barred(number, loads[host])
        ]
        if not able:
            return None
        chosen = min(able, key=lambda host: (free[host][0], host))
        loads[chosen][number] += 1
        free[chosen] = [there - amount for there, amount in zip(free[chosen], row.size, strict=True)]
        servers[each.name] = number, chosen
        found.append(Item(each.name, each.row, each.at, (hosts.pool.id, chosen)))
    return tuple(found) if replace(hosts, servers=servers).broken() is None else None


def _planned(target: Plan, hosts: PoolHosts, travellers: Sequence[Traveller]) -> tuple[Item, ...] | None:
    """A host for each as the target Plan packs the pool, where no other server has to move for it."""
    found = _repacked(target, hosts, travellers)
    names = {each.name for each in travellers}
    if found is None or any(item.name not in names for item in found):
        return None
    number = {row.name: place for place, row in enumerate(hosts.rows)}
    servers = {**hosts.servers, **{item.name: (number[item.row], item.to[1]) for item in found}}
    then = replace(hosts, servers=servers)
    roomy = all(item.to[1] in hosts.on and min(then.free(item.to[1])) >= 0 for item in found)
    return found if roomy and then.broken() is None else None


def _repacked(target: Plan, hosts: PoolHosts, travellers: Sequence[Traveller]) -> tuple[Item, ...] | None:
    """A host for each as the target Plan packs the pool; servers that stand elsewhere go there, too."""
    pool = hosts.pool.id
    wanted: dict[str, list[int]] = {}
    for packing in target.packings:
        for host in packing.hosts if packing.pool == pool and not packing.failure else ():
            for packed in host.rows:
                if packed.role is not Role.BACKUP:
                    packed_row = f"{packed.workload}/{packed.component} {packed.role}"
                    wanted.setdefault(packed_row, []).extend([host.host] * packed.count)
    waiting = [(each.name, each.row, each.at) for each in travellers]
    for name, (number, stands) in sorted(hosts.servers.items()):
        row = hosts.rows[number].name
        if stands in wanted.get(row, ()):
            wanted[row].remove(stands)
        else:
            waiting.append((name, row, (pool, stands)))
    found = []
    for name, row, at in waiting:
        if not wanted.get(row):
            return None
        found.append(Item(name, row, at, (pool, wanted[row].pop(0))))
    return tuple(found)


def _row(hosts: PoolHosts, name: str) -> tuple[int, HostedRow]:
    return next((number, row) for number, row in enumerate(hosts.rows) if row.name == name)


def _share(hosts: PoolHosts, row: str) -> int:
    """The largest share of a host that a replica takes, in millionths."""
    size = _row(hosts, row)[1].size
    return max(a * 1_000_000 // max(1, there) for a, there in zip(size, hosts.capacity, strict=True))
