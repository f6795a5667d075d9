"""Defines what a proof says of each failure: what moves, what falls short, what was never promised."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from cmp.model.base import Document, Told
from cmp.model.recovery import Role
from cmp.model.suggestion import Addition, Closing


class Move(Document):
    """Replicas of a component that start elsewhere: in a center, or on other hosts of a pool."""

    workload: str
    component: str
    source: str = Field(alias="from")
    to: str
    replicas: int


class Run(Document):
    """What one row runs afterwards, sized for its pool's chip; `before` is what it ran in normal time."""

    workload: str
    component: str
    role: Role
    pool: str
    center: str
    chip: str
    variant: str | None = None
    before: int
    replicas: int
    vcpus: float
    memory_gib: float


class Gives(Document):
    """A row that gives way on a pool where something takes over; `replicas` are left of those `before`."""

    workload: str
    component: str
    role: Role
    pool: str
    before: int
    replicas: int


class Carried(Document):
    """What replication puts on a link afterwards, of what it may take, in Mbit/s."""

    between: tuple[str, str]
    mbps: float
    usable_mbps: float


class InOrder(Document):
    """When a workload is back, in seconds after the failure, and how much of its changes is lost.

    `rank` counts from 1; `waits_for` are workloads of lower rank, or of the same cycle. `steps` are its own,
    with detection and release, by name. `ok` says that neither objective (None: none is stated) is missed. A
    `recovery_point_seconds` of None means that no link carries a copy.
    """

    rank: int
    workload: str
    center: str
    seconds: int
    rto_seconds: int | None
    ok: bool
    waits_for: tuple[str, ...] = ()
    steps: Mapping[str, int] = Field(default_factory=dict)
    recovery_point_seconds: int | None = 0
    rpo_seconds: int | None = None


class Rebuild(Document):
    """A row that a supplier's leaving takes, and the pools of its center that could take it instead."""

    workload: str
    component: str
    role: Role
    pool: str
    center: str
    replicas: int
    pools: tuple[str, ...]


class Counts(Document):
    """How many there are of each, also where their list is cut short.

    `promised` are workloads whose grade promises that they survive this failure; `absent` those sentences of
    the shortfall that no failure causes: what stands nowhere keeps no promise, nor who depends hard on it.
    """

    workloads_moved: int = 0
    replicas_started: int = 0
    runs: int = 0
    moves: int = 0
    yields: int = 0
    links: int = 0
    order: int = 0
    late: int = 0
    unprotected: int = 0
    rebuild: int = 0
    shortfall: int = 0
    absent: int = 0
    promised: int = 0
    not_promised: int = 0


class FailureProof(Document):
    """What one failure does; `promised` is False for what-ifs, whose shortfall breaks no promise.

    `shortfall` are sentences, none when it is survived; `not_promised` are workloads that it hits and whose
    grade promises nothing; `unprotected` those that no further side could take over after this failure, from
    the moment of the failure until something is rebuilt; `notes` is what else one should know.
    `takeover_seconds` is when the last one is back, None where times are not known or nothing waits.
    Lists may be cut short (see `Counts`).
    """

    lose: str
    promised: bool
    survives: bool
    takeover_seconds: int | None = None
    counts: Counts = Counts()
    moves: tuple[Move, ...] = ()
    runs: tuple[Run, ...] = ()
    yields: tuple[Gives, ...] = ()
    links: tuple[Carried, ...] = ()
    order: tuple[InOrder, ...] = ()
    unprotected: tuple[str, ...] = ()
    rebuild: tuple[Rebuild, ...] = ()
    shortfall: tuple[Told, ...] = ()
    closing: Closing | None = None
    """What would close the shortfall; None where it was not searched or nothing that was tried does."""
    additions: tuple[Addition, ...] = ()
    """The hosts among it, by pool."""
    not_promised: tuple[str, ...] = ()
    notes: tuple[Told, ...] = ()

    @property
    def stands(self) -> bool:
        """True when all that stands survives, whatever stands nowhere."""
        return self.counts.shortfall == self.counts.absent

    @property
    def asks_nothing(self) -> bool:
        """True when no grade promises to survive it: that no promise breaks says nothing."""
        return self.promised and not self.counts.promised


class Proof(Document):
    """What a Plan survives."""

    failures: tuple[FailureProof, ...]

    @property
    def broken(self) -> tuple[FailureProof, ...]:
        """The failures that a grade promises to survive and the Plan does not."""
        return tuple(failure for failure in self.failures if failure.promised and not failure.survives)

    @property
    def kept(self) -> tuple[FailureProof, ...]:
        """The failures that somebody was promised to survive and does."""
        return tuple(each for each in self.failures if each.counts.promised and each.survives)
