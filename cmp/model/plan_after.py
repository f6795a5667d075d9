"""Defines what holds after a failure: a Plan for the time after it, what became of each row, what it cost."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from cmp.model.base import Count, Document, Id
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.sealing import Sealed


class Becomes(StrEnum):
    """What the loss makes of a row."""

    STAYS = "stays"
    TAKES_OVER = "takes-over"
    STANDS_BY = "stands-by"
    GIVES_WAY = "gives-way"
    ANEW = "anew"
    STOPS = "stops"
    LOST = "lost"


class RowAfter(Document):
    """A row before or after a loss.

    `was` is its role in the Plan before (None: it was not there), `role` the one it has in the Plan after
    (None: it is not there any more). Who carries the Plan out keeps the servers of a row that `was` something
    else: they are the same ones.
    """

    workload: Id
    component: Id
    pool: Id
    was: Role | None = None
    role: Role | None = None
    becomes: Becomes
    before: Count = 0
    replicas: Count = 0


class SpentKind(StrEnum):
    """What kind of promise is gone."""

    SIDE = "side"
    FAILURE = "failure"
    RUNS = "runs"


class Spent(Document):
    """A promise that the loss consumed.

    `side`: the component has no side of the role `what` any more, which its grade asks for. `failure`: the
    workload does not survive a further loss of the kind `what` (center, cloud, location). `runs`: the
    workload does not run any more; `what` is empty.
    """

    kind: SpentKind
    workload: Id
    component: str = ""
    what: str = ""

    @property
    def sentence(self) -> str:
        """Which promise it was, in a few words."""
        if self.kind is SpentKind.RUNS:
            return f"{self.workload} does not run"
        if self.kind is SpentKind.FAILURE:
            return f"{self.workload} does not survive the loss of one more {self.what}"
        return f"{self.workload}/{self.component} has no {self.what} side"


class PlanAfter(Sealed):
    """A Plan for the time after a loss, beside the hash of the Plan before.

    The Plan in it is a Plan like any other: what runs is its primary, what was lost is drained, and it is
    proved, packed and reserved against the next failure. `spent` is what it cannot promise any more.
    """

    schema_version: Literal[1] = 1
    before: str
    lost: tuple[str, ...]
    plan: Plan
    rows: tuple[RowAfter, ...]
    spent: tuple[Spent, ...] = ()
