"""Holds what the engine tells about stacks: progress while it works, and one result a stack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from cmp.errors import CmpError
from cmp.model.events import Operation, ResourceChange, ResourceProgress
from cmp.model.policy import RuleLevel
from stacks.names import StackName

Report = Callable[[ResourceProgress], None]
"""Takes progress as it happens; called from several threads, one stack each."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many resources of a stack were, or would be, created, updated, replaced, deleted, left alone.

    Of the updates, `retagged` carry nothing but the tag of another Plan.
    """

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    same: int = 0
    retagged: int = 0

    @property
    def total(self) -> int:
        """All but those left alone."""
        return self.create + self.update + self.replace + self.delete

    @property
    def counted(self) -> dict[str, int]:
        """Each number by its name."""
        return asdict(self)

    def __add__(self, later: Changes) -> Changes:
        """What two runs did together; what the first one changed is the same to the later one."""
        return Changes(
            self.create + later.create,
            self.update + later.update,
            self.replace + later.replace,
            self.delete + later.delete,
            max(0, later.same - self.create - self.update - self.replace),
            self.retagged + later.retagged,
        )

    @classmethod
    def count(cls, changes: tuple[ResourceChange, ...]) -> Changes:
        """Count changes by operation."""
        operations = [change.operation for change in changes]
        counted = {str(operation): operations.count(operation) for operation in Operation}
        return cls(**counted, retagged=sum(change.retagged for change in changes))


@dataclass(frozen=True, slots=True)
class Violation:
    """A policy that a planned resource does not keep; `resource` is its name, empty for the whole stack."""

    policy: str
    level: RuleLevel
    resource: str
    message: str

    @property
    def stops(self) -> bool:
        """True when the change may not be made."""
        return self.level is RuleLevel.MANDATORY


@dataclass(frozen=True, slots=True)
class StackResult:
    """What became of one stack; `error` is None when everything was carried out.

    `changes` counts what was done, or in a preview what would be done; `planned` names every resource with
    it, also those that stay the same. `diagnostics` are the engine's warnings and errors in its own words.
    `leaving` are the URNs of all that would be deleted, components and providers included. `asked` is False
    where no cloud was: only the Plan's tag would change, counted in the state.
    """

    name: StackName
    changes: Changes = Changes()
    planned: tuple[ResourceChange, ...] = ()
    violations: tuple[Violation, ...] = ()
    diagnostics: tuple[str, ...] = ()
    error: CmpError | None = None
    leaving: tuple[str, ...] = ()
    asked: bool = True

    @property
    def succeeded(self) -> bool:
        """True when nothing went wrong."""
        return self.error is None
