"""Defines the journal by which an environment is taken down: its steps, and what became of stacks."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self

from cmp.model.apply_journal import ApplyState, StackOutcome
from cmp.model.base import Document, Id
from cmp.model.journal import Progress


class DestroyStep(StrEnum):
    """What one step of taking an environment down does, in the order of the steps."""

    LOOK = "look"
    """Which stacks stand."""
    BEGIN = "begin"
    """What was applied is on record as applied in part: from here on clouds are changed."""
    WORKLOADS = "workloads"
    """Servers and containers of every center are deleted, side by side."""
    GROUNDS = "grounds"
    """Networks of centers and platforms of clusters are deleted that nothing stands on any more."""
    FORGET = "forget"
    """Nothing stands: nothing is on record as applied."""


DESTROYING: Final = frozenset({DestroyStep.WORKLOADS, DestroyStep.GROUNDS})
"""Steps that delete stacks."""


class DestroyEntry(Document):
    """One step; `said` is why it failed. A step with outcomes is done once every stack was tried."""

    step: DestroyStep
    progress: Progress = Progress.WAITING
    said: str = ""
    stacks: tuple[StackOutcome, ...] = ()

    @property
    def succeeded(self) -> bool:
        """True where it is done and no stack of it failed."""
        return self.progress.is_settled and not any(each.code for each in self.stacks)


class DestroyJournal(Document):
    """An environment that is taken down, step by step; `run` is who took the journal up last."""

    version: Literal[1] = 1
    id: Id
    environment: Id
    run: str
    began: str
    who: str = ""
    why: str = ""
    state: ApplyState = ApplyState.UNDER_WAY
    entries: tuple[DestroyEntry, ...] = tuple(DestroyEntry(step=step) for step in DestroyStep)

    @property
    def has_begun(self) -> bool:
        """True once it may have changed a cloud."""
        return any(each.step in DESTROYING and each.progress is not Progress.WAITING for each in self.entries)

    def of(self, step: DestroyStep) -> DestroyEntry:
        """The entry of a step."""
        return next(each for each in self.entries if each.step is step)

    def marked(self, index: int, entry: DestroyEntry) -> Self:
        """The journal with one entry changed; with the last one done it is done."""
        entries = (*self.entries[:index], entry, *self.entries[index + 1 :])
        done = all(each.progress.is_settled for each in entries)
        return self.model_copy(
            update={"entries": entries, "state": ApplyState.DONE if done else ApplyState.UNDER_WAY}
        )

    def waiting_again(self, steps: frozenset[DestroyStep]) -> Self:
        """The journal in which some steps are to be done again."""
        entries = tuple(DestroyEntry(step=each.step) if each.step in steps else each for each in self.entries)
        return self.model_copy(update={"entries": entries, "state": ApplyState.UNDER_WAY})

    def taken_up(self, run: str) -> Self:
        """The journal as another run goes on with it: it looks again, and tries again what failed."""
        again = {each.step for each in self.entries if not each.succeeded} | {DestroyStep.LOOK}
        return self.waiting_again(frozenset(again)).model_copy(update={"run": run})
