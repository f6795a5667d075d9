"""Draws the same numbers from the same seed on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
MASK = (1 << 64) - 1


class Chance:
    """A stream of random numbers by splitmix64 (Steele, Lea, Flood, OOPSLA 2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1; a limit of up to some millions keeps the skew of `%` negligible."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % limit

    def happens(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """One of several, all as likely."""
        return things[self.below(len(things))]

    def weighed(self, shares: Mapping[Thing, int]) -> Thing:
        """One of several, each as likely as its share of their sum."""
        left = self.below(sum(shares.values()))
        for thing, share in shares.items():
            left -= share
            if left < 0:
                return thing
        raise ValueError("no share is above 0")
