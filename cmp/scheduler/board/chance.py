"""Draws numbers for the search: the same from one seed on every machine.

The sequence is SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from cmp.scheduler.board.arrays import Line
from cmp.scheduler.compiled import compiled

Chance = Annotated[NDArray[np.uint64], 1]
"""One word: where the sequence stands."""

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


def chance_of(seed: int) -> Chance:
    """The sequence of a seed."""
    return np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)


@compiled
def below(chance: Chance, end: int) -> int:
    """A number from 0 to `end` - 1."""
    chance[0] += GAMMA
    z = chance[0]
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    z = z ^ (z >> np.uint64(31))
    return int((z >> np.uint64(33)) % np.uint64(end))


@compiled
def shuffle(chance: Chance, items: Line) -> None:
    """Put items in a random order (Fisher and Yates)."""
    for last in range(items.shape[0] - 1, 0, -1):
        other = below(chance, last + 1)
        items[last], items[other] = items[other], items[last]
