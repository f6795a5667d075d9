"""Defines what a service tells people who are not looking: something waits for them, or went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.model.happenings import Event


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told, once to every address.

    `id` says what it is about and is the same whoever finds it; `at` is the moment of that, as ISO 8601.
    """

    id: str
    environment: str
    at: str
    event: Event

    @property
    def document(self) -> dict[str, object]:
        """Plain JSON, as it is sent."""
        return {"id": self.id, "environment": self.environment, "at": self.at, **self.event.document}
