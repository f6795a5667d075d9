"""Finds where the servers of one host could go on the other hosts of its pool, with every promise kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.problem.sizes import MEMORY, VCPU

CLEARED = 4
"""Hosts that are emptied at most so that one of them can be switched off or taken out."""


def cleared(hosts: PoolHosts, host: int, most: int, *, switch: bool) -> Mapping[str, int] | None:
    """Where the servers of a host could go, with so many moves at most, so that every promise is kept then.

    With `switch` the host is off afterwards, and what may wait for its start still counts on it; without it
    is taken out. Where a server finds no room, another makes room for it by moving on; where what is reserved
    finds none, further hosts are emptied for it, but stay on.
    """
    if not _could_fit(hosts, host):
        return None
    for aside in (False, True):
        for fullest in (True, False):
            rooms = _Rooms(hosts, fullest=fullest, aside=aside)
            rooms.over = hosts.usable if switch else hosts.without(frozenset({host})).usable
            to = _cleared(rooms, host, most, switch=switch)
            if to is not None:
                return to
    return None


def _could_fit(hosts: PoolHosts, host: int) -> bool:
    """False where the other hosts have too little room in all: most full pools are answered so."""
    free = [hosts.free(each) for each in hosts.on if each != host]
    room = [sum(each) for each in zip(*free, strict=True)] if free else [0] * len(hosts.capacity)
    there = [0] * len(room)
    for name in hosts.standing_on(host):
        for number, amount in enumerate(hosts.rows[hosts.servers[name][0]].size):
            there[number] += amount
    return all(amount <= left for amount, left in zip(there, room, strict=True))


def candidates(hosts: PoolHosts, received: frozenset[int], most: int) -> list[int]:
    """Hosts that are on, those with the least to carry first."""
    found = []
    for host in hosts.on:
        servers = hosts.standing_on(host)
        if host not in received and len(servers) <= most and len(hosts.on) > 1:
            weight = sum(hosts.rows[hosts.servers[name][0]].size[MEMORY] for name in servers)
            found.append((weight, len(servers), host))
    return [host for _, _, host in sorted(found)]


class _Rooms:
    """The hosts of a pool while servers are tried elsewhere: changed in place.

    `fullest` takes the fullest host with room, else the emptiest; `aside` lets one server step aside for
    another. Rows that are spread are so `over` so many hosts: those that are left once one is taken out.
    """

    def __init__(self, hosts: PoolHosts, *, fullest: bool, aside: bool) -> None:
        self.hosts = hosts
        self.sign = 1 if fullest else -1
        self.aside = aside
        self.free = {host: list(hosts.free(host)) for host in hosts.on}
        self.loads = hosts.loads()
        self.to: dict[str, int] = {}
        self.over = hosts.usable

    def empty(self, host: int, targets: Sequence[int]) -> bool:
        """Find a place on the targets for every server of a host; False where one finds none."""
        return all(
            self._seat(name, targets) or (self.aside and self._make_room(name, targets))
            for name in self.hosts.standing_on(host)
            if name not in self.to
        )

    def _seat(self, name: str, targets: Sequence[int]) -> bool:
        able = [target for target in targets if self._takes(name, target)]
        if not able:
            return False
        self._put(name, min(able, key=lambda target: (self.sign * self.free[target][VCPU], target)))
        return True

    def _make_room(self, name: str, targets: Sequence[int]) -> bool:
        """Let a smaller server of a target go to another target, so that this one fits."""
        for target, other in self._smaller(name, targets):
            self._count(other, target, -1)
            if self._takes(name, target):
                self._count(name, target, 1)
                if self._seat(other, [each for each in targets if each != target]):
                    self.to[name] = target
                    return True
                self._count(name, target, -1)
            self._count(other, target, 1)
        return False

    def _smaller(self, name: str, targets: Sequence[int]) -> Iterator[tuple[int, str]]:
        weight = self.hosts.weight(name)
        for target in targets:
            for other in reversed(self.hosts.standing_on(target)):
                if other not in self.to and self.hosts.weight(other) < weight:
                    yield target, other

    def _takes(self, name: str, target: int) -> bool:
        row = self.hosts.servers[name][0]
        kind = self.hosts.rows[row]
        if kind.spread and self.loads[target][row] >= -(-max(1, kind.running) // self.over):
            return False
        if self.hosts.barred(row, self.loads[target]):
            return False
        return all(amount <= there for amount, there in zip(kind.size, self.free[target], strict=True))

    def _put(self, name: str, target: int) -> None:
        self._count(name, target, 1)
        self.to[name] = target

    def _count(self, name: str, host: int, sign: int) -> None:
        row = self.hosts.servers[name][0]
        self.loads[host][row] += sign
        for number, amount in enumerate(self.hosts.rows[row].size):
            self.free[host][number] -= sign * amount


def _cleared(rooms: _Rooms, host: int, most: int, *, switch: bool) -> Mapping[str, int] | None:
    hosts, gone = rooms.hosts, frozenset({host})
    emptied: list[int] = []
    for each in (host, *candidates(hosts, gone, most)):
        idle = each != host and not hosts.standing_on(each)
        if idle or each in rooms.to.values() or len(emptied) == CLEARED:
            continue
        targets = [on for on in hosts.on if on not in {host, each, *emptied}]
        if not rooms.empty(each, targets) or len(rooms.to) > most:
            return None
        emptied.append(each)
        then = hosts.moved(rooms.to)
        if (then.switched_off(gone) if switch else then.without(gone)).broken() is None:
            return dict(rooms.to)
    return None
