"""Finds for each kind of component the classes of pools that may take it, with sizes and costs there.

It asks the same filters as the search but shares none of its tables: an error in those does not hide here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from math import floor

import numpy as np

from cmp.model.environment import Environment
from cmp.model.estate import CenterRole, Pool
from cmp.model.recovery import Role
from cmp.model.workload import Component, Workload
from cmp.scheduler.bounding.arrays import NANO, Ground, Offers
from cmp.scheduler.constraints.options import copy_size, size_on
from cmp.scheduler.constraints.profiles import can_run, fits, may_stand
from cmp.scheduler.constraints.verdicts import Ask, Seat, owner_matters, told_apart
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.power import power_of
from cmp.scheduler.problem.sizes import MEMORY, MIB, MILLI, VCPU, Vector, host_capacity

FEW_POOLS = 100
"""Up to so many pools are classes of their own: the hosts that a row keeps on are those of one pool."""
PERCENT = 100
"""Points of percentage in a whole."""
FARNESS = tuple(CenterRole)
"""Roles of centers from production outwards: primaries that name no locations miss a wish for each step."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A class of pools that may take a component in one way; costs in billionths, rounded down."""

    kind: int
    size: Vector
    worth: int
    run: int
    wish: int
    elsewhere: int
    away: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Sets of pools that differ in nothing that matters: a seat of each, how many pools it has."""

    seats: tuple[Seat, ...]
    pools: tuple[int, ...]


def classes_of(environment: Environment) -> Classes:
    """The classes of an estate's pools, in order of their first pool; of a small estate, each pool alone."""
    found: dict[str, int] = {}
    apart = len(environment.estate.pools) <= FEW_POOLS
    seats: list[Seat] = []
    counts: list[int] = []
    for pool in sorted(environment.estate.pools, key=lambda each: each.id):
        seat = Seat.of(pool, environment)
        key = repr(
            (pool.cloud, pool.chip, seat.hosts, pool.per_host, pool.overcommit, pool.power, seat.cordon)
        ) + repr(told_apart(pool, environment))
        own = pool.id if apart else ""
        number = found.setdefault(f"{own}{key}{pool.price_cny!r}", len(found))
        if number == len(seats):
            seats.append(seat)
            counts.append(0)
        counts[number] += 1
    return Classes(tuple(seats), tuple(counts))


def ground_of(environment: Environment, classes: Classes, accelerators: tuple[str, ...]) -> Ground:
    """The arrays of the classes."""
    centers = {name: number for number, name in enumerate(sorted(environment.estate.center))}
    cap = np.array(
        [
            host_capacity(seat.pool, seat.cloud, accelerators, environment.estate.per_card)
            for seat in classes.seats
        ],
        dtype=np.int64,
    )
    hosts = np.array(
        [seat.hosts * count for seat, count in zip(classes.seats, classes.pools, strict=True)],
        dtype=np.int64,
    )
    return Ground(
        center=np.array([centers[seat.center] for seat in classes.seats], dtype=np.int64),
        hosts=hosts,
        pools=np.array(classes.pools, dtype=np.int64),
        each=np.array([seat.hosts for seat in classes.seats], dtype=np.int64),
        cap=cap,
        total=cap * hosts[:, None],
        room=cap * hosts[:, None],
        idle=np.array([_idle(environment, seat) for seat in classes.seats], dtype=np.int64),
    )


def _idle(environment: Environment, seat: Seat) -> int:
    power = power_of(seat.pool, environment.estate)
    if power is None:
        return 0
    watts = environment.estate.center[seat.center].pue.value * power.idle_watts.value
    return _down(environment.policy.objective.facility_watts * watts)


def evening_of(environment: Environment) -> int:
    """What a fullest pool above the mean by all that it has costs, in billionths, rounded down."""
    return _down(PERCENT * environment.policy.objective.balance)


def _down(points: float) -> int:
    """A cost in billionths, rounded down beyond what floating point may have lost."""
    return max(0, floor(points * NANO * (1 - 1e-12)))


