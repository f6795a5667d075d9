"""Says what use cases ask of whatever lends environments: to one at a time, each with a higher number."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cmp.model.actors import Actor

KEYS: Final = "_keys"
"""What is lent for a change of the installation's own keys; no environment bears such a name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to change: which environment, by which command, under which run id, from when."""

    environment: str
    actor: Actor
    command: str
    run: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """Who held a lease and neither gave it back nor lives: a process on a host, since a moment (ISO 8601)."""

    pid: int
    host: str
    since: str
    command: str


@dataclass(frozen=True, slots=True)
class Lease:
    """An environment that is ours to change; a later lease of the same environment has a higher number."""

    environment: str
    number: int
    run: str
    left_by: Former | None = None


class Leases(Protocol):
    """Lends each environment to one holder at a time; different environments know nothing of each other."""

    def held(self, asked: Asked) -> AbstractContextManager[Lease]:
        """Hold an environment while the block runs; the holder shows all the while that it lives.

        Raises:
            Conflict: somebody else holds it; the sentence says who, what for and since when.
            TryLater: whatever lends cannot be reached or written.
        """

    def refuse_lost(self, lease: Lease) -> None:
        """Refuse whoever was away so long that the environment was lent to somebody else meanwhile.

        Raises:
            Conflict: a later number was given; nothing may be written any more under this one.
        """
