"""Turns an estate into the arrays of the ground: pools, hosts, failures, centers, links, quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmp.model.base import grains_up
from cmp.model.environment import Environment
from cmp.model.estate import Estate, Pool
from cmp.scheduler.board.arrays import NOTHING, Ground
from cmp.scheduler.constraints import links, quotas
from cmp.scheduler.constraints.packing import Room
from cmp.scheduler.constraints.verdicts import Seat, told_apart
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.power import power_of
from cmp.scheduler.recovery.takeover import boot_of

MICRO = 1_000_000
UNTOLD = 1 << 40
"""Seconds that a host takes to start of which nobody says so: longer than anybody waits."""
UNLINKED = -1


@dataclass(frozen=True, eq=False)
class Names:
    """What the indices stand for, in order."""

    pools: tuple[str, ...]
    centers: tuple[str, ...]
    classes: tuple[Seat, ...]
    owners: tuple[str, ...]

    @cached_property
    def pool(self) -> Mapping[str, int]:
        """The index of each pool."""
        return {name: number for number, name in enumerate(self.pools)}

    @cached_property
    def center(self) -> Mapping[str, int]:
        """The index of each center."""
        return {name: number for number, name in enumerate(self.centers)}


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """What the ground is made from."""

    environment: Environment
    accelerators: tuple[str, ...]
    seats: Mapping[str, Seat]
    rooms: Mapping[str, Room]
    losses: Sequence[Loss]


def ground_of(site: Site) -> tuple[Ground, Names]:
    """The arrays of an estate, and what their indices stand for."""
    estate = site.environment.estate
    pools = tuple(site.seats)
    centers = tuple(sorted(center.id for center in estate.centers))
    kinds, pool_class = _classes(site)
    names = Names(pools, centers, kinds, _owners(site))
    clouds = {name: number for number, name in enumerate(sorted(estate.cloud))}
    rooms = [site.rooms[name] for name in pools]
    cap = np.array([room.capacity for room in rooms], dtype=np.int64)
    hosts = np.array([room.hosts for room in rooms], dtype=np.int64)
    by_class = np.argsort(pool_class, kind="stable").astype(np.int64)
    starts = np.searchsorted(pool_class[by_class], np.arange(len(kinds) + 1)).astype(np.int64)
    pair, usable = _pairs(estate, centers)
    seats = [site.seats[name] for name in pools]
    on_cost = np.array([_on_cost(site, seat.pool) for seat in seats], dtype=np.int64)
    return Ground(
        pool_center=np.array([names.center[seat.center] for seat in seats], dtype=np.int64),
        pool_cloud=np.array([clouds[seat.cloud.id] for seat in seats], dtype=np.int64),
        pool_class=pool_class,
        host_start=np.concatenate(([0], np.cumsum(hosts))).astype(np.int64),
        cap=cap,
        total=cap * hosts[:, None],
        on_cost=on_cost,
        ready=np.array([_ready(seat.pool) for seat in seats], dtype=np.int64),
        class_start=starts,
        class_pool=by_class,
        class_cloud=np.array([clouds[seat.cloud.id] for seat in kinds], dtype=np.int64),
        lost=_table([[name in loss.pools for name in pools] for loss in site.losses], len(pools)),
        lost_center=_table(
            [[name in loss.centers for name in centers] for loss in site.losses], len(centers)
        ),
        promised=_promised(site),
        order=_orders(estate, centers),
        pair=pair,
        usable_kbps=usable,
        rtt_us=_round_trips(estate, centers),
        quota=_quotas(site),
        balance_weight=np.array([round(site.environment.policy.objective.balance * MICRO)], dtype=np.int64),
        wish_weight=np.array(
            [round(site.environment.policy.objective.chip_preference * MICRO)], dtype=np.int64
        ),
        widest=np.array([hosts.max()], dtype=np.int64),
        dearest=np.array([on_cost.max()], dtype=np.int64),
    ), names


def _table(rows: list[list[bool]], width: int) -> np.ndarray:
    return np.array(rows, dtype=np.uint8).reshape(len(rows), width)


def _classes(site: Site) -> tuple[tuple[Seat, ...], np.ndarray]:
    """Sets of pools that all filters and prices treat alike: a seat for each, and each pool's class."""
    found: dict[str, int] = {}
    kinds: list[Seat] = []
    numbers = []
    for seat in site.seats.values():
        pool = seat.pool
        key = repr(
            (pool.cloud, pool.chip, pool.per_host, pool.overcommit, pool.power, pool.price_cny, seat.cordon)
        ) + repr(told_apart(pool, site.environment))
        if key not in found:
            found[key] = len(kinds)
            kinds.append(seat)
        numbers.append(found[key])
    return tuple(kinds), np.array(numbers, dtype=np.int64)


