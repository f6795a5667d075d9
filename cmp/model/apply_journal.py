"""Defines the journal of a Plan that is being carried out: its steps, and what became of stacks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from cmp.model.base import Document, Id
from cmp.model.journal import Progress


class ApplyStep(StrEnum):
    """What one step of carrying a Plan out does, in the order of the steps."""

    CHECK = "check"
    """The Plan is still what its folder says, the verifier agrees, no server stands in the way."""
    ADDRESSES = "addresses"
    """Its addresses are written down as ours."""
    PREVIEW = "preview"
    """Clouds and policies are asked what would change, and whether somebody agreed to what would go."""
    BEGIN = "begin"
    """The Plan is on record as applied in part: from here on clouds are changed."""
    GROUNDS = "grounds"
    """Networks of centers and platforms of clusters, side by side."""
    WORKLOADS = "workloads"
    """Servers and containers of every center whose ground stands, side by side."""
    CLEAR = "clear"
    """What leaves the grounds, once no workload holds it any more."""
    COMPLETE = "complete"
    """Every stack is as the Plan says: it is on record as applied whole."""


LOOKS: Final = frozenset({ApplyStep.CHECK, ApplyStep.PREVIEW})
"""Steps that only look: whoever takes a journal up looks again."""

DEEDS: Final = frozenset({ApplyStep.GROUNDS, ApplyStep.WORKLOADS, ApplyStep.CLEAR})
"""Steps that change stacks."""


class StackMark(Document):
    """What a stack was made from and how its state was left: where both are as before, nothing is to do."""

    program: str
    """SHA-256 over everything that its program is made from, but for the tag of the Plan."""
    state: str
    """SHA-256 over the engine's state of it and of its ground."""


class StackOutcome(Document):
    """What a step made of one stack: how many resources by what was done, and why it failed, if it did."""

    stack: str
    changes: Mapping[str, int] = Field(default_factory=dict)
    code: str = ""
    """The code of the error; empty where the stack is as it should be."""
    said: str = ""
    mark: Annotated[StackMark | None, Field(exclude_if=lambda mark: mark is None)] = None
    """Kept with the last step alone, and only where nothing about the stack is in doubt."""


class ApplyEntry(Document):
    """One step; `said` is why it failed. A step with outcomes is done once every stack was tried."""

    step: ApplyStep
    progress: Progress = Progress.WAITING
    said: str = ""
    stacks: tuple[StackOutcome, ...] = ()

    @property
    def succeeded(self) -> bool:
        """True where it is done and no stack of it failed."""
        return self.progress.is_settled and not any(each.code for each in self.stacks)


class ApplyState(StrEnum):
    """Where a journal stands."""

    UNDER_WAY = "under-way"
    """Begun and not finished, whether a run works on it, was killed, or stopped at a failed step."""
    DONE = "done"


class ApplyJournal(Document):
    """A Plan that is carried out, step by step; `plan` is its hash, `run` who took the journal up last.

    `only` names the clouds and workloads of which it is carried out; none is all. `was_whole` tells that all
    of the same Plan had been carried out before.
    """

    version: Literal[1] = 1
    id: Id
    environment: Id
    plan: str
    run: str
    began: str
    who: str = ""
    why: str = ""
    only: tuple[str, ...] = ()
    was_whole: bool = False
    state: ApplyState = ApplyState.UNDER_WAY
    entries: tuple[ApplyEntry, ...] = tuple(ApplyEntry(step=step) for step in ApplyStep)

    @property
    def has_begun(self) -> bool:
        """True once it may have changed a cloud."""
        return any(each.step in DEEDS and each.progress is not Progress.WAITING for each in self.entries)

    def of(self, step: ApplyStep) -> ApplyEntry:
        """The entry of a step."""
        return next(each for each in self.entries if each.step is step)

    def marked(self, index: int, entry: ApplyEntry) -> Self:
        """The journal with one entry changed; with the last one done it is done."""
        entries = (*self.entries[:index], entry, *self.entries[index + 1 :])
        done = all(each.progress.is_settled for each in entries)
        return self.model_copy(
            update={"entries": entries, "state": ApplyState.DONE if done else ApplyState.UNDER_WAY}
        )

    def waiting_again(self, steps: frozenset[ApplyStep]) -> Self:
        """The journal in which some steps are to be done again."""
        entries = tuple(ApplyEntry(step=each.step) if each.step in steps else each for each in self.entries)
        return self.model_copy(update={"entries": entries, "state": ApplyState.UNDER_WAY})

    def taken_up(self, run: str) -> Self:
        """The journal as another run goes on with it: what was only looked at is looked at again.

        So are steps in which a stack failed; steps that were begun are begun again, which is safe.
        """
        again = {each.step for each in self.entries if not each.succeeded} | LOOKS
        return self.waiting_again(frozenset(again)).model_copy(update={"run": run})
