"""Lists for every component the pools that may take it, each with the size that a replica has there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.estate import CenterRole, Estate
from cmp.model.recovery import Role
from cmp.model.workload import Component, Needs, Variant, Workload
from cmp.scheduler.constraints.profiles import fits
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.sizes import Vector, Work


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A pool that may take a component in one way.

    `dislike` counts the soft wishes it does not meet: places down the list of ways and of preferred chips,
    and one for hosts with accelerators that the component does not use. `elsewhere` is 1 outside the
    preferred locations, which matters only for what runs in normal time; `away` is 1 outside production
    centers, which matters only for primaries.
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
    away: int = 0

    def disliked(self, role: Role) -> int:
        """Soft wishes that this pool does not meet for a role."""
        home = self.away if role is Role.PRIMARY else 0
        return self.dislike + home + (self.elsewhere if role.runs else 0)


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


class AllNeeds(Mapping[tuple[str, str], Need]):
    """Every component's need, by workload and component; each is worked out when it is first asked for."""

    def __init__(
        self,
        environment: Environment,
        seats: Mapping[str, Seat],
        accelerators: tuple[str, ...],
        at: datetime | None,
    ) -> None:
        """Prepare the needs of an environment at a moment (None: demand factor 1)."""
        self._environment = environment
        self._seats = seats
        self._accelerators = accelerators
        self._at = at
        self._known: dict[tuple[str, str], Need] = {}

    def __getitem__(self, key: tuple[str, str]) -> Need:
        """The need of one component."""
        if key not in self._known:
            self._known[key] = self._need(*self._environment.find(*key))
        return self._known[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every workload with each of its components."""
        for workload in self._environment.workloads:
            for component in workload.components:
                yield workload.id, component.id

    def __len__(self) -> int:
        """How many components there are."""
        return sum(len(workload.components) for workload in self._environment.workloads)

    def _need(self, workload: Workload, component: Component) -> Need:
        estate = self._environment.estate
        sized_on = estate.chip[component.sized_on or estate.reference_chip]
        factor = sizes.factor_milli(component, self._at, self._environment.calendar)
        places = workload, component, self._environment, self._seats, self._accelerators
        return Need(
            workload,
            component,
            sizes.work(component, sized_on, factor),
            _by_center(_sides(*places)),
            _by_center(_copies(*places)),
        )


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
                yield _option(ask, seat, rank, (accelerators, environment.estate))


def _option(ask: Ask, seat: Seat, rank: int, given: tuple[tuple[str, ...], Estate]) -> Option:
    accelerators, estate = given
    component, isa = ask.component, seat.chip.isa
    return Option(
        seat.pool.id,
        seat.cloud.id,
        seat.center,
        ask.way.id,
        ask.way.images[isa] if isa else "",
        size_on(ask, seat, accelerators),
        sizes.worth(component, seat.chip),
        rank + chip_rank(component, seat) + wastes_accelerators(ask, seat),
        is_elsewhere(component, seat),
        is_away(component, seat, estate),
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
                seat.pool.id, seat.cloud.id, seat.center, "", "", size, 1, wastes_accelerators(ask, seat)
            )


def chip_rank(component: Component, seat: Seat) -> int:
    """0 for the chip liked best or where none is named; one more for each place down the list."""
    chips = component.prefer.chips
    return chips.index(seat.chip.id) if seat.chip.id in chips else len(chips)


def wastes_accelerators(ask: Ask, seat: Seat) -> int:
    """1 on hosts with accelerators that the component does not use."""
    copies = ask.role is Role.BACKUP
    return int(any(seat.pool.per_host.accelerators.values()) and (copies or not ask.way.needs.accelerators))


def is_elsewhere(component: Component, seat: Seat) -> int:
    """1 outside the preferred locations."""
    locations = component.prefer.locations
    return int(bool(locations) and seat.location not in locations)


def is_away(component: Component, seat: Seat, estate: Estate) -> int:
    """How far a center is from production, for what prefers no location itself: same city 1, remote 2."""
    if component.prefer.locations:
        return 0
    return tuple(CenterRole).index(estate.center[seat.center].role)