def _ready(pool: Pool) -> int:
    """Seconds until a host has started that was off; nobody waits where nobody says how long that takes."""
    return UNTOLD if pool.power is None else boot_of(pool)


def _on_cost(site: Site, pool: Pool) -> int:
    """What a host that is on costs for idling, in millionths of a point."""
    power = power_of(pool, site.environment.estate)
    if power is None:
        return 0
    weight = site.environment.policy.objective.facility_watts
    pue = site.environment.estate.center_of(pool).pue.value
    return round(weight * pue * power.idle_watts.value * MICRO)


def numbers_of_grades(environment: Environment) -> int:
    """How many numbers of grades there are, from 0; after a loss some count on from the highest."""
    return 1 + max(grade.grade for grade in environment.recovery.grades)


def _promised(site: Site) -> np.ndarray:
    promises = {grade.grade: set(grade.promises) for grade in site.environment.recovery.grades}
    numbers = range(numbers_of_grades(site.environment))
    return _table(
        [[loss.failure.kind in promises.get(grade, ()) for grade in numbers] for loss in site.losses],
        len(numbers),
    )


def _orders(estate: Estate, centers: Sequence[str]) -> np.ndarray:
    """For each home, centers in the order in which a group may go there: home, the same city, elsewhere."""
    numbers = range(len(centers))
    city = [estate.center[name].location for name in centers]
    return np.array(
        [sorted(numbers, key=lambda c: (c != home, city[c] != city[home], centers[c])) for home in numbers],
        dtype=np.int64,
    )


def _pairs(estate: Estate, centers: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """A number for each two centers, and what replication may take of the link between them in kbit/s."""
    pair = np.zeros((len(centers), len(centers)), dtype=np.int64)
    usable: list[int] = []
    for one, first in enumerate(centers):
        for other in range(one + 1, len(centers)):
            pair[one, other] = pair[other, one] = len(usable)
            usable.append(links.usable_kbps(estate, (first, centers[other])))
    return pair, np.array(usable or [0], dtype=np.int64)


def _round_trips(estate: Estate, centers: Sequence[str]) -> np.ndarray:
    """Round trips between centers in microseconds."""
    found = [[estate.rtt_ms(one, other) for other in centers] for one in centers]
    return np.array(
        [[UNLINKED if rtt is None else grains_up(rtt, 1000) for rtt in row] for row in found], dtype=np.int64
    )


def _owners(site: Site) -> tuple[str, ...]:
    return tuple(sorted({quota.owner for quota in site.environment.policy.quotas}))


def _quotas(site: Site) -> np.ndarray:
    """The tightest limits by owner and resource, NOTHING where no quota says anything."""
    width = 3 + len(site.accelerators)
    limits: dict[str, list[int]] = {owner: [NOTHING] * width for owner in _owners(site)}
    for quota in site.environment.policy.quotas:
        for resource, most in enumerate(quotas.limit(quota, site.accelerators)):
            known = limits[quota.owner][resource]
            if most is not None and (known == NOTHING or most < known):
                limits[quota.owner][resource] = most
    return np.array(list(limits.values()), dtype=np.int64).reshape(len(limits), width)
