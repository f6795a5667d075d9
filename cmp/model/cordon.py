"""Defines what is drained and stays empty until it is put back: who said so, when and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cmp.model.base import Count, Document, Id
from cmp.model.recovery import Role


class DrainKind(StrEnum):
    """What is drained."""

    HOST = "host"
    POOL = "pool"
    CENTER = "center"


class Stood(Document):
    """A row on a pool, before it was drained: what ran there, and what a takeover would have made of it."""

    workload: Id
    component: Id
    role: Role
    pool: Id
    variant: Id | None = None
    replicas: Count
    on_takeover: Count = 0


class Cordon(Document):
    """Something drained: nothing goes there, whoever plans, until it is put back.

    `id` is a pool or a center, `host` a number in the pool, from 1, where one host is meant (else 0). `left`
    is where everything stood that had to leave: `--back` puts it there again as far as it still may.
    """

    kind: DrainKind
    id: Id
    host: Count = 0
    since: datetime
    who: Annotated[str, Field(min_length=1, max_length=80)]
    why: Annotated[str, Field(max_length=400)] = ""
    left: tuple[Stood, ...] = ()

    @property
    def subject(self) -> str:
        """As it is written on the command line: `host:bj-a-hygon/2`, `pool:bj-a-hygon`, `center:bj-a`."""
        return f"{self.kind}:{self.id}/{self.host}" if self.host else f"{self.kind}:{self.id}"

    @property
    def sentence(self) -> str:
        """Who drained it, when and why, for people."""
        why = f": {self.why}" if self.why else ""
        return f"{self.subject} is drained since {self.since:%Y-%m-%d %H:%M} by {self.who}{why}"
