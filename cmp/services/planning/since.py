"""Says what a Plan changes against the one that was applied last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.model.plan import Plan
from cmp.model.plan_difference import RowChanges
from cmp.ports.bundle import Ports
from cmp.services.planning.row_changes import row_changes


@dataclass(frozen=True, slots=True)
class SinceApplied:
    """What a Plan changes against the one that was applied last, `complete` or in part."""

    applied: str
    complete: bool
    rows: RowChanges

    @property
    def document(self) -> dict[str, Any]:
        """The hash of what was applied, whether all of it was, and the rows that differ."""
        return {"applied": self.applied, "complete": self.complete, "rows": self.rows.document}


def since_applied(plan: Plan, ports: Ports) -> SinceApplied | None:
    """What a Plan changes against the one that was applied last; None before the first time.

    Raises:
        Invalid: the record of what was applied cannot be read.
    """
    last = ports.applied.last(plan.environment.name)
    if last is None:
        return None
    rows = row_changes(last.plan.placements, plan.placements)
    return SinceApplied(last.plan.hash, last.complete, rows)
