"""Answers with what is known of a network's move: readiness, plan, rehearsal, how far it came, keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import MigrationJournal, Rehearsal, Stage, Verification
from cmp.services.migrating.assessing import Matrix


@dataclass(frozen=True, slots=True)
class Assessed:
    """The readiness of every host, and the page that people read."""

    matrix: Matrix
    page: str
    """Where people find it."""

    @property
    def document(self) -> dict[str, Any]:
        """The matrix, how many hosts are of each capability, and where the page lies."""
        counts = {"counts": dict(self.matrix.counts), "page": self.page}
        return self.matrix.model_dump(mode="json") | counts


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A plan of a network's move, and where people find it."""

    plan: MigrationPlan
    place: str

    @property
    def document(self) -> dict[str, Any]:
        """The plan."""
        return self.plan.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a plan did in a copy of its network."""

    rehearsal: Rehearsal

    @property
    def document(self) -> dict[str, Any]:
        """The rehearsal."""
        return self.rehearsal.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a move has come: its journal, what was verified now, and the page of its acceptance pack.

    `place` is where people find all that belongs to it; without a journal it has not begun.
    """

    network: str
    place: str
    journal: MigrationJournal | None
    verified: Verification | None = None
    page: str | None = None

    @property
    def differs(self) -> bool:
        """True where it was verified now and is not as it should be."""
        return self.verified is not None and not self.verified.passed

    @property
    def document(self) -> dict[str, Any]:
        """Waves, steps and figures; of a move that has not begun, that alone."""
        journal = self.journal
        if journal is None:
            return {"waves": [], "state": "not-begun"}
        return {
            "waves": [_wave(journal, stage) for stage in journal.stages],
            "steps": [check.model_dump(mode="json") for check in journal.steps],
            "loss_ms": dict(journal.loss_ms),
            "measured": dict(journal.measured),
            "verified": self.verified.model_dump(mode="json") if self.verified else None,
            "state": journal.state,
            "folder": self.place,
        }


@dataclass(frozen=True, slots=True)
class KeyRotated:
    """The name of the key that signs acceptance packs from now on."""

    name: str

    @property
    def document(self) -> dict[str, Any]:
        """The name."""
        return {"key": self.name}


def _wave(journal: MigrationJournal, stage: Stage) -> dict[str, Any]:
    return {
        "phase": stage.phase,
        "wave": stage.wave,
        "direction": stage.direction,
        "hosts": [entry.host for entry in journal.of(stage)],
        "state": journal.standings(stage),
        "checks": [check.model_dump(mode="json") for check in stage.checks],
    }
