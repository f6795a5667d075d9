"""Says what use cases ask of whatever keeps Plans: the latest of an environment, and those put beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # who only asks for help or validates waits for no Plan
    from cmp.model.apply_journal import ApplyJournal
    from cmp.model.destroy_journal import DestroyJournal
    from cmp.model.horizon import Horizon
    from cmp.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Applied:
    """The Plan last applied and whether all of it was carried out."""

    plan: Plan
    complete: bool


class Plans(Protocol):
    """Keeps the latest Plan of every environment; a Plan is kept whole or not at all."""

    def latest(self, environment: str) -> Plan | None:
        """The Plan that was kept last; None before the first.

        Raises:
            Invalid: it cannot be read, or its hash does not match.
        """

    def keep(self, plan: Plan, beside: str = "") -> str:
        """Keep a Plan as the latest of its environment, or `beside` it under a word; tells by which name.

        Raises:
            TryLater: it cannot be kept; what was kept before is unchanged.
        """

    def name_of(self, environment: str, beside: str = "") -> str:
        """The name by which people and `named` find what `keep` keeps."""

    def hand_out(self, plan: Plan, name: str) -> None:
        """Put a Plan where somebody asked for it, by a name of theirs, beside what is kept.

        Raises:
            TryLater: it cannot be put there; what was there is unchanged.
        """

    def keep_ahead(self, name: str, ahead: Horizon) -> str:
        """Keep what lies ahead of a Plan beside it, by the name that `keep` told or that it was put under.

        Raises:
            TryLater: it cannot be kept; what was kept before is unchanged.
        """

    def named(self, name: str) -> Plan:
        """The Plan of that name: one that `keep` told, or what somebody calls theirs.

        Raises:
            Invalid: there is none, it cannot be read, or its hash does not match.
        """


class AppliedPlans(Protocol):
    """Remembers of every environment the Plan that was carried out last, and how far that has come."""

    def last(self, environment: str) -> Applied | None:
        """The Plan last applied; None before the first time.

        Raises:
            Invalid: the record cannot be read, or its Plan is not the one that was applied.
        """

    def record(self, plan: Plan, *, complete: bool) -> None:
        """Remember that a Plan was applied, wholly or in part.

        Raises:
            TryLater: it cannot be written; what was remembered before is unchanged.
        """

    def forget(self, environment: str) -> None:
        """Remember nothing, not even a journal: the environment was taken down."""

    def journal(self, environment: str) -> ApplyJournal | None:
        """The journal of the Plan that is carried out, or was last; None before the first time.

        Raises:
            Invalid: this version cannot read it.
        """

    def keep_journal(self, journal: ApplyJournal) -> None:
        """Keep a journal as the one of its environment, whole.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """

    def removal(self, environment: str) -> DestroyJournal | None:
        """The journal by which the environment is taken down, or was last; `forget` leaves it there.

        None before the first time.

        Raises:
            Invalid: this version cannot read it.
        """

    def keep_removal(self, journal: DestroyJournal) -> None:
        """Keep a journal of taking down as the one of its environment, whole.

        Raises:
            TryLater: it cannot be kept; what was there is unchanged.
        """
