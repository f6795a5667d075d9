"""Defines what a proof says of each failure: what moves, what falls short, what was never promised."""

from __future__ import annotations

from pydantic import Field

from cmp.model.base import Document


class Move(Document):
    """Replicas of a component that start elsewhere: in a center, or on other hosts of a pool."""

    workload: str
    component: str
    source: str = Field(alias="from")
    to: str
    replicas: int


class FailureProof(Document):
    """What one failure does; `promised` is False for what-ifs, whose shortfall breaks no promise.

    `shortfall` are sentences, none when it is survived; `not_promised` are workloads that it hits and whose
    grade promises nothing; `notes` is what else one should know.
    """

    lose: str
    promised: bool
    survives: bool
    moves: tuple[Move, ...] = ()
    shortfall: tuple[str, ...] = ()
    not_promised: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Proof(Document):
    """What a Plan survives."""

    failures: tuple[FailureProof, ...]

    @property
    def broken(self) -> tuple[FailureProof, ...]:
        """The failures that a grade promises to survive and the Plan does not."""
        return tuple(failure for failure in self.failures if failure.promised and not failure.survives)
