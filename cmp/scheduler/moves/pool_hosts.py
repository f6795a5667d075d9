"""Holds what stands on the hosts of one pool, and says whether every promise still finds room on them.

The hosts are as a cloud lists them, not as the Plan's witness has them: clouds pack by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.model.abilities import Abilities
from cmp.model.estate import Pool
from cmp.model.recovery import Role
from cmp.scheduler.constraints.packing import close_together, spread_over
from cmp.scheduler.problem.sizes import Vector


@dataclass(frozen=True, slots=True)
class HostedRow:
    """A row on a pool as its hosts see it.

    `size` is what a replica takes. A `patient` row may wait for a host to start before it takes over. `most`
    replicas may share a host (None: any number).
    """

    workload: str
    component: str
    role: Role
    size: Vector
    running: int
    spread: bool
    patient: bool
    most: int | None = None

    @property
    def name(self) -> str:
        """How sentences and steps call it."""
        return f"{self.workload}/{self.component} {self.role}"

    @property
    def copy(self) -> bool:
        """True for a copy of data: nothing runs, but its disk is taken."""
        return self.role is Role.BACKUP


@dataclass(frozen=True, slots=True)
class Situation:
    """What is wanted of each row after a failure (normal time: ''), and on which hosts the Plan adds it."""

    failure: str
    wanted: tuple[int, ...]
    planned: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class PoolHosts:
    """The hosts of a pool: which servers stand where, which hosts are off, which may be used at all.

    `servers` gives row (its number) and host of each server; hosts count from 1. `allowed` are the hosts that
    may take anything: all but spare ones, and but those that are taken out. `abilities` are those of its
    cloud. Values never change: a change gives new ones.
    """

    pool: Pool
    rows: tuple[HostedRow, ...]
    capacity: Vector
    servers: Mapping[str, tuple[int, int]]
    situations: tuple[Situation, ...]
    abilities: Abilities
    allowed: frozenset[int]
    off: frozenset[int] = frozenset()
    against: frozenset[tuple[int, int]] = frozenset()
    """Pairs of rows, by number, that may not share a host."""

    def barred(self, row: int, crowd: Sequence[int]) -> bool:
        """True when a host with so many replicas of each row takes no further one of a row, room or not."""
        most = self.rows[row].most
        if most is not None and not self.rows[row].copy and crowd[row] >= most:
            return True
        return bool(self.against) and any(
            count and (row, other) in self.against for other, count in enumerate(crowd)
        )

    @property
    def usable(self) -> int:
        """Over so many hosts replicas are spread: those that are left, never more than are not spare."""
        return spread_over(self.pool.usable_hosts, len(self.allowed))

    @property
    def on(self) -> tuple[int, ...]:
        """Hosts that are switched on and may take something."""
        return tuple(sorted(self.allowed - self.off))

    def standing_on(self, host: int) -> tuple[str, ...]:
        """The servers on a host, the largest first."""
        found = [name for name, (_, at) in self.servers.items() if at == host]
        return tuple(sorted(found, key=lambda name: (-self.weight(name), name)))

    def weight(self, server: str) -> int:
        """The largest share of a host that a server takes, in millionths."""
        return _weight(self.rows[self.servers[server][0]].size, self.capacity)

    def loads(self) -> dict[int, list[int]]:
        """What stands on each host: replicas of every row."""
        last = max((host for _, host in self.servers.values()), default=0)
        found = {host: [0] * len(self.rows) for host in range(1, max(last, self.pool.hosts) + 1)}
        for row, host in self.servers.values():
            found[host][row] += 1
        return found

    def moved(self, to: Mapping[str, int]) -> PoolHosts:
        """The hosts with servers moved."""
        servers = {name: (row, to.get(name, host)) for name, (row, host) in self.servers.items()}
        return replace(self, servers=servers)

    def without(self, hosts: frozenset[int]) -> PoolHosts:
        """The hosts without some that nothing may be put on any more, whatever happens."""
        return replace(self, allowed=self.allowed - hosts)

    def switched_off(self, hosts: frozenset[int]) -> PoolHosts:
        """The hosts with some more switched off; what is patient may still count on them."""
        return replace(self, off=self.off | hosts)

    def free(self, host: int) -> Vector:
        """The room that servers leave on a host."""
        left = list(self.capacity)
        for row, at in self.servers.values():
            if at == host:
                for number, amount in enumerate(self.rows[row].size):
                    left[number] -= amount
        return tuple(left)

    def together(self) -> tuple[str, ...]:
        """Rows that stand closer together than on all hosts of the pool, in sentences that say why."""
        loads, whole, left = self.loads(), self.pool.usable_hosts, self.usable
        found = []
        for number, row in enumerate(self.rows):
            most = max((counts[number] for counts in loads.values()), default=0)
            if row.spread and most > -(-row.running // whole):
                found.append(close_together(row.name, most, left))
        return tuple(found)

    def broken(self) -> str | None:
        """The first promise that these hosts cannot keep, as a sentence; None where they keep all."""
        loads = self.loads()
        known: dict[tuple[int, ...], bool] = {}
        for situation in self.situations:
            if situation.wanted not in known:
                known[situation.wanted] = any(
                    _finds_room(self, situation, loads, habit) for habit in ("planned", "emptiest", "fullest")
                )
            if not known[situation.wanted]:
                return _sentence(self, situation, loads)
        return None


def _sentence(hosts: PoolHosts, situation: Situation, loads: Mapping[int, Sequence[int]]) -> str:
    """Who would find no room, and when."""
    short = sorted({hosts.rows[row].name for row, count in _missing(hosts, situation, loads) if count})
    when = f"after {situation.failure}" if situation.failure else "in normal time"
    names = ", ".join(short[:3]) + (f" and {len(short) - 3} more" if len(short) > 3 else "")  # noqa: PLR2004
    why = ""
    if any(row.spread for row in hosts.rows):
        free = replace(hosts, rows=tuple(replace(row, spread=False) for row in hosts.rows))
        if any(_finds_room(free, situation, loads, habit) for habit in ("planned", "emptiest", "fullest")):
            why = f" spread over the {hosts.usable} hosts that are left"
    return f"{hosts.pool.id} would have no room {when} for {names or 'what stands there'}{why}"


def _finds_room(
    hosts: PoolHosts, situation: Situation, loads: Mapping[int, Sequence[int]], habit: str
) -> bool:
    """True when all that is wanted finds room without moving what stands; one rule to choose hosts by."""
    crowd = _staying(hosts, situation, loads)
    free = {host: _left(hosts, crowd[host]) for host in hosts.allowed}
    missing = sorted(
        _missing(hosts, situation, loads),
        key=lambda each: _urgency(hosts, each[0]),
    )
    for row, count in missing:
        kind = hosts.rows[row]
        wanted = situation.wanted[row] + (1 if kind.copy else 0)
        limit = -(-wanted // hosts.usable) if kind.spread else wanted
        waits = kind.patient and bool(situation.failure)
        may = [host for host in sorted(hosts.allowed) if waits or host not in hosts.off]
        planned = list(situation.planned.get(row, ())) if habit == "planned" else []
        for _ in range(count):
            able = [
                host
                for host in may
                if crowd[host][row] < limit
                and _fits(kind.size, free[host])
                and not hosts.barred(row, crowd[host])
            ]
            if not able:
                return False
            host = next((each for each in planned if each in able), None) or _chosen(able, free, habit)
            if host in planned:
                planned.remove(host)
            crowd[host][row] += 1
            for number, amount in enumerate(kind.size):
                free[host][number] -= amount
    return True


def _missing(
    hosts: PoolHosts, situation: Situation, loads: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """Rows with the replicas that have no place yet: what a failure adds, and copies, which run nowhere."""
    for number, row in enumerate(hosts.rows):
        stands = sum(counts[number] for counts in loads.values())
        wanted = situation.wanted[number] + (1 if row.copy else 0)
        if wanted > stands:
            yield number, wanted - stands


def _staying(
    hosts: PoolHosts, situation: Situation, loads: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:
    """What a failure leaves on each host; a row of which fewer are wanted gives way on the fullest first."""
    crowd = {host: list(counts) for host, counts in loads.items()}
    for number in range(len(hosts.rows)):
        surplus = sum(counts[number] for counts in crowd.values()) - situation.wanted[number]
        if surplus <= 0 or hosts.rows[number].copy or not situation.failure:
            continue
        for host in sorted(crowd, key=lambda host: (_left(hosts, loads[host])[0], host)):
            less = min(surplus, crowd[host][number])
            crowd[host][number] -= less
            surplus -= less
    return crowd


def _left(hosts: PoolHosts, crowd: Sequence[int]) -> list[int]:
    left = list(hosts.capacity)
    for row, count in zip(hosts.rows, crowd, strict=True):
        if count:
            for number, amount in enumerate(row.size):
                left[number] -= amount * count
    return left


def _urgency(hosts: PoolHosts, row: int) -> tuple[bool, int, int]:
    """What cannot wait for a host goes first, then what is large."""
    kind = hosts.rows[row]
    return kind.patient, -_weight(kind.size, hosts.capacity), row


def _chosen(able: Sequence[int], free: Mapping[int, Sequence[int]], habit: str) -> int:
    """Of the hosts with room the fullest or the emptiest; the first of equals."""
    sign = 1 if habit == "fullest" else -1
    return min(able, key=lambda host: (sign * free[host][0], host))


def _fits(size: Vector, free: Sequence[int]) -> bool:
    return all(amount <= there for amount, there in zip(size, free, strict=True) if amount)


def _weight(size: Vector, capacity: Vector) -> int:
    return max(
        (amount * 1_000_000 // there if there else 1_000_000)
        for amount, there in zip(size, capacity, strict=True)
    )
