"""Says what the service asks of whatever remembers which notices were sent, and of whatever sends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cmp.model.notices import Notice


class Notices(Protocol):
    """Remembers for every notice and address how far it is."""

    def claim(self, notice: str, address: str, now: datetime) -> int:
        """The number of the try that is to be made now, from 1; 0: it is sent, lost or under way.

        A try that nobody tells the end of counts as failed after a while: its process died.

        Raises:
            TryLater: it cannot be kept; nothing is to be sent.
        """

    def sent(self, notice: str, address: str) -> None:
        """It was taken there."""

    def failed(self, notice: str, address: str, again: datetime | None, why: str) -> None:
        """It was not taken; it is tried again at a moment, or never (None)."""

    def lost(self) -> Mapping[str, int]:
        """How many notices each address never took."""


class Courier(Protocol):
    """Takes notices to one address."""

    @property
    def address(self) -> str:
        """Where to, without any secret: it stands in records and metrics."""

    def send(self, notice: Notice) -> None:
        """Take a notice there.

        Raises:
            Refused: it is not wanted there, and will not be.
            TryLater: it cannot be taken there now.
        """
