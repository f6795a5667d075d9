"""Computes what a move takes: bytes over which road, time on it, standing still, a recovery point not kept.

Everything is in integers (MiB, kbit/s, milliseconds) until it is told, so that equal inputs cost the same on
any machine. What an estate does not say (ports of hosts, pages written anew) is in `policy.yaml`, `moving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.moves import Cost
from cmp.model.plan import Placement
from cmp.model.policy import Moving
from cmp.model.recovery import Role
from cmp.model.workload import Component, RunsAs
from cmp.scheduler.constraints.links import USABLE_PERCENT, usable_kbps
from cmp.scheduler.problem.sizes import MIB, MILLI

BITS_OF_MIB = 8 * 1024 * 1024
MAX_ROUNDS = 30
"""Rounds of copying pages after which a live migration gives up; QEMU's pre-copy rarely profits from more."""

SERVING = frozenset({Role.PRIMARY, Role.ACTIVE, Role.MEMBER})
"""Roles that answer in normal time: when they stand still, somebody waits."""


class Way(StrEnum):
    """How a replica gets from one pool to another; a pool is one set of compatible CPUs."""

    LIVE = "live"
    """Inside a pool: QEMU moves a running guest only between hosts of one CPU model."""
    COLD = "cold"
    """To another pool of the same instruction set: stopped, carried, started."""
    REDEPLOY = "redeploy"
    """To another instruction set, and every container: a new replica starts from its image."""


class Leg(NamedTuple):
    """So many replicas of a component that go from pool to pool; `data` says if its data go along."""

    component: Component
    role: Role
    memory_mib: int
    disk_gib: int
    replicas: int
    source: str
    to: str
    data: bool = True


