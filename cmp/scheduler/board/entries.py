"""Finds for each kind of component the classes of pools that may take it, with sizes and costs there.

Filters are asked once for each two of a kind of component and a class of pools, not for each two of a
component and a pool: components are of one kind where everything that filters, sizes and wishes look at is
equal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from cmp.model.environment import Environment
from cmp.model.estate import Isa
from cmp.model.recovery import Role
from cmp.model.workload import Component, Variant, Workload
from cmp.scheduler.board.grounding import MICRO
from cmp.scheduler.constraints.options import (
    chip_rank,
    copy_size,
    is_away,
    is_elsewhere,
    size_on,
    wastes_accelerators,
)
from cmp.scheduler.constraints.profiles import can_run, fits, may_stand
from cmp.scheduler.constraints.verdicts import Ask, Seat, owner_matters
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.formats import format_on
from cmp.scheduler.problem.power import power_of
from cmp.scheduler.problem.sizes import MEMORY, MIB, MILLI, VCPU, Vector, host_capacity


@dataclass(frozen=True, slots=True)
class Entry:
    """A class of pools that may take a kind of component in one way; costs in millionths of a point."""

    kind: int
    size: int
    worth: int
    way: int
    cost: int
    wishes: int
    elsewhere: int
    away: int
    form: int


@dataclass(slots=True)
class Catalog:
    """All sizes and, by kind of component, all entries by center. Filled as components are asked for."""

    environment: Environment
    accelerators: tuple[str, ...]
    classes: Sequence[Seat]
    centers: Sequence[str]
    sizes: dict[Vector, int] = field(default_factory=dict)
    sets: list[tuple[tuple[Entry, ...], ...]] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)
    parts: dict[int, tuple[object, Hashable]] = field(default_factory=dict)
    places: dict[Hashable, tuple[bool, ...]] = field(default_factory=dict)
    runs: dict[Hashable, tuple[tuple[Entry, ...], ...]] = field(default_factory=dict)
    forms: dict[Hashable, int] = field(default_factory=dict)

    def options(self, workload: Workload, component: Component) -> int:
        """The number of the set that a component's sides choose from."""
        place, own = self._bound(workload, component), (self._own(component), workload.recovery.fresh_facts)
        if (place, own) in self.known:
            return self.known[place, own]
        if place not in self.places:
            ask = Ask.of(workload, component, component.ways[0], Role.PRIMARY, self.environment.estate)
            self.places[place] = tuple(may_stand(ask, seat) for seat in self.classes)
        if own not in self.runs:
            self.runs[own] = tuple(
                tuple(self._sides(workload, component, seat, kind)) for kind, seat in enumerate(self.classes)
            )
        stands, runs = self.places[place], self.runs[own]
        return self._set((place, own), lambda _, kind: runs[kind] if stands[kind] else ())

    def copies(self, workload: Workload, component: Component) -> int | None:
        """The number of the set that a component's copies choose from; None where it has none."""
        if not component.data.gib or component.quorum is not None:
            return None
        key = ("copy", self._bound(workload, component), component.data.gib)
        return self._set(key, lambda seat, kind: self._copy(workload, component, seat, kind))

    def _set(self, key: Hashable, entries: object) -> int:
        number = self.known.get(key)
        if number is None:
            by_center: dict[str, list[Entry]] = {name: [] for name in self.centers}
            for kind, seat in enumerate(self.classes):
                by_center[seat.center] += entries(seat, kind)  # type: ignore[operator]
            number = self.known[key] = len(self.sets)
            self.sets.append(
                tuple(tuple(sorted(by_center[name], key=_cheapest_first)) for name in self.centers)
            )
        return number

    def _bound(self, workload: Workload, component: Component) -> Hashable:
        """What binds a component to places."""
        return (
            workload.zone_of(component),
            workload.mlps_level,
            frozenset(workload.data_class),
            workload.secrecy,
            owner_matters(workload, self.environment),
        )

    def _own(self, component: Component) -> Hashable:
        """What a component itself asks of a place and takes there."""
        return (
            component.runs_as,
            component.scaling,
            component.sized_on,
            component.quorum is not None,
            self._part(component.needs),
            frozenset(component.images),
            tuple((self._part(way.needs), frozenset(way.images)) for way in component.variants),
            self._part(component.performance),
            self._part(component.require),
            self._part(component.prefer),
            tuple(self._part(way.images) for way in component.ways) if component.data.is_bytewise else (),
        )

    def _part(self, value: object) -> Hashable:
        """A value that is equal for equal documents; those that are shared are written out once."""
        known = self.parts.get(id(value))
        if known is None:
            written = repr(sorted(value.items()) if isinstance(value, dict) else value)
            known = self.parts[id(value)] = (value, written)
        return known[1]

    def _sides(self, workload: Workload, component: Component, seat: Seat, kind: int) -> Iterator[Entry]:
        estate = self.environment.estate
        for rank, way in enumerate(component.ways):
            ask = Ask.of(workload, component, way, Role.PRIMARY, estate)
            if seat.chip.isa in way.images and can_run(ask, seat):
                size = size_on(ask, seat, self.accelerators)
                yield Entry(
                    kind,
                    self._size(size),
                    sizes.worth(component, seat.chip),
                    rank,
                    rate_micro(self.environment, seat, size, self.accelerators),
                    rank + chip_rank(component, seat) + wastes_accelerators(ask, seat),
                    is_elsewhere(component, seat),
                    is_away(component, seat, estate),
                    self._form(component, seat, way),
                )

    def _copy(self, workload: Workload, component: Component, seat: Seat, kind: int) -> Iterator[Entry]:
        own: Variant = component.ways[0]
        ask = Ask.of(workload, component, own, Role.BACKUP, self.environment.estate)
        if fits(ask, seat):
            size = self._size(copy_size(component, self.accelerators))
            yield Entry(kind, size, 1, 0, 0, wastes_accelerators(ask, seat), 0, 0, 0)

    def _form(self, component: Component, seat: Seat, way: Variant) -> int:
        """The number of the form in which data lie there; 0 for who does not read them as they lie."""
        if not component.data.is_bytewise or not seat.chip.isa:
            return 0
        form = format_on(self.environment.estate, seat.pool, way.images[seat.chip.isa])
        return self.forms.setdefault(form, len(self.forms))

    def _size(self, size: Vector) -> int:
        return self.sizes.setdefault(size, len(self.sizes))


