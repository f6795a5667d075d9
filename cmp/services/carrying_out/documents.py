"""Tells what became of stacks as one document, the same for the command line and whoever asks next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmp.model.plan import Plan
from stacks.engine.results import StackResult
from stacks.programs import rows


@dataclass(frozen=True, slots=True)
class StackResults:
    """What became of each stack."""

    results: tuple[StackResult, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Stacks with their changes counted, and what policies found."""
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
    """What became of each stack, counted by action, and what policies found."""
    stacks = [
        {
            "name": str(result.name),
            "changes": {
                "create": result.changes.create,
                "update": result.changes.update,
                "replace": result.changes.replace,
                "delete": result.changes.delete,
                "same": result.changes.same,
            },
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


def not_carried_out(plan: Plan) -> Mapping[str, int]:
    """How many rows of a Plan no stack carries out, by reason, in order of it."""
    reasons = Counter(
        row.reason for center in rows.centers_of(plan) for row in rows.not_carried_out(plan, center)
    )
    return dict(sorted(reasons.items()))
