"""Compares who reaches whom before and after a change: nothing may be lost, and nothing gained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Pair(NamedTuple):
    """One way through the network: from whom to which address, over which protocol and port (0: none)."""

    source: str
    target: str
    family: int
    protocol: str
    port: int = 0

    def __str__(self) -> str:
        """The form people read."""
        door = f" port {self.port}" if self.port else ""
        return f"{self.source} to {self.target} (IPv{self.family} {self.protocol}{door})"


Matrix = Mapping[Pair, bool]
"""Which pairs answered."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Declared changes: what may appear, and what may vanish, without being remarked on."""

    gained: frozenset[Pair] = frozenset()
    lost: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two matrices differ, each part sorted.

    `lost` answered before and does no more; `gained` answers now and did not, or was not even asked,
    before: a zone that was isolated may be open. `missing` was declared to appear and does not answer;
    `lingering` was declared to vanish and still answers; `unasked` answered before and was not asked again.
    """

    lost: tuple[Pair, ...] = ()
    gained: tuple[Pair, ...] = ()
    missing: tuple[Pair, ...] = ()
    lingering: tuple[Pair, ...] = ()
    unasked: tuple[Pair, ...] = ()


def compare(before: Matrix, after: Matrix, expected: Expected | None = None) -> Comparison:
    """Set what answers now against what answered before, apart from the changes that were declared.

    A pair that is declared to vanish and was never there is no fault; one that is declared to appear must be
    asked and answer.
    """
    declared = expected or Expected()
    then, now = answering(before), answering(after)
    asked = frozenset(after)
    return Comparison(
        lost=tuple(sorted((then & asked) - now - declared.lost)),
        gained=tuple(sorted(now - then - declared.gained)),
        missing=tuple(sorted(declared.gained - now)),
        lingering=tuple(sorted(declared.lost & now)),
        unasked=tuple(sorted(then - asked - declared.lost)),
    )


def answering(matrix: Matrix) -> frozenset[Pair]:
    """The pairs that answered."""
    return frozenset(pair for pair, answered in matrix.items() if answered)


def differences(comparison: Comparison) -> Iterator[str]:
    """Say every difference in a sentence."""
    for pair in comparison.lost:
        yield f"{pair} answered before and does not now"
    for pair in comparison.gained:
        yield f"{pair} answers now and did not before: isolation is broken, or the change was not declared"
    for pair in comparison.missing:
        yield f"{pair} was to answer after the change and does not"
    for pair in comparison.lingering:
        yield f"{pair} was to end with the change and still answers"
    for pair in comparison.unasked:
        yield f"{pair} answered before and was not asked again"


def leaks(matrix: Matrix) -> Iterator[str]:
    """What answered although the only path to it is down: another path, past the boundary, exists.

    The matrix is asked while the private path is down; everything in it should be silent.
    """
    for pair in sorted(answering(matrix)):
        yield f"{pair} answers although the private path is down: there is another path"
