"""Says what the service asks of whatever keeps operations, and of whatever carries them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cmp.model.happenings import Event, Numbered
from cmp.model.operations import OperationRecord, OperationState, Revision

Change = Callable[[OperationRecord], OperationRecord]
"""What becomes of an operation; raises a refusal, and then nothing is changed."""


class Operations(Protocol):
    """Keeps operations with all that is known of them, and sees to it that they are carried out.

    What is written here is the record. An operation is carried out once its row says so: both are one
    transaction. Whatever was under way when a process died is gone on with by another, or by its successor.
    """

    def begin(self, record: OperationRecord) -> OperationRecord:
        """Keep a new operation and have it carried out; the same id again answers with the one that is there.

        Raises:
            Conflict: the id was used for another request.
            TryLater: it cannot be kept; nothing is carried out.
        """

    def found(self, key: str) -> OperationRecord | None:
        """The operation of that id; None where there is none."""

    def listed(self, wanted: Wanted) -> tuple[OperationRecord, ...]:
        """Operations, the newest first."""

    def change(self, key: str, change: Change, *, carry_on: bool = False) -> OperationRecord:
        """Change an operation in one transaction; with `carry_on` it is handed over to be carried out again.

        Raises:
            Invalid: there is no such operation.
            TryLater: it cannot be kept; nothing has changed.
        """

    def tell(self, key: str, events: tuple[Event, ...]) -> None:
        """Keep what happened, with the numbers that come next."""

    def told(self, key: str, after: int = 0, limit: int = 500) -> tuple[Numbered, ...]:
        """What happened after the event of a number."""

    def keep(self, content: bytes, name: str = "") -> str:
        """Keep a document by its SHA-256, in hex, which is told; the same one is kept once.

        Under a `name` it takes the place of the one before.
        """

    def kept(self, name: str) -> bytes | None:
        """The document of that SHA-256 or name; None where there is none."""

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many operations there are by kind and state."""

    def push(self, revision: Revision, parent: str) -> Revision:
        """Make a revision the head of its environment, whose head has to be `parent` (empty: there is none).

        The same files again answer with the head as it is.

        Raises:
            Stale: the head is another one.
        """

    def head(self, environment: str) -> Revision | None:
        """The newest revision; None where nobody uploaded one."""

    def heads(self) -> tuple[Revision, ...]:
        """The newest revision of every environment, by name."""

    def revision(self, environment: str, key: str) -> Revision | None:
        """A revision by its id; None where there is none."""

    def start(self, driver: Driver) -> None:
        """Carry out what is to be carried out, from now on, as the driver does.

        Raises:
            Conflict: another living process works under the same name.
            TryLater: what is shared cannot be reached.
        """

    def stop(self) -> None:
        """Take nothing new; what works is ended, or is gone on with by whoever comes next."""

    def is_ready(self) -> bool:
        """True where work is taken."""


class Driver(Protocol):
    """Takes an operation step by step; every step may be begun again by another process."""

    def steps(self, kind: str) -> tuple[str, ...]:
        """The steps of a kind, in order."""

    def take(self, key: str, step: str) -> bool:
        """Take one step, unless it is done already; False: nothing follows for now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which operations are listed: of one environment, in one state, older than one, so many."""

    environment: str = ""
    state: OperationState | None = None
    before: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Task:
    """One step as it is carried out: of which operation, in which folder, from what."""

    record: OperationRecord
    step: str
    revision: Revision
    files: Mapping[str, bytes]
    """The environment's files by their names in the revision."""
    before: Mapping[str, bytes]
    """What earlier steps answered, by name."""
    plan: bytes = b""


@dataclass(frozen=True, slots=True)
class Carried:
    """How a step ended: with an answer, a failure, or not at all because it was cancelled."""

    answer: bytes = b""
    failure: Mapping[str, Any] | None = None
    cancelled: bool = False
    died: str = ""
    """What is known of a process that ended without a word; its step is begun again, a few times."""
    plan: bytes = b""
    """The Plan that was made, canonical."""
    plan_hash: str = ""


class Carrier(Protocol):
    """Carries out a step, and answers only when nothing of it works any more."""

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out.

        Args:
            task: the step.
            tell: takes what happens meanwhile.
            cancelled: asked all the while; once it is so, everything is ended.

        Raises:
            TryLater: it could not be begun.
        """
