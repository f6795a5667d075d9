"""Tells what became of stacks as one document, the same for the command line and whoever asks next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmp.model.estate import CloudKind
from cmp.model.events import Operation, ResourceChange
from cmp.model.plan import Plan
from stacks.engine.results import StackResult
from stacks.programs import rows


@dataclass(frozen=True, slots=True)
class StackResults:
    """What became of each stack."""

    results: tuple[StackResult, ...]

    @property
    def by_name(self) -> Mapping[tuple[str, Operation], tuple[ResourceChange, ...]]:
        """What changes in each stack, by what happens to it, in the order of stacks and operations."""
        return {
            (str(result.name), operation): found
            for result in self.results
            for operation in Operation
            if (found := tuple(c for c in result.planned if c.operation is operation and _is_shown(c)))
        }

    @property
    def document(self) -> dict[str, Any]:
        """Stacks with their changes counted, all that changes by name, and what policies found."""
        return stacks_document(self.results)


@dataclass(frozen=True, slots=True)
class Previewed(StackResults):
    """What would become of each stack."""

    @property
    def is_refused(self) -> bool:
        """True where a policy stops the change."""
        return any(violation.stops for result in self.results for violation in result.violations)

    @property
    def changes_something(self) -> bool:
        """True where anything would be created, updated, replaced or deleted."""
        return any(result.changes.total for result in self.results)


@dataclass(frozen=True, slots=True)
class TakenDown(StackResults):
    """What was deleted of an environment, stack by stack."""

    name: str


def stacks_document(results: Sequence[StackResult]) -> dict[str, Any]:
    """What became of each stack, counted by action and by name, and what policies found.

    `update` counts every update; `retagged` says how many of them carry nothing but another Plan's tag. A
    stack that was not `asked` has such alone, counted in the state that was left when it was carried out.
    """
    stacks = [
        {
            "name": str(result.name),
            "asked": result.asked,
            "changes": {
                "create": result.changes.create,
                "update": result.changes.update,
                "replace": result.changes.replace,
                "delete": result.changes.delete,
                "same": result.changes.same,
                "retagged": result.changes.retagged,
            },
            "resources": [_resource(change) for change in result.planned if _is_shown(change)],
        }
        for result in results
    ]
    violations = [
        {
            "stack": str(result.name),
            "policy": violation.policy,
            "level": violation.level.value,
            "resource": violation.resource,
            "message": violation.message,
        }
        for result in results
        for violation in result.violations
    ]
    return {"stacks": stacks, "policy": {"violations": violations}}


def _is_shown(change: ResourceChange) -> bool:
    """True for all that somebody has to know by name: what stays, or only changes its Plan, is counted."""
    return change.operation is not Operation.SAME and not change.retagged


def _resource(change: ResourceChange) -> dict[str, Any]:
    return {
        "operation": change.operation.value,
        "kind": change.kind,
        "name": change.name,
        "fields": list(change.fields),
    }


def not_carried_out(plan: Plan, left_out: frozenset[CloudKind] = rows.NOTHING) -> Mapping[str, int]:
    """How many rows of a Plan no stack carries out, by reason, in order of it."""
    reasons = Counter(
        row.reason
        for center in plan.environment.estate.centers
        for row in rows.not_carried_out(plan, center.id, left_out)
    )
    return dict(sorted(reasons.items()))
