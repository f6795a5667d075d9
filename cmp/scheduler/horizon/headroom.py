"""Says what a Plan leaves free on every host, in normal time and after each failure, and spends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cmp.model.environment import Environment
from cmp.model.plan import HostPacking, Packing, Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.scheduler.constraints.packing import Room as Hosts
from cmp.scheduler.constraints.verdicts import Seat
from cmp.scheduler.problem.numbering import counted
from cmp.scheduler.problem.rows import accelerators_of, vector
from cmp.scheduler.problem.sizes import Vector
from cmp.scheduler.snapshot import rooms_of, seats_of

I8 = npt.NDArray[np.int64]
Key = tuple[str, str, Role, str]


@dataclass(slots=True, eq=False)
class Room:
    """What is left: by pool, host, situation (normal time first, then every failure) and resource."""

    accelerators: tuple[str, ...]
    seats: Mapping[str, Seat]
    plan: Plan
    rooms: Mapping[str, Hosts]
    situations: Mapping[str, int]
    sizes: Mapping[Key, Vector]
    packings: Mapping[str, tuple[Packing, ...]]
    left: dict[str, I8] = field(default_factory=dict)

    def holds(self, row: Placement, wanted: int) -> int:
        """Replicas like these, at most those `wanted`, that the hosts of the row's pool still have room for.

        A row that is spread over hosts has at most its share on each of them, those counted that it has.
        """
        fits = self._fits(row, self._when(row))
        if self.plan.environment.find(row.workload, row.component)[1].spread is not Spread.HOST:
            return min(wanted, int(fits.sum()))
        have = self._have(row)
        for more in range(min(wanted, int(fits.sum())), 0, -1):
            share = -(-(int(have.sum()) + more) // len(fits))
            if int(np.minimum(fits, np.maximum(share - have, 0)).sum()) >= more:
                return more
        return 0

    def _have(self, row: Placement) -> I8:
        """The replicas that each host has of a row, once its side has taken over."""
        found = np.zeros((2, self.rooms[row.pool].hosts), dtype=np.int64)
        for packing in self.packings.get(row.pool, ()):
            there = np.zeros_like(found[0])
            for host, key, count in _cells(row.pool, packing.hosts):
                if key == _key(row) and host < len(there):
                    there[host] += count
            part = 1 if packing.failure else 0
            found[part] = np.maximum(found[part], there)
        total: I8 = found.sum(axis=0)
        return total

    def spend(self, row: Placement, count: int) -> None:
        """Take room for some replicas, where the hosts have most of it; a negative count changes nothing."""
        when = self._when(row)
        size = np.array(vector(row.size, self.accelerators), dtype=np.int64)
        free = self._free(row.pool)
        for _ in range(count):
            fits = self._fits(row, when)
            free[int(fits.argmax())][when] -= size

    def _when(self, row: Placement) -> I8:
        """The situations in which replicas of a row are there: all, or those in which its side takes over."""
        if row.role is not Role.COLD:
            return np.arange(len(self.situations) + 1)
        taken = {
            takeover.failure
            for takeover in self.plan.takeovers
            if row.workload in takeover.group and takeover.center == row.center
        }
        numbers = [number for failure, number in self.situations.items() if failure in taken]
        return np.array(numbers or range(1, len(self.situations) + 1), dtype=np.int64)

    def _fits(self, row: Placement, when: I8) -> I8:
        """How many more replicas each host has room for."""
        size = np.array(vector(row.size, self.accelerators), dtype=np.int64)
        asked = size > 0
        if not asked.any():
            return np.zeros(self._free(row.pool).shape[0], dtype=np.int64)
        counts = self._free(row.pool)[:, when][:, :, asked] // size[asked]
        found: I8 = np.maximum(counts.min(axis=(1, 2)), 0)
        return found

    def _free(self, pool: str) -> I8:
        if pool not in self.left:
            self.left[pool] = self._written(pool)
        return self.left[pool]

    def _written(self, pool: str) -> I8:
        """What a Plan's packings leave of a pool."""
        room = self.rooms[pool]
        capacity = np.array(room.capacity, dtype=np.int64)
        free = np.tile(capacity, (room.hosts, len(self.situations) + 1, 1))
        for packing in self.packings.get(pool, ()):
            situation = self.situations.get(packing.failure)
            if packing.failure and situation is None:
                continue
            slices = slice(None) if situation is None else slice(situation, situation + 1)
            for host, key, count in _cells(packing.pool, packing.hosts):
                if host < room.hosts and key in self.sizes:
                    free[host, slices] -= count * np.array(self.sizes[key], dtype=np.int64)
        return free


def room_of(plan: Plan, environment: Environment) -> Room:
    """What a Plan leaves of each pool of an environment.

    Rows that a failure takes still count as there: a little less is told than there is, never more.
    """
    accelerators = accelerators_of(environment)
    seats = seats_of(environment)
    failures = [str(failure) for failure in environment.failures]
    packings: dict[str, list[Packing]] = {}
    for packing in counted(environment, plan.packings):
        packings.setdefault(packing.pool, []).append(packing)
    return Room(
        accelerators,
        seats,
        plan,
        rooms_of(seats, accelerators),
        {failure: number for number, failure in enumerate(failures, start=1)},
        {_key(row): vector(row.size, accelerators) for row in plan.placements},
        {pool: tuple(each) for pool, each in packings.items()},
    )


def _key(row: Placement) -> Key:
    return row.workload, row.component, row.role, row.pool


def _cells(pool: str, hosts: Iterable[HostPacking]) -> Iterator[tuple[int, Key, int]]:
    for host in hosts:
        for row in host.rows:
            yield host.host - 1, (row.workload, row.component, row.role, pool), row.count
