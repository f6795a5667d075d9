"""Says what use cases ask of whatever keeps consents: documents that are added and taken back, never lost."""

from __future__ import annotations

from typing import Protocol

from cmp.model.consent import Consent, Demand


class Consents(Protocol):
    """Who agreed to what, by environment, and which environments ask for it."""

    def keep(self, consent: Consent) -> None:
        """Keep a consent whole, in the place of the one of its id.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """

    def of(self, environment: str) -> tuple[Consent, ...]:
        """Every consent of an environment, the oldest first.

        Raises:
            Invalid: one of them cannot be read, or was changed.
        """

    def demand(self, environment: str) -> Demand | None:
        """Whether an environment asks for consent; None where nobody ever said.

        Raises:
            Invalid: what is kept cannot be read.
        """

    def keep_demand(self, demand: Demand) -> None:
        """Keep whether an environment asks for consent.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """
