"""Keeps the load of every pool: in normal time and after each failure, by resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmp.scheduler.constraints.packing import Room
from cmp.scheduler.problem.sizes import Vector

FULL = 1000
"""A pool's peak when its most used resource is used up, in thousandths."""


@dataclass(slots=True)
class Ledger:
    """Loads by pool; a copy shares them, since a change replaces a pool's loads and never edits them.

    A pool's peak is its largest load over capacity, of all resources and situations, in thousandths and
    rounded up: at most 1000 means that nothing is oversold. Situation 0 is normal time, then come the
    failures in order.
    """

    capacity: Mapping[str, Vector]
    loads: dict[str, Sequence[int]]
    peaks: dict[str, int]

    def copy(self) -> Ledger:
        """The same ledger, to be changed apart."""
        return Ledger(self.capacity, dict(self.loads), dict(self.peaks))

    def load(self, pool: str, situation: int) -> Sequence[int]:
        """What a pool carries in a situation, by resource."""
        width = len(self.capacity[pool])
        return self.loads[pool][situation * width : (situation + 1) * width]

    def peak_with(self, pool: str, size: Vector, counts: Sequence[int]) -> int:
        """How full a pool would get with so many more replicas of a size in each situation."""
        loads, capacity, peak = self.loads[pool], self.capacity[pool], self.peaks[pool]
        width = len(capacity)
        present = [(situation * width, count) for situation, count in enumerate(counts) if count]
        for resource, amount in enumerate(size):
            if amount and present:
                most = max(loads[start + resource] + amount * count for start, count in present)
                there = capacity[resource]
                peak = max(peak, -(-most * FULL // there) if there else FULL + 1)
        return peak

    def add(self, pool: str, size: Vector, counts: Sequence[int]) -> None:
        """Put so many replicas of a size on a pool in each situation."""
        self.peaks[pool] = self.peak_with(pool, size, counts)
        self.loads[pool] = self._changed(pool, size, counts, 1)

    def remove(self, pool: str, size: Vector, counts: Sequence[int]) -> None:
        """Take them off again."""
        self.loads[pool] = self._changed(pool, size, counts, -1)
        capacity = self.capacity[pool]
        width = len(capacity)
        shares = (
            -(-load * FULL // capacity[place % width]) for place, load in enumerate(self.loads[pool]) if load
        )
        self.peaks[pool] = max(shares, default=0)

    def _changed(self, pool: str, size: Vector, counts: Sequence[int], sign: int) -> Sequence[int]:
        loads, width = list(self.loads[pool]), len(size)
        used = [(resource, sign * amount) for resource, amount in enumerate(size) if amount]
        for situation, count in enumerate(counts):
            if count:
                for resource, amount in used:
                    loads[situation * width + resource] += amount * count
        return loads


def empty_ledger(rooms: Mapping[str, Room], situations: int) -> Ledger:
    """A ledger of pools on which nothing stands."""
    capacity = {name: tuple(each * room.hosts for each in room.capacity) for name, room in rooms.items()}
    loads: dict[str, Sequence[int]] = {
        name: (0,) * (len(each) * situations) for name, each in capacity.items()
    }
    return Ledger(capacity, loads, dict.fromkeys(rooms, 0))