@dataclass(slots=True)
class Catalog:
    """Sets of entries by kind of component, by center. Filled as components are asked for."""

    environment: Environment
    accelerators: tuple[str, ...]
    classes: Classes
    centers: tuple[str, ...]
    sets: list[tuple[tuple[Entry, ...], ...]] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)
    written: dict[int, tuple[object, str]] = field(default_factory=dict)
    places: dict[Hashable, list[bool]] = field(default_factory=dict)
    runs: dict[Hashable, list[list[Entry]]] = field(default_factory=dict)

    def options(self, workload: Workload, component: Component) -> int:
        """The number of the set that a component's sides choose from."""
        own = (
            component.runs_as,
            component.scaling,
            component.sized_on,
            component.quorum is not None,
            self._text(component.needs),
            self._text(component.images),
            self._text(component.variants),
            self._text(component.performance),
            self._text(component.require),
            self._text(component.prefer),
            workload.recovery.fresh_facts,
        )
        place = self._place(workload, component)
        if (place, own) in self.known:
            return self.known[place, own]
        if place not in self.places:
            ask = Ask.of(workload, component, component.ways[0], Role.PRIMARY, self.environment.estate)
            self.places[place] = [may_stand(ask, seat) for _, seat in self._all()]
        if own not in self.runs:
            self.runs[own] = [
                list(self._sides(workload, component, seat, kind)) for kind, seat in self._all()
            ]
        stands, runs = self.places[place], self.runs[own]
        self._add((place, own), [runs[kind] if stands[kind] else [] for kind, _ in self._all()])
        return self.known[place, own]

    def copies(self, workload: Workload, component: Component) -> int | None:
        """The number of the set that a component's copies choose from; None where it has none."""
        if not component.data.gib or component.quorum is not None:
            return None
        key = ("copy", self._place(workload, component), component.data.gib)
        if key not in self.known:
            self._add(key, [list(self._copy(workload, component, seat, kind)) for kind, seat in self._all()])
        return self.known[key]

    def arrays(self) -> Offers:
        """All sets as arrays."""
        entries = [entry for each in self.sets for center in each for entry in center]
        counts = np.array([[len(center) for center in each] for each in self.sets], dtype=np.int64)
        counts = counts.reshape(len(self.sets), len(self.centers))
        start = np.zeros((len(self.sets), len(self.centers) + 1), dtype=np.int64)
        start[:, 1:] = np.cumsum(counts.ravel()).reshape(counts.shape)
        start[:, 0] = start[:, 1] - counts[:, 0]
        width = 3 + len(self.accelerators)
        return Offers(
            start,
            np.array([entry.kind for entry in entries], dtype=np.int64),
            np.array([entry.size for entry in entries], dtype=np.int64).reshape(len(entries), width),
            np.array([entry.worth for entry in entries], dtype=np.int64),
            np.array([entry.run for entry in entries], dtype=np.int64),
            np.array([entry.wish for entry in entries], dtype=np.int64),
            np.array([entry.elsewhere for entry in entries], dtype=np.int64),
            np.array([entry.away for entry in entries], dtype=np.int64),
        )

    def _all(self) -> Iterator[tuple[int, Seat]]:
        return iter(enumerate(self.classes.seats))

    def _add(self, key: Hashable, entries: Sequence[Sequence[Entry]]) -> None:
        by_center: dict[str, list[Entry]] = {name: [] for name in self.centers}
        for seat, found in zip(self.classes.seats, entries, strict=True):
            by_center[seat.center] += found
        self.known[key] = len(self.sets)
        self.sets.append(tuple(tuple(by_center[name]) for name in self.centers))

    def _place(self, workload: Workload, component: Component) -> Hashable:
        return (
            workload.zone_of(component),
            workload.mlps_level,
            frozenset(workload.data_class),
            workload.secrecy,
            owner_matters(workload, self.environment),
        )

    def _text(self, value: object) -> str:
        """A text that is equal for equal documents; those that are shared are written out once."""
        known = self.written.get(id(value))
        if known is None:
            text = repr(sorted(value.items()) if isinstance(value, dict) else value)
            known = self.written[id(value)] = (value, text)
        return known[1]

    def _sides(self, workload: Workload, component: Component, seat: Seat, kind: int) -> Iterator[Entry]:
        estate = self.environment.estate
        wish = floor(self.environment.policy.objective.chip_preference * NANO)
        for rank, way in enumerate(component.ways):
            ask = Ask.of(workload, component, way, Role.PRIMARY, estate)
            if seat.chip.isa not in way.images or not can_run(ask, seat):
                continue
            size = size_on(ask, seat, self.accelerators)
            wasted = any(seat.pool.per_host.accelerators.values()) and not way.needs.accelerators
            places = component.prefer.locations
            yield Entry(
                kind,
                size,
                sizes.worth(component, seat.chip),
                self._rate(seat, size),
                wish * (rank + _down_the_list(component.prefer.chips, seat.chip.id) + int(wasted)),
                wish * int(bool(places) and seat.location not in places),
                0 if places else wish * FARNESS.index(estate.center[seat.center].role),
            )

    def _copy(self, workload: Workload, component: Component, seat: Seat, kind: int) -> Iterator[Entry]:
        ask = Ask.of(workload, component, component.ways[0], Role.BACKUP, self.environment.estate)
        if fits(ask, seat):
            yield Entry(kind, copy_size(component, self.accelerators), 1, 0, 0, 0)

    def _rate(self, seat: Seat, size: Vector) -> int:
        """What one running replica adds to watts by load and to money."""
        weights, pool = self.environment.policy.objective, seat.pool
        points = 0.0
        power = power_of(pool, self.environment.estate)
        if power is not None:
            span = power.peak_watts.value - power.idle_watts.value
            host = host_capacity(pool, seat.cloud, self.accelerators, self.environment.estate.per_card)
            share = size[VCPU] / host[VCPU]
            points = (
                weights.facility_watts * self.environment.estate.center[seat.center].pue.value * span * share
            )
        return _down(points + weights.cost * self._micro_cny(pool, size) / 1e6)

    def _micro_cny(self, pool: Pool, size: Vector) -> int:
        """Price of one running replica, in millionths of a CNY an hour, as the objective counts it."""
        price = pool.price_cny
        if price is None:
            return 0
        each = size[VCPU] * price.vcpu_hour.milli + size[MEMORY] * price.memory_gib_hour.milli * MILLI // MIB
        if price.accelerator_hour is not None:
            cards = sizes.cards_milli(size, self.accelerators, self.environment.estate.per_card)
            each += cards * price.accelerator_hour.milli
        return each


def _down_the_list(wanted: tuple[str, ...], chip: str) -> int:
    """0 for what is liked best or where nothing is wished; one more for each place down the list."""
    return wanted.index(chip) if chip in wanted else len(wanted)