def _cheapest_first(entry: Entry) -> tuple[int, int, int]:
    return entry.cost, entry.kind, entry.way


def rate_micro(environment: Environment, seat: Seat, size: Vector, accelerators: tuple[str, ...]) -> int:
    """What one running replica adds to watts by load and to money, weighted, in millionths of a point."""
    weights, pool = environment.policy.objective, seat.pool
    total = 0.0
    power = power_of(pool, environment.estate)
    if power is not None:
        span = power.peak_watts.value - power.idle_watts.value
        vcpus = host_capacity(pool, seat.cloud, accelerators, environment.estate.per_card)[VCPU]
        pue = environment.estate.center[seat.center].pue.value
        total += weights.facility_watts * pue * span * size[VCPU] / vcpus
    if pool.price_cny is not None:
        price = pool.price_cny
        hourly = size[VCPU] * price.vcpu_hour.value / MILLI + size[MEMORY] * price.memory_gib_hour.value / MIB
        if price.accelerator_hour is not None:
            cards = sizes.cards_milli(size, accelerators, environment.estate.per_card)
            hourly += cards * price.accelerator_hour.value / MILLI
        total += weights.cost * hourly
    return round(total * MICRO)


def image_of(component: Component, way: int, isa: Isa | None) -> str:
    """The image that a way of running a component has for an instruction set."""
    return component.ways[way].images[isa] if isa else ""
