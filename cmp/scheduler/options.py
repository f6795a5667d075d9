"""Lists for every component the pools that may take it, each with the size that a replica has there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.model.workload import Component, Needs, Variant, Workload
from cmp.scheduler import sizes
from cmp.scheduler.profiles import fits
from cmp.scheduler.sizes import Vector, Work
from cmp.scheduler.verdicts import Ask, Seat


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A pool that may take a component in one way.

    `dislike` counts the soft wishes it does not meet: places down the list of ways and of preferred chips,
    and one for hosts with accelerators that the component does not use. `elsewhere` is 1 outside the
    preferred locations, which matters only for what runs in normal time.
    """

    pool: str
    cloud: str
    center: str
    way: str
    image: str
    size: Vector
    worth: int
    dislike: int
    elsewhere: int = 0

    def disliked(self, role: Role) -> int:
        """Soft wishes that this pool does not meet for a role."""
        return self.dislike + (self.elsewhere if role.runs else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """A component with what each side has to deliver and, by center, where a side or a copy may lie."""

    workload: Workload
    component: Component
    work: Work
    sides: Mapping[str, tuple[Option, ...]]
    copies: Mapping[str, tuple[Option, ...]]

    @property
    def key(self) -> tuple[str, str]:
        """Workload and component."""
        return self.workload.id, self.component.id

    def options(self, role: Role, center: str) -> tuple[Option, ...]:
        """The pools of a center that may take this role."""
        return (self.copies if role is Role.BACKUP else self.sides).get(center, ())


def needs_of(
    environment: Environment,
    seats: Mapping[str, Seat],
    accelerators: tuple[str, ...],
    at: datetime | None,
) -> dict[tuple[str, str], Need]:
    """Every component's need, by workload and component."""
    found: dict[tuple[str, str], Need] = {}
    for workload in environment.workloads:
        for component in workload.components:
            sized_on = environment.estate.chip[component.sized_on or environment.estate.reference_chip]
            factor = sizes.factor_milli(component, at, environment.calendar)
            found[workload.id, component.id] = Need(
                workload,
                component,
                sizes.work(component, sized_on, factor),
                _by_center(_sides(workload, component, environment, seats, accelerators)),
                _by_center(_copies(workload, component, environment, seats, accelerators)),
            )
    return found


def _by_center(options: Iterator[Option]) -> Mapping[str, tuple[Option, ...]]:
    found: dict[str, tuple[Option, ...]] = {}
    for option in options:
        found[option.center] = (*found.get(option.center, ()), option)
    return found


def _sides(
    workload: Workload,
    component: Component,
    environment: Environment,
    seats: Mapping[str, Seat],
    accelerators: tuple[str, ...],
) -> Iterator[Option]:
    for rank, way in enumerate(component.ways):
        ask = Ask.of(workload, component, way, Role.PRIMARY, environment.estate)
        for seat in seats.values():
            if fits(ask, seat):
                yield _option(ask, seat, rank, accelerators)


def _option(ask: Ask, seat: Seat, rank: int, accelerators: tuple[str, ...]) -> Option:
    component, isa = ask.component, seat.chip.isa
    return Option(
        seat.pool.id,
        seat.cloud.id,
        seat.center,
        ask.way.id,
        ask.way.images[isa] if isa else "",
        size_on(ask, seat, accelerators),
        sizes.worth(component, seat.chip),
        rank + _chip_rank(component, seat) + _wastes_accelerators(ask, seat),
        _is_elsewhere(component, seat),
    )


def size_on(ask: Ask, seat: Seat, accelerators: tuple[str, ...]) -> Vector:
    """What one replica takes on a pool's chip."""
    if ask.role is Role.BACKUP:
        return copy_size(ask.component, accelerators)
    needs: Needs = ask.way.needs
    return (
        sizes.vcpu_milli(ask.component, needs, ask.sized_on, seat.chip),
        needs.memory_mib,
        needs.disk_gib,
        *(needs.accelerators.get(name, 0) for name in accelerators),
    )


def copy_size(component: Component, accelerators: tuple[str, ...]) -> Vector:
    """What a copy of a component's data takes: disk alone."""
    return 0, 0, component.data.gib, *(0 for _ in accelerators)


def _copies(
    workload: Workload,
    component: Component,
    environment: Environment,
    seats: Mapping[str, Seat],
    accelerators: tuple[str, ...],
) -> Iterator[Option]:
    if not component.data.gib or component.quorum is not None:
        return
    own: Variant = component.ways[0]
    ask = Ask.of(workload, component, own, Role.BACKUP, environment.estate)
    size = copy_size(component, accelerators)
    for seat in seats.values():
        if fits(ask, seat):
            yield Option(
                seat.pool.id, seat.cloud.id, seat.center, "", "", size, 1, _wastes_accelerators(ask, seat)
            )


def _chip_rank(component: Component, seat: Seat) -> int:
    """0 for the chip liked best or where none is named; one more for each place down the list."""
    chips = component.prefer.chips
    return chips.index(seat.chip.id) if seat.chip.id in chips else len(chips)


def _wastes_accelerators(ask: Ask, seat: Seat) -> int:
    copies = ask.role is Role.BACKUP
    return int(any(seat.pool.per_host.accelerators.values()) and (copies or not ask.way.needs.accelerators))


def _is_elsewhere(component: Component, seat: Seat) -> int:
    locations = component.prefer.locations
    return int(bool(locations) and seat.location not in locations)
