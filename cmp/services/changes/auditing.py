"""Lists who changed what, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.means import Means
from cmp.model.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class Audited:
    """The entries of an environment, or of all, the oldest first."""

    entries: tuple[AuditEntry, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Every entry as it is kept."""
        return {"entries": [entry.model_dump(mode="json") for entry in self.entries]}


def listed(means: Means, environment: str | None) -> Audited:
    """The audit, checked from its first entry to its last.

    Args:
        means: what the use case works with.
        environment: the name of one; None: of all.

    Raises:
        Invalid: an entry is missing, or was changed.
    """
    found = means.ports.audit.entries()
    return Audited(tuple(each for each in found if environment in {None, each.asked.environment}))
