"""Reckons what a placement of a tiny estate costs at least, trying every way to put it on hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cmp.model.environment import Environment
from cmp.model.estate import Pool, Power
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Spread

Item = tuple[int, tuple[float, float, float], int]
"""A replica: its row, vCPU, GiB of memory and of disk, and how many of its row may share a host."""


def least_cost(environment: Environment, rows: Sequence[Placement]) -> float:
    """Watts with the fewest hosts that take what runs, money and balance; wishes and moves for nothing."""
    weights = environment.policy.objective
    shares = []
    total = 0.0
    for pool in environment.estate.pools:
        here = [(row, _running(row)) for row in rows if row.pool == pool.id and _running(row)]
        load = [sum(_size(row)[part] * count for row, count in here) for part in range(3)]
        shares.append(
            [part / whole / pool.usable_hosts for part, whole in zip(load, _host(pool), strict=True)]
        )
        power = _power(environment, pool)
        if power is not None:
            pue = environment.estate.center_of(pool).pue.value
            idle, peak = power.idle_watts.value, power.peak_watts.value
            watts = _fewest(environment, pool, here) * idle + (peak - idle) * load[0] / _host(pool)[0]
            total += weights.facility_watts * pue * watts
        if pool.price_cny is not None:
            total += weights.cost * sum(
                count * _size(row)[0] * pool.price_cny.vcpu_hour.value
                + count * _size(row)[1] * pool.price_cny.memory_gib_hour.value
                for row, count in here
                if row.role is not Role.BACKUP
            )
    evened = sum(100 * (max(column) - sum(column) / len(column)) for column in zip(*shares, strict=True))
    return float(total + weights.balance * evened)


def _running(row: Placement) -> int:
    return 1 if row.role is Role.BACKUP else row.replicas


def _size(row: Placement) -> tuple[float, float, float]:
    return row.size.vcpu_milli / 1000, row.size.memory_mib / 1024, float(row.size.disk_gib)


def _host(pool: Pool) -> tuple[float, float, float]:
    host = pool.per_host
    return host.vcpus * pool.overcommit.vcpus, host.memory_gib * pool.overcommit.memory, float(host.disk_gib)


def _power(environment: Environment, pool: Pool) -> Power | None:
    """A pool's own, else that of the hungriest pool."""
    known = [each.power for each in environment.estate.pools if each.power is not None]
    hungriest = max(known, key=lambda each: (each.peak_watts.value, each.idle_watts.value), default=None)
    return pool.power or hungriest


def _fewest(environment: Environment, pool: Pool, here: Sequence[tuple[Placement, int]]) -> int:
    items: list[Item] = []
    for number, (row, count) in enumerate(here):
        component = environment.workload[row.workload].component[row.component]
        apart = component.spread is Spread.HOST and row.role is not Role.BACKUP
        items += [(number, _size(row), -(-count // pool.usable_hosts) if apart else count)] * count
    return next(
        hosts
        for hosts in range(pool.usable_hosts + 1)
        if _fits(items, [(list(_host(pool)), Counter()) for _ in range(hosts)])
    )


def _fits(items: Sequence[Item], hosts: Sequence[tuple[list[float], Counter[int]]]) -> bool:
    """Whether all replicas find a host."""
    if not items:
        return True
    row, size, together = items[0]
    for left, mine in hosts:
        if mine[row] < together and all(part <= there for part, there in zip(size, left, strict=True)):
            left[:] = [there - part for part, there in zip(size, left, strict=True)]
            mine[row] += 1
            if _fits(items[1:], hosts):
                return True
            left[:] = [there + part for part, there in zip(size, left, strict=True)]
            mine[row] -= 1
    return False
