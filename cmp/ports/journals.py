"""Says what use cases ask of whatever keeps journals of moves: each is written whole, and found by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # who only asks for help or validates waits for no Plan
    from cmp.model.journal import Journal


class Journals(Protocol):
    """Keeps the journals of moves inside pools, environment by environment."""

    def save(self, journal: Journal) -> None:
        """Keep a journal so that a reader, or the run after a crash, sees it whole.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """

    def all_of(self, environment: str) -> tuple[Journal, ...]:
        """The journals of one environment, the oldest first.

        Raises:
            Invalid: one of them cannot be read.
        """

    def named(self, name: str) -> Journal:
        """The journal of that id, or the one that somebody's copy is of.

        Raises:
            Invalid: there is none, and the hint lists those there are; or a copy is not what is kept.
        """
