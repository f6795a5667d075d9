"""Empties hosts of a pool so that they can be switched off, one after the other while it pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.errors import Refused
from cmp.model.environment import Environment
from cmp.scheduler.hosting import PoolHosts
from cmp.scheduler.sizes import VCPU
from cmp.scheduler.stepping import Done, carried_out

TRIED = 8
"""Hosts of a pool that are tried at each turn, those that are emptied for least first."""

CLEARED = 4
"""Hosts that are emptied at most so that one of them can be switched off."""


@dataclass(frozen=True, slots=True, eq=False)
class Emptied:
    """A host that is emptied and switched off: `before`, `done.hosts` afterwards, and watts saved."""

    host: int
    before: PoolHosts
    done: Done
    milli_watts: int

    @property
    def moves(self) -> int:
        """What counts against a limit on moves: each migration, or the switching alone."""
        return max(1, len(self.done.hops))


def emptied(
    hosts: PoolHosts, environment: Environment, received: frozenset[int], most: int
) -> Iterator[Emptied]:
    """Hosts that could be emptied next, with so many moves at most and every promise kept, cheapest first.

    Hosts in `received` took servers just now and are left alone. What a failure reserves has to fit on hosts
    that stay on, or on some that start before the RTO of what is reserved. Spare hosts stay as they are.
    """
    if hosts.pool.power is None or hosts.pool.power.idle_watts.milli == 0 or hosts.broken() is not None:
        return
    for host in _candidates(hosts, received, most):
        for fullest in (True, False):
            to = _kept(hosts, host, most, fullest=fullest)
            if to is None:
                continue
            try:
                done = carried_out(hosts, to, environment)
            except Refused:
                continue
            if len(done.hops) <= most:
                after = done.hosts.switched_off(frozenset({host}))
                yield Emptied(
                    host, hosts, Done(done.hops, after, done.effort), idle_milli_watts(hosts, environment)
                )
                break


def _kept(hosts: PoolHosts, host: int, most: int, *, fullest: bool) -> Mapping[str, int] | None:
    """Where the servers of a host could go so that every promise is kept once it is off.

    Where what is reserved finds no room then, further hosts are emptied for it, but stay on.
    """
    to: dict[str, int] = {}
    cleared: list[int] = []
    for each in (host, *_candidates(hosts, frozenset({host}), most)):
        if each in to.values() or len(cleared) == CLEARED:
            continue
        targets = [on for on in hosts.on if on not in {host, each, *cleared}]
        found = refuge(hosts.moved(to), each, targets, fullest=fullest)
        if found is None:
            return None
        to |= found
        cleared.append(each)
        if len(to) > most:
            return None
        if hosts.moved(to).switched_off(frozenset({host})).broken() is None:
            return to
    return None


def refuge(hosts: PoolHosts, host: int, targets: Sequence[int], *, fullest: bool) -> Mapping[str, int] | None:
    """Where the servers of a host could go, the largest first, each to the fullest or emptiest with room."""
    free = {target: list(hosts.free(target)) for target in targets}
    loads = hosts.loads()
    to: dict[str, int] = {}
    for name in hosts.standing_on(host):
        row = hosts.servers[name][0]
        kind = hosts.rows[row]
        limit = -(-max(1, kind.running) // hosts.usable) if kind.spread else None
        able = [
            target
            for target in targets
            if (limit is None or loads[target][row] < limit)
            and all(amount <= there for amount, there in zip(kind.size, free[target], strict=True))
        ]
        if not able:
            return None
        sign = 1 if fullest else -1
        chosen = min(able, key=lambda target: (sign * free[target][VCPU], target))
        to[name] = chosen
        loads[chosen][row] += 1
        for number, amount in enumerate(kind.size):
            free[chosen][number] -= amount
    return to


def idle_milli_watts(hosts: PoolHosts, environment: Environment) -> int:
    """Facility watts of one idle host, in thousandths: idle × PUE of its center."""
    if hosts.pool.power is None:
        return 0
    pue = environment.estate.center_of(hosts.pool).pue.milli
    return hosts.pool.power.idle_watts.milli * pue // 1000


def pool_milli_watts(hosts: PoolHosts, environment: Environment) -> int:
    """Facility watts of a pool's hosts that are on, in thousandths.

    PUE × Σ over hosts on of idle + (peak − idle) × share of vCPU promised (docs/scheduling.md: objective).
    """
    if hosts.pool.power is None:
        return 0
    idle, peak = hosts.pool.power.idle_watts.milli, hosts.pool.power.peak_watts.milli
    total = 0
    for host, counts in hosts.loads().items():
        load = sum(row.size[VCPU] * count for row, count in zip(hosts.rows, counts, strict=True))
        if load or host in hosts.on:
            total += idle + (peak - idle) * load // hosts.capacity[VCPU]
    return total * environment.estate.center_of(hosts.pool).pue.milli // 1000


def _candidates(hosts: PoolHosts, received: frozenset[int], most: int) -> list[int]:
    """Hosts that are on, those with the least to carry first."""
    found = []
    for host in hosts.on:
        servers = hosts.standing_on(host)
        if host not in received and len(servers) <= most and len(hosts.on) > 1:
            weight = sum(hosts.rows[hosts.servers[name][0]].size[1] for name in servers)
            found.append((weight, len(servers), host))
    return [host for _, _, host in sorted(found)[:TRIED]]
