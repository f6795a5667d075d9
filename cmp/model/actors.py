"""Defines who asks for a change: a person, a program, or Tricenter itself on a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 200
"""Characters of an id or of a name."""


class ActorKind(StrEnum):
    """What asks."""

    PERSON = "person"
    """Somebody with an account, at a terminal or a page."""
    PROGRAM = "program"
    """A pipeline or another system, by an account of its own."""
    SYSTEM = "system"
    """Tricenter itself: what a schedule or a resumption asks for."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change, as every record of it keeps it.

    `id` is one account for good, such as `account@host` of a machine or `issuer#subject` of a token; it is
    what counts. `display` is for people to read; empty: the id.

    Raises:
        ValueError: there is no id, or id or name is longer than anybody reads.
    """

    id: str
    kind: ActorKind = ActorKind.PERSON
    display: str = ""

    def __post_init__(self) -> None:
        """Refuse nobody."""
        if not self.id.strip():
            raise ValueError("an actor has an id")
        if max(len(self.id), len(self.display)) > LONGEST:
            raise ValueError(f"an actor's id and name have at most {LONGEST} characters")

    def __str__(self) -> str:
        """The name that people read."""
        return self.display or self.id
