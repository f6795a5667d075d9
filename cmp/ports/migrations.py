"""Says what use cases ask of whatever keeps moves of private networks: plans, journals, what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from cmp.model.base import Document
from cmp.model.named_file import NamedFile

if TYPE_CHECKING:  # who only asks for help or validates waits for no Plan
    from cmp.model.migration import MigrationPlan

D = TypeVar("D", bound=Document)


class KeptMove(Protocol):
    """Everything that is kept of one network that moves."""

    def where(self, name: str = "") -> str:
        """Where people on this machine find one of its parts, or all of them."""

    def part(self, name: str) -> bytes | None:
        """What lies beside its documents under this name: a page, host keys, a part of an acceptance pack.

        None where there is none.

        Raises:
            Invalid: it cannot be read.
        """

    def keep_part(self, part: NamedFile) -> None:
        """Keep a part, in the place of the one of its name; programs and people read it as it is.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """

    def forget_part(self, name: str) -> None:
        """Keep a part no longer; nothing where there is none.

        Raises:
            TryLater: it cannot be removed.
        """

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
