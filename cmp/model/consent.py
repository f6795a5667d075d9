"""Defines consent as a document: who agreed to what, by its hash, until when, and who took it back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from cmp.model.actors import ActorKind
from cmp.model.base import Document, Id
from cmp.model.sealing import Sealed

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Revoked(Document):
    """Who took a consent back, when and why."""

    by: str
    at: AwareDatetime
    reason: str = ""


class Consent(Sealed):
    """Somebody agreed that what has this hash is carried out in an environment, until a moment.

    `about` is the hash of a Plan, of the plan of a network's move, or of proposed moves: what is changed by
    one letter needs another consent. It may be used again until it ends: who was killed goes on by it.
    """

    id: Id
    environment: Id
    about: Hash
    by: str
    kind: ActorKind
    at: AwareDatetime
    until: AwareDatetime
    reason: str = ""
    revoked: Revoked | None = None

    def holds(self, moment: datetime) -> bool:
        """True from when it was given until it ends or was taken back."""
        return self.revoked is None and self.at <= moment < self.until


class Demand(Document):
    """An environment is changed by consent alone, since a moment; `on` is False once that was ended."""

    environment: Id
    on: bool
    by: str
    at: AwareDatetime
    reason: str = ""
