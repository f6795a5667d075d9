"""Empties hosts of a pool so that they can be switched off, one after the other while it pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmp.errors import Refused
from cmp.model.environment import Environment
from cmp.scheduler.moves.evacuation import candidates, cleared
from cmp.scheduler.moves.pool_hosts import PoolHosts
from cmp.scheduler.moves.steps import Done, carried_out
from cmp.scheduler.problem.sizes import VCPU

TRIED = 8
"""Hosts of a pool that are tried at each turn, those that are emptied for least first."""


@dataclass(frozen=True, slots=True, eq=False)
class Emptied:
    """A host that is emptied and switched off: `before`, `done.hosts` afterwards, and watts saved."""

    host: int
    before: PoolHosts
    done: Done
    milli_watts: int
    also: tuple[int, ...] = ()
    """Further hosts that are emptied and switched off with it."""

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
    for host in candidates(hosts, received, most)[:TRIED]:
        to = cleared(hosts, host, most, switch=True)
        if to is None:
            continue
        try:
            done = carried_out(hosts, to, environment)
        except Refused:
            continue
        if len(done.hops) <= most:
            after = done.hosts.switched_off(frozenset({host}))
            saved = idle_milli_watts(hosts, environment)
            yield Emptied(host, hosts, Done(done.hops, after, done.effort), saved)


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
