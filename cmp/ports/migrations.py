"""Says what use cases ask of whatever keeps moves of private networks: plans, journals, what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from cmp.model.base import Document

if TYPE_CHECKING:  # who only asks for help or validates waits for no Plan
    from cmp.model.migration import MigrationPlan

D = TypeVar("D", bound=Document)


class KeptMove(Protocol):
    """Everything that is kept of one network that moves."""

    @property
    def folder(self) -> Path:
        """Where what people and Ansible read lies on this machine: pages, acceptance packs, host keys."""

    def plan(self) -> MigrationPlan | None:
        """The current plan; None where none was made.

        Raises:
            Invalid: it cannot be read, or its hash does not match.
        """

    def keep_plan(self, plan: MigrationPlan) -> None:
        """Keep a plan as the current one, and for good by its hash, for a move that it begins.

        Raises:
            TryLater: it cannot be kept; an older one is unchanged.
        """

    def begun_by(self, plan_hash: str) -> MigrationPlan:
        """The plan by which a move was begun, whichever is the current one.

        Raises:
            Invalid: it cannot be read any more.
        """

    def kept(self, kind: type[D]) -> D | None:
        """The document of a kind (journal, rehearsal, verification); None where there is none yet.

        Raises:
            Invalid: this version cannot read it.
        """

    def keep(self, document: Document) -> None:
        """Keep a document as the one of its kind.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """


class Migrations(Protocol):
    """Keeps the moves of private networks."""

    def of(self, environment: str, network: str) -> KeptMove:
        """What is kept of one network's move; nothing is asked yet."""
