"""Says what carrying a Plan out asks of its stacks, and asks the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from cmp.errors import CmpError
from cmp.model.apply_journal import StackMark
from cmp.model.plan import Plan
from stacks.engine import operations as engine
from stacks.engine.marks import Marking
from stacks.engine.removing import remove
from stacks.engine.results import Report, StackResult
from stacks.engine.workplace import Workplace
from stacks.names import Project, StackName

Results = Mapping[StackName, StackResult]


class Stacks(Protocol):
    """The stacks of one Plan: looked at, and changed stage by stage; a stack that fails tells so itself."""

    def preview(self, refused: Mapping[str, CmpError]) -> tuple[StackResult, ...]:
        """What would change, and which policies it would break; clusters that are `refused` are left alone.

        Raises:
            TryLater: the engine's state cannot be written.
        """

    def stage(self, projects: Sequence[Project], previews: Results, done: Results) -> Results:
        """Change the stacks of some projects side by side, where the grounds in `done` stand."""

    def clear(self, previews: Results, done: Results) -> Results:
        """Delete what leaves the grounds, where the workloads in `done` have let go of it."""

    def marks(self, done: Results) -> Mapping[StackName, StackMark]:
        """What stacks are marked with that were carried out; those are missing that nobody can vouch for."""


@dataclass(frozen=True, slots=True)
class EngineRemoval:
    """The stacks of an environment that stand, as the engine deletes them; `refused` says where not."""

    place: Workplace
    environment: str
    report: Report
    refused: Mapping[str, CmpError]

    def standing(self) -> tuple[StackName, ...]:
        """The stacks that stand."""
        return engine.standing(self.place, self.environment)

    def remove(self, names: Sequence[StackName], done: Results) -> Results:
        """Delete some of them."""
        return remove(self.place, names, done, self.report, self.refused)


@dataclass(frozen=True, slots=True)
class EngineStacks:
    """The stacks of a Plan as the engine carries them out."""

    place: Workplace
    plan: Plan
    report: Report
    today: date

    def preview(self, refused: Mapping[str, CmpError]) -> tuple[StackResult, ...]:
        """What would change."""
        return engine.preview(self.place, self.plan, refused=refused)

    def stage(self, projects: Sequence[Project], previews: Results, done: Results) -> Results:
        """Change the stacks of some projects."""
        return engine.stage(self._work(previews), projects, done)

    def clear(self, previews: Results, done: Results) -> Results:
        """Delete what leaves the grounds."""
        return engine.clear(self._work(previews), done)

    def marks(self, done: Results) -> Mapping[StackName, StackMark]:
        """What stacks are marked with."""
        marking = Marking(self.place, self.plan, self.today)
        found = ((name, marking.of(result)) for name, result in done.items())
        return {name: mark for name, mark in found if mark is not None}

    def _work(self, previews: Results) -> engine.Work:
        return engine.Work(self.place, self.plan, previews, self.report)
