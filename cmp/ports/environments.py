"""Says what use cases ask of whatever keeps environments: each is named by a reference and read once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cmp.model.references import EnvironmentRef
from cmp.ports.loaded import Loaded


class Environments(Protocol):
    """Keeps what is declared; every change of it is another revision."""

    def load(self, ref: EnvironmentRef) -> Loaded:
        """Read and cross-check an environment.

        Raises:
            Invalid: there is none, or something is wrong with it; every problem is told with its place.
            Conflict: a revision is named, and it is not what is kept.
        """

    def create(self, ref: EnvironmentRef, files: Mapping[str, bytes]) -> Loaded:
        """Keep a new environment: its files by their place in it, all of them or none.

        Raises:
            Refused: there is something of that name already, or somebody else has just made it.
            Invalid: they are no environment; nothing of them is kept.
            TryLater: it cannot be kept; nothing of it is.
        """

    def refuse_occupied(self, ref: EnvironmentRef) -> None:
        """Refuse a name that something is kept under already.

        Raises:
            Refused: there is something.
            TryLater: nobody can see whether there is.
        """

    def keep(self, ref: EnvironmentRef, loaded: Loaded) -> EnvironmentRef:
        """Have a revision that was read at hand from now on; a folder keeps itself. Tells its reference.

        Raises:
            TryLater: it cannot be kept.
        """

    def named(self, ref: EnvironmentRef, loaded: Loaded) -> str:
        """Where a Plan of it says that it is found again, in a form that people can type."""

    def found_again(self, source: str, name: str) -> EnvironmentRef:
        """The environment of a Plan: by what `named` told, or by its own name where that leads nowhere."""

    def revisions(self, name: str) -> tuple[EnvironmentRef, ...]:
        """The revisions of an environment that are kept, the oldest first; none where folders keep them.

        Raises:
            TryLater: whoever keeps them cannot be asked.
        """
