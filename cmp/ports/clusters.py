"""Says what use cases ask of whatever remembers clusters: which one it was that a cloud's address led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class ClusterIdentities(Protocol):
    """Remembers the identity of every cluster that was worked on, so that another one there is noticed."""

    def known(self) -> Mapping[str, str]:
        """The identities by cloud; none at first.

        Raises:
            Invalid: what is kept is not what we wrote.
        """

    def remember(self, identities: Mapping[str, str]) -> None:
        """Keep identities, besides those that are known.

        Raises:
            TryLater: they cannot be kept.
        """
