"""Says what the service asks of whatever keeps schedules."""

from __future__ import annotations

from typing import Protocol

from cmp.model.schedules import Schedule


class Schedules(Protocol):
    """Keeps schedules by environment and name."""

    def listed(self) -> tuple[Schedule, ...]:
        """All of them, by environment and name."""

    def found(self, environment: str, name: str) -> Schedule | None:
        """The schedule of a name; None where there is none."""

    def put(self, schedule: Schedule, before: Schedule | None) -> Schedule:
        """Keep a schedule in place of the one that was seen before; None: there was none.

        Raises:
            Conflict: another one stands there by now; nothing has changed.
            TryLater: it cannot be kept; nothing has changed.
        """

    def drop(self, environment: str, name: str) -> bool:
        """Forget a schedule; False where there was none."""
