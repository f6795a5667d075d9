"""Computes work, replicas and sizes in integers: thousandths of performance and of a vCPU, MiB, GiB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cmp.model.abilities import abilities_of
from cmp.model.base import grains_down
from cmp.model.cards import devices_of_host
from cmp.model.estate import Chip, Cloud, Pool
from cmp.model.recovery import Role
from cmp.model.when import SHANGHAI, parse_when
from cmp.model.workload import Component, Needs, Scaling

MILLI = 1000
MIB = 1024
VCPU, MEMORY, DISK = 0, 1, 2

Vector = tuple[int, ...]
"""Thousandths of a vCPU, MiB of memory, GiB of disk, then accelerators in order of id."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a side has to deliver: Σ replicas × worth >= `amount` with at least `least` replicas."""

    amount: int
    least: int

    def alone(self, worth: int) -> int:
        """Replicas that do it on one kind of chip, each worth that much."""
        return max(-(-self.amount // worth), self.least)


def factor_milli(component: Component, at: datetime | None, calendars: Mapping[str, frozenset[date]]) -> int:
    """The demand factor of a moment in thousandths; 1000 without a moment or where no demand is declared.

    A moment without offset is local time of Asia/Shanghai.
    """
    if at is None or not component.demand or component.quorum is not None:
        return MILLI
    local = at.astimezone(SHANGHAI).replace(tzinfo=None) if at.tzinfo else at
    holding = [
        demand.factor_milli for demand in component.demand if parse_when(demand.when).covers(local, calendars)
    ]
    return max(holding, default=MILLI)


def performance(component: Component, chip: Chip) -> int:
    """How fast a chip is for a component, in thousandths: as measured for it, else in general."""
    fact = component.performance.get(chip.id)
    return fact.milli if fact else chip.performance_milli


def work(component: Component, sized_on: Chip, factor: int) -> Work:
    """What one side of a component delivers; `factor` in thousandths.

    Whatever its scaling and the moment, a side has at least `min_replicas`; a quorum has its members.
    """
    if component.scaling is Scaling.HORIZONTAL and component.quorum is None:
        amount = -(-component.replicas * factor * performance(component, sized_on) // MILLI)
        return Work(amount, component.min_replicas)
    least = component.min_replicas if component.quorum is None else 0
    return Work(-(-component.replicas * factor // MILLI), least)


def worth(component: Component, chip: Chip) -> int:
    """What one replica on a chip delivers, in the unit of `work`."""
    if component.scaling is Scaling.HORIZONTAL and component.quorum is None:
        return performance(component, chip)
    return 1


def vcpu_milli(component: Component, needs: Needs, sized_on: Chip, chip: Chip) -> int:
    """Thousandths of a vCPU that one replica takes on a chip."""
    if component.scaling is not Scaling.VERTICAL:
        return needs.vcpu_milli
    return -(-needs.vcpu_milli * performance(component, sized_on) // performance(component, chip))


def running(role: Role, takeover: int, *, stateful: bool) -> int:
    """Replicas that a whole side runs in normal time, of those it needs once it takes over."""
    if role is Role.COLD:
        return 0
    if role is Role.WARM and not stateful:
        return max(1, -(-takeover // 2))
    return takeover


def cards_milli(size: Vector, accelerators: tuple[str, ...], per_card: Mapping[str, int]) -> int:
    """Thousandths of cards that a size takes; a slice counts as its part of a card, rounded down."""
    devices = zip(accelerators, size[DISK + 1 :], strict=True)
    return sum(count * MILLI // per_card[name] for name, count in devices if count)


def host_capacity(
    pool: Pool, cloud: Cloud, accelerators: tuple[str, ...], per_card: Mapping[str, int]
) -> Vector:
    """What may be promised on one host: no more than it has where its cloud does not overcommit.

    Cards count whole and as each slice that they can be cut into; a host is used in one of these ways.
    """
    bare = not abilities_of(cloud).overcommits
    vcpus = MILLI if bare else grains_down(pool.overcommit.vcpus, MILLI)
    memory = MILLI if bare else grains_down(pool.overcommit.memory, MILLI)
    host = pool.per_host
    return (
        host.vcpus * vcpus,
        host.memory_gib * MIB * memory // MILLI,
        host.disk_gib,
        *(devices_of_host(pool.per_host.accelerators, name, per_card) for name in accelerators),
    )
