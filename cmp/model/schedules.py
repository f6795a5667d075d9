"""Defines what a service asks for by itself: which operation, when, and what becomes of missed times."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from cmp.model.actors import Actor, ActorKind
from cmp.model.base import Document


class CatchUp(StrEnum):
    """What becomes of times at which nothing could be asked for: the service was down, or paused."""

    SKIP = "skip"
    """They are counted, and nothing is done about them."""
    ONCE = "once"
    """The last of them is made up for, unless it is too old."""


class Schedule(Document):
    """An operation that is asked for again and again, in the name of whoever made the schedule.

    `id` is its own and never used again: a name that is used anew inherits nothing. `cron` has five fields
    and is read in the time zone `zone`. `oldest` is how many seconds late a missed time may still be made up
    for. `last` is the last time that was dealt with, started or not; `operation` what was asked for last.
    `missed` counts the times at which nothing was. `paused` says why nothing is asked for; empty: it is.
    """

    id: str
    name: str
    environment: str
    environment_id: str
    kind: str
    ask: Mapping[str, Any] = Field(default_factory=dict)
    cron: str
    zone: str
    catch_up: CatchUp = CatchUp.SKIP
    oldest: int = 86_400
    actor: str
    actor_kind: ActorKind
    actor_name: str = ""
    reason: str = ""
    created: str
    last: str = ""
    started: str = ""
    operation: str = ""
    missed: int = 0
    trouble: str = ""
    paused: str = ""

    @property
    def who(self) -> Actor:
        """In whose name it asks."""
        return Actor(self.actor, self.actor_kind, display=self.actor_name)
