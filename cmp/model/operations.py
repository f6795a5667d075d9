"""Defines what a service does on somebody's behalf: an operation, its steps, and the consent it was given."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from cmp.model.actors import Actor, ActorKind
from cmp.model.base import Document

DEATHS: Final = 3
"""So many times a process may die in the same step; then the operation is held for a person to look at."""


class OperationState(StrEnum):
    """How far an operation has come."""

    QUEUED = "queued"
    """It waits for its turn."""
    RUNNING = "running"
    WAITING = "waiting"
    """It waits for consent, and holds nothing meanwhile."""
    CANCELLING = "cancelling"
    """Somebody cancelled it, and something of it still works."""
    CANCELLED = "cancelled"
    """Nothing of it works any more; `resume` goes on from there."""
    HELD = "held"
    """A person has to look at it first."""
    REFUSED = "refused"
    """An approver rejected it."""
    FAILED = "failed"
    DONE = "done"

    @property
    def is_over(self) -> bool:
        """True where nothing happens any more unless somebody asks for it."""
        return self not in LIVING


LIVING: Final = frozenset(
    {OperationState.QUEUED, OperationState.RUNNING, OperationState.WAITING, OperationState.CANCELLING}
)


class StepState(StrEnum):
    """How far a step has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(Document):
    """An error as it is kept and sent: its code, its sentence, the remedy, and every place that is wrong."""

    code: str
    message: str
    hint: str = ""
    exit_code: int = 1
    status: int = 500
    problems: tuple[Mapping[str, Any], ...] = ()


class PartRecord(Document):
    """A step of the journal that a step carries out: when it began last, and when it was done."""

    name: str
    began: str
    ended: str = ""


class StepRecord(Document):
    """One step of an operation; `output` is the SHA-256 of what it answered, which is kept once.

    `parts` are the steps of the journal that is carried out, as far as they have begun; each one that is
    done sets `starts` back to 1.
    `starts` counts how often a process began it without ending it. `claim` is whoever carries it out now:
    whoever was frozen and wakes up has another, and what it brings is not taken.
    """

    name: str
    state: StepState
    began: str
    ended: str = ""
    starts: int = 1
    claim: str = ""
    input: Mapping[str, Any] = Field(default_factory=dict)
    output: str = ""
    failure: Failure | None = None
    parts: tuple[PartRecord, ...] = ()


class ConsentNeeded(Document):
    """How many persons of the role `approver` have to agree, why, to which Plan, and until when."""

    approvals: int
    reasons: tuple[str, ...]
    plan: str
    until: str


class ConsentGiven(Document):
    """Somebody agreed to an operation, or rejected it."""

    by: str
    at: str
    agreed: bool
    plan: str
    reason: str = ""


class OperationRecord(Document):
    """All that is kept of an operation beside its events.

    `ask` is what was asked for, as the kind defines it; `plan` is the hash of the Plan that is carried out.
    `behind` are all persons behind the request: who asked, and who pushed the revision.
    `round` counts how often it was handed to the engine.
    """

    id: str
    kind: str
    environment: str
    environment_id: str
    revision: str
    ask: Mapping[str, Any]
    plan: str = ""
    actor: str
    actor_kind: ActorKind
    actor_name: str = ""
    behind: tuple[str, ...] = ()
    reason: str = ""
    request: str = ""
    state: OperationState = OperationState.QUEUED
    round: int = 1
    created: str
    updated: str
    steps: tuple[StepRecord, ...] = ()
    needed: ConsentNeeded | None = None
    consents: tuple[ConsentGiven, ...] = ()
    failure: Failure | None = None

    def step(self, name: str) -> StepRecord | None:
        """The step of that name; None where it never began."""
        return next((each for each in self.steps if each.name == name), None)

    @property
    def asker(self) -> Actor:
        """Who asked."""
        return Actor(self.actor, self.actor_kind, self.actor_name)

    @property
    def answer(self) -> str:
        """The SHA-256 of what the last step answered; empty before it is done."""
        done = self.state is OperationState.DONE and self.steps
        return self.steps[-1].output if done else ""


class Revision(Document):
    """The files of an environment as somebody uploaded them; `number` counts from 1 in one environment.

    `id` is SHA-256 over the files and their names: the same files have the same. `folder` is the
    environment's own among `files`, which are named relative to what holds all of them; each by the SHA-256
    of its text.
    """

    id: str
    environment: str
    environment_id: str
    number: int
    parent: str = ""
    folder: str
    files: Mapping[str, str]
    actor: str
    at: str
    reason: str = ""
