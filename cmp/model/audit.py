"""Defines the record of a change: who made it, of what, why, and which Plan held before and after."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from cmp.model.actors import ActorKind
from cmp.model.base import Document
from cmp.model.sealing import Sealed, digest_of


class Ended(StrEnum):
    """How far a change has come."""

    BEGUN = "begun"
    """Nothing further of the same run: it still goes on, or its process died."""
    DONE = "done"
    AGREED = "agreed"
    """The consent by which it goes on was found; nothing was changed before it."""
    FAILED = "failed"
    """It was refused, interrupted or stopped; what was done until then stays on record where it is kept."""


class AskedFor(Document):
    """Who asked for a change, of which environment, by which command and why."""

    actor: str
    kind: ActorKind
    environment: str
    command: str
    run: str
    reason: str = ""


class AuditEntry(Sealed):
    """One line of the audit: a change began or ended; `hash` is over everything else, `previous` included.

    `number` counts from 1 without a gap. `before` and `after` are hashes of applied Plans, empty where none
    is applied. Whoever takes an entry out or changes one breaks the chain of `previous`.
    """

    number: int
    at: str
    asked: AskedFor
    ended: Ended
    code: str = ""
    """The code of the error that ended it."""
    before: str = ""
    after: str = ""
    previous: str = ""
    consent: str = ""
    """The id of the consent by which it was done, or that was given or taken back."""

    def digest(self) -> str:
        """SHA-256, in hex, over everything but the hash; entries from before there was consent have none."""
        document = self.model_dump(mode="json")
        return digest_of(document if self.consent else {k: v for k, v in document.items() if k != "consent"})

    def follows(self, earlier: Self | None) -> bool:
        """True where this is whole and the next after that entry; None: the first."""
        number, previous = (earlier.number, earlier.hash) if earlier else (0, "")
        return self.hash == self.digest() and (self.number, self.previous) == (number + 1, previous)
