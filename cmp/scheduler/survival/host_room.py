"""Says whether hosts have room for what runs after a failure: as the Plan packs it, else packed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.model.plan import HostPacking, Packing
from cmp.scheduler.constraints.packing import Hosts, Room, extend, most_on_host, packing_order
from cmp.scheduler.problem.neighbours import HostRules
from cmp.scheduler.problem.rows import Row


def has_room(
    rows: Sequence[Row], wanted: Sequence[int], room: Room, hosts: Hosts, written: Packing | None = None
) -> bool:
    """True when the rows find room with so many replicas each, without moving what stands in normal time.

    Args:
        rows: what stands on the pool, in order.
        wanted: replicas of each afterwards.
        room: the pool's hosts.
        hosts: the packing of normal time.
        written: how a Plan packs the failure; believed only where it holds.
    """
    if written is not None and _holds(rows, wanted, room, hosts, written):
        return True
    thinned = thin(rows, wanted, hosts)
    return extend(rows, wanted, packing_order(rows, room), room, thinned) is not None


def thin(rows: Sequence[Row], wanted: Sequence[int], hosts: Hosts) -> Hosts:
    """The hosts once those have stopped that are too many, each on the host that has most of its row."""
    totals = [0] * len(rows)
    for host in hosts:
        for number, count in host.items():
            totals[number] += count
    shrinks = [number for number, there in enumerate(totals) if 0 < wanted[number] < there]
    if not shrinks:
        return hosts
    left: Hosts = [dict(host) for host in hosts]
    for number in shrinks:
        there = {place: host[number] for place, host in enumerate(left) if number in host}
        for _ in range(totals[number] - wanted[number]):
            fullest = max(there, key=lambda place: (there[place], sum(left[place].values()), -place))
            there[fullest] -= 1
            left[fullest][number] -= 1
    return [{number: count for number, count in host.items() if count} for host in left]


def _holds(rows: Sequence[Row], wanted: Sequence[int], room: Room, hosts: Hosts, written: Packing) -> bool:
    """True when a written packing leaves exactly what is wanted and oversells no host that it touches."""
    number_of = {row.key[:3]: number for number, row in enumerate(rows)}
    after: Hosts = [{n: count for n, count in host.items() if wanted[n]} for host in hosts]
    touched = set()
    for listed, sign in ((written.stopped, -1), (written.hosts, 1)):
        for host in listed:
            place = host.host - 1
            if place >= len(after) or not _change(after[place], host, number_of, sign):
                return False
            touched.add(place)
    totals = [sum(host.get(number, 0) for host in after) for number in range(len(rows))]
    rules = HostRules(rows)
    return totals == list(wanted) and all(
        _within(rows, wanted, room, after[place], rules) for place in touched
    )


def _change(
    host: dict[int, int], listed: HostPacking, number_of: Mapping[tuple[str, str, str], int], sign: int
) -> bool:
    for packed in listed.rows:
        number = number_of.get((packed.workload, packed.component, packed.role.value))
        if number is None:
            return False
        host[number] = host.get(number, 0) + sign * packed.count
        if host[number] < 0:
            return False
    return True


def _within(
    rows: Sequence[Row], wanted: Sequence[int], room: Room, host: Mapping[int, int], rules: HostRules
) -> bool:
    for resource, capacity in enumerate(room.capacity):
        if sum(rows[number].size[resource] * count for number, count in host.items()) > capacity:
            return False
    return all(
        count <= most_on_host(rows[number], wanted[number], room.hosts) and not rules.barred(number, host)
        for number, count in host.items()
    )