@dataclass(frozen=True, slots=True)
class MoveEffort:
    """What a move takes: MiB carried, and milliseconds on the road, of downtime, of exposure."""

    mib: int = 0
    link_ms: int = 0
    downtime_ms: int = 0
    exposure_ms: int = 0
    live: bool = True

    def __add__(self, other: MoveEffort) -> MoveEffort:
        """Both, one after the other."""
        return MoveEffort(
            self.mib + other.mib,
            self.link_ms + other.link_ms,
            self.downtime_ms + other.downtime_ms,
            self.exposure_ms + other.exposure_ms,
            self.live and other.live,
        )

    @property
    def ms(self) -> int:
        """All its milliseconds: what the objective's part `move` counts, in minutes."""
        return self.link_ms + self.downtime_ms + self.exposure_ms

    @property
    def minutes(self) -> float:
        """The same in minutes."""
        return self.ms / 60_000

    @property
    def cost(self) -> Cost:
        """As a document tells it."""
        return Cost(
            link_minutes=round(self.link_ms / 60_000, 3),
            downtime_minutes=round(self.downtime_ms / 60_000, 3),
            exposure_minutes=round(self.exposure_ms / 60_000, 3),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """An estate's networks: `free` is what replication leaves of the usable share of each link, in kbit/s."""

    estate: Estate
    moving: Moving
    free: Mapping[tuple[str, str], int]

    def kbps(self, one: str, other: str) -> int:
        """What a move gets between two centers, or inside one; 0 where no road leads."""
        if one == other:
            return _share(self.moving.center_network_gbps.milli)
        return self.free.get((min(one, other), max(one, other)), 0)


def roads_of(environment: Environment, placements: Iterable[Placement]) -> Roads:
    """The roads of an estate on which the changes of a Plan's rows are replicated in normal time.

    A free share is 0.7 × bandwidth − what is replicated (docs/scheduling.md: links).
    """
    estate = environment.estate
    taken = _replicated(environment, placements)
    pairs = combinations(sorted(center.id for center in estate.centers), 2)
    free = {pair: max(0, usable_kbps(estate, pair) - taken.get(pair, 0)) for pair in pairs}
    return Roads(estate, environment.policy.moving, free)


def _replicated(environment: Environment, placements: Iterable[Placement]) -> dict[tuple[str, str], int]:
    """kbit/s that each component's home sends to every other center that holds something of it."""
    centers: dict[tuple[str, str], set[str]] = {}
    homes: dict[tuple[str, str], str] = {}
    for row in placements:
        if row.role is not Role.MEMBER:
            key = row.workload, row.component
            centers.setdefault(key, set()).add(row.center)
            if row.role is Role.PRIMARY:
                homes[key] = row.center
    found: dict[tuple[str, str], int] = {}
    for key, home in homes.items():
        rate = round(environment.find(*key)[1].data.change_mbps_peak * MILLI)
        for center in centers[key] - {home} if rate else ():
            pair = min(home, center), max(home, center)
            found[pair] = found.get(pair, 0) + rate
    return found


def effort_of(leg: Leg, roads: Roads) -> MoveEffort | None:
    """What a move takes; None where no road leads, or replication leaves nothing of it."""
    if leg.source == leg.to:
        return _many(migration(leg, roads.moving), leg.replicas)
    one, other = (roads.estate.center_of(roads.estate.pool[pool]).id for pool in (leg.source, leg.to))
    kbps = roads.kbps(one, other)
    if not kbps:
        return None
    return _near(leg, roads, kbps) if one == other else _far(leg, roads, kbps)


def way_of(component: Component, source: str, to: str, estate: Estate) -> Way:
    """How a replica gets from one pool to another.

    Live only inside one CPU compatibility set (QEMU manual: a guest with the host's CPU passed through is not
    safe to migrate elsewhere); another vendor is a cold move; another instruction set a new deployment.
    """
    if component.runs_as is RunsAs.CONTAINER:
        return Way.REDEPLOY
    if source == to:
        return Way.LIVE
    one, other = (estate.chip[estate.pool[pool].chip].isa for pool in (source, to))
    return Way.COLD if one is other else Way.REDEPLOY


def migration(leg: Leg, moving: Moving) -> MoveEffort:
    """One replica to another host of its pool.

    Pre-copy (Clark et al., NSDI 2005): memory is sent while the guest runs, then again what it has written
    meanwhile, until the rest can be sent within the downtime limit; with D pages written a second over a link
    of B that is M/B × (1 + D/B + (D/B)² + …). Where the rest does not shrink the guest stops for all of it.
    Disks that lie in the host are carried before. A container ends here and starts there.
    """
    kbps = _share(moving.host_link_gbps.milli)
    if leg.component.runs_as is RunsAs.CONTAINER:
        return _started(leg, moving, kbps)
    disk = leg.disk_gib * MIB if moving.local_disks else 0
    sent, rest = disk, leg.memory_mib
    for _ in range(MAX_ROUNDS):
        last = _ms(rest, kbps)
        if last <= moving.downtime_limit_ms.milli // MILLI:
            break
        written = min(leg.memory_mib, moving.dirty_mib_per_second.milli * last // (MILLI * MILLI))
        if written >= rest:
            return MoveEffort(
                disk + leg.memory_mib, _ms(disk, kbps), _ms(leg.memory_mib, kbps), 0, live=False
            )
        sent, rest = sent + rest, written
    last = _ms(rest, kbps)
    return MoveEffort(sent + rest, _ms(sent, kbps), last if leg.role in SERVING else 0, 0)


def _near(leg: Leg, roads: Roads, kbps: int) -> MoveEffort:
    """To another pool of the center.

    What has no state starts there before it ends here. A replica with state stops, is carried and starts, one
    after the other: each is 1/K of its side, so that the side stands still for as long as one of them takes.
    """
    if leg.role is Role.BACKUP:
        return _copied(leg.disk_gib * MIB, kbps)
    new = _started(leg, roads.moving, kbps)
    if not leg.component.stateful:
        return _many(new, leg.replicas)
    cold = way_of(leg.component, leg.source, leg.to, roads.estate) is Way.COLD
    disk = leg.disk_gib * MIB if cold else leg.component.data.gib * MIB
    stands = _ms(disk, kbps) + _boot(roads.moving)
    every = _many(MoveEffort(new.mib + disk, new.link_ms + _ms(disk, kbps), live=False), leg.replicas)
    if leg.role in SERVING:
        return every + MoveEffort(downtime_ms=stands, live=False)
    return every + MoveEffort(exposure_ms=stands, live=False)


def _far(leg: Leg, roads: Roads, kbps: int) -> MoveEffort:
    """To another center.

    Data go once over the free share of the link, images once per replica. Until they are there the new place
    has no recovery point: that long it is exposed. A primary then stops for what has changed meanwhile.
    """
    data = (leg.component.data.gib * MIB if leg.data else 0) if leg.component.data.gib else 0
    if leg.role is Role.BACKUP:
        return _copied(data or leg.disk_gib * MIB, kbps)
    if leg.component.stateful and not data and leg.data:
        data = leg.disk_gib * MIB * leg.replicas
    images = _many(_started(leg, roads.moving, kbps), leg.replicas)
    carried = _copied(data, kbps) if data else MoveEffort()
    stop = 0
    if leg.component.stateful and leg.role in SERVING and leg.replicas:
        change = round(leg.component.data.change_mbps_peak * MILLI)
        stop = min(carried.link_ms, carried.link_ms * change // kbps) + _boot(roads.moving)
    return images + carried + MoveEffort(downtime_ms=stop, live=False)


def _started(leg: Leg, moving: Moving, kbps: int) -> MoveEffort:
    """One new replica from its image; nothing stands still for it."""
    image = moving.image_gib.milli * MIB // MILLI if leg.replicas else 0
    return MoveEffort(image, _ms(image, kbps), live=False)


def _copied(mib: int, kbps: int) -> MoveEffort:
    """A copy of data: exposed until it is complete."""
    return MoveEffort(mib, _ms(mib, kbps), exposure_ms=_ms(mib, kbps), live=False)


def _many(one: MoveEffort, times: int) -> MoveEffort:
    return MoveEffort(
        one.mib * times, one.link_ms * times, one.downtime_ms * times, one.exposure_ms * times, one.live
    )


def _boot(moving: Moving) -> int:
    return moving.boot_seconds.milli


def _ms(mib: int, kbps: int) -> int:
    """Milliseconds that so many MiB take."""
    return -(-mib * BITS_OF_MIB // kbps)


def _share(gbps_milli: int) -> int:
    return max(1, gbps_milli * MILLI * USABLE_PERCENT // 100)
