"""Says what use cases ask of the record of changes."""

from __future__ import annotations

from typing import Protocol

from cmp.model.audit import AuditEntry


class Audit(Protocol):
    """Who changed what, when and why; entries are added and never changed."""

    def add(self, entry: AuditEntry) -> AuditEntry:
        """Append an entry; its number, what it follows and its hash are filled in here.

        No two entries say the same: they differ in their run, or in how it ended.

        Raises:
            Invalid: the last entry cannot be read.
            TryLater: it cannot be written.
        """
        ...

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries, the oldest first.

        Raises:
            Invalid: one is missing, was changed, or follows another than it says.
        """
        ...
