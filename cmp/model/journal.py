"""Defines the journal of moves that are carried out: what was begun, what is done, and the way back."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from cmp.model.base import Document, Id
from cmp.model.moves import Purpose, Step, StepKind

Version = Literal[1]


class Progress(StrEnum):
    """How far one step has come."""

    WAITING = "waiting"
    BEGUN = "begun"
    """Written before anything is asked of a cloud: after a crash it may be done, half done or not begun."""
    DONE = "done"
    FOUND = "found"
    """It was so already: there is nothing to take back."""
    LEFT = "left"
    """On the way back: gone, or moved on by somebody else, so it was left alone."""
    FAILED = "failed"

    @property
    def is_settled(self) -> bool:
        """True when nothing remains to be done."""
        return self in {Progress.DONE, Progress.FOUND, Progress.LEFT}


class JournalState(StrEnum):
    """Where a journal stands."""

    UNDER_WAY = "under-way"
    """Begun and not finished, whether a run works on it, was killed, or stopped at a failed step."""
    DONE = "done"
    GOING_BACK = "going-back"
    TAKEN_BACK = "taken-back"


class Switch(Document):
    """How a host is switched; `reason` is why one takes no servers."""

    on: bool
    reason: str = ""


class StepEntry(Document):
    """One step with what a cloud calls server and hosts, since numbers of hosts may change.

    `wanted` is how a host is to be switched and `before` how it was; both are None for a migration.
    `said` is why it failed or was left.
    """

    step: Step
    host: str
    to: str | None = None
    server: str | None = None
    """The cloud's id of the server: a name may be given again."""
    wanted: Switch | None = None
    before: Switch | None = None
    progress: Progress = Progress.WAITING
    said: str = ""

    @property
    def subject(self) -> tuple[str, str]:
        """What the step changes: a server, or a host, of a cloud."""
        return self.step.cloud, self.server or self.host

    @property
    def may_have_changed(self) -> bool:
        """False for a host that was never switched: how it was before is not known."""
        return self.wanted is None or self.before is not None

    def marked(self, progress: Progress, said: str = "") -> Self:
        """The entry with its progress."""
        return self.model_copy(update={"progress": progress, "said": said})


class Journal(Document):
    """Moves that are carried out; `entries` lead there and `back`, once it is wanted, leads back.

    `plan` is the hash of the applied Plan that they rest on, `began` a moment in ISO 8601.
    """

    version: Version = 1
    id: Id
    environment: Id
    plan: str
    purpose: Purpose
    subject: str = ""
    began: str
    who: str = ""
    why: str = ""
    state: JournalState = JournalState.UNDER_WAY
    entries: tuple[StepEntry, ...]
    back: tuple[StepEntry, ...] = ()

    @property
    def is_open(self) -> bool:
        """True while something of it remains to be done."""
        return self.state in {JournalState.UNDER_WAY, JournalState.GOING_BACK}

    @property
    def current(self) -> tuple[StepEntry, ...]:
        """The steps that are being carried out: those that lead there, or back."""
        return self.entries if self.state in {JournalState.UNDER_WAY, JournalState.DONE} else self.back

    @property
    def settled(self) -> int:
        """How many of the current steps need nothing more."""
        return sum(entry.progress.is_settled for entry in self.current)

    @property
    def pools(self) -> frozenset[str]:
        """The pools whose hosts it touches."""
        return frozenset(entry.step.pool for entry in self.entries)

    def marked(self, index: int, entry: StepEntry) -> Self:
        """The journal with one of the current steps changed."""
        entries = (*self.current[:index], entry, *self.current[index + 1 :])
        return self.model_copy(
            update={
                "entries" if self.state in {JournalState.UNDER_WAY, JournalState.DONE} else "back": entries
            }
        )

    def finished(self) -> Self:
        """The journal whose current steps are all settled."""
        return self.model_copy(
            update={
                "state": JournalState.DONE
                if self.state is JournalState.UNDER_WAY
                else JournalState.TAKEN_BACK
            }
        )

    def turned(self) -> Self:
        """The journal on its way back: what was begun, in reverse order, each step turned round.

        Each step back passes through a state in which the way there was, so it is feasible where that was.
        """
        if self.state in {JournalState.GOING_BACK, JournalState.TAKEN_BACK}:
            return self
        begun = [entry for entry in self.entries if entry.progress in _BEGUN and entry.may_have_changed]
        back = tuple(_turned(entry, number) for number, entry in enumerate(reversed(begun), start=1))
        return self.model_copy(update={"state": JournalState.GOING_BACK, "back": back})


_BEGUN = frozenset({Progress.BEGUN, Progress.DONE, Progress.FAILED})
_TURNED = {StepKind.POWER_OFF: StepKind.POWER_ON, StepKind.POWER_ON: StepKind.POWER_OFF}


def _turned(entry: StepEntry, number: int) -> StepEntry:
    step = entry.step
    if step.kind is StepKind.MIGRATE:
        turned = step.model_copy(update={"number": number, "host": step.to, "to": step.host})
        return StepEntry(step=turned, host=str(entry.to), to=entry.host, server=entry.server)
    turned = step.model_copy(update={"number": number, "kind": _TURNED[step.kind], "seconds": 0.0})
    return StepEntry(step=turned, host=entry.host, wanted=entry.before)
