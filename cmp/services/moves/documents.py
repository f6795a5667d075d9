"""Answers with what moves: what is proposed, what was carried out of it, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.model.journal import Journal
from cmp.model.moves import MovePlan
from cmp.model.plan import Plan
from cmp.model.sealing import digest_of


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed, and the Plan that its transfers lead to with its name or file, if there are any."""

    moves: MovePlan
    target: Plan | None = None
    file: str | None = None

    @property
    def hash(self) -> str:
        """SHA-256, in hex, over the moves; what somebody consents to. Notes are for people and left out."""
        return digest_of(self.moves.model_dump(mode="json", exclude={"notes"}))

    @property
    def document(self) -> dict[str, Any]:
        """The moves, which name their target by its hash."""
        return self.moves.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """The journal of what was carried out, there or back, and what was proposed now, if anything was.

    Without a journal nothing is to move.
    """

    journal: Journal | None
    proposed: Proposed | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What was proposed, and the journal."""
        proposed = {} if self.proposed is None else self.proposed.document
        journal = None if self.journal is None else self.journal.model_dump(mode="json")
        return {**proposed, "journal": journal}


@dataclass(frozen=True, slots=True)
class Returned:
    """How what was drained is filled again: the journal of its hosts, and the Plan that has to be applied.

    Before it is carried out the journal is turned round, its steps still to come.
    """

    drain: str
    journal: Journal | None = None
    proposed: Proposed | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The moves of the Plan, or the journal."""
        if self.proposed is not None:
            return self.proposed.document
        return {"journal": None if self.journal is None else self.journal.model_dump(mode="json")}
