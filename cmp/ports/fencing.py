"""Guards ports by a lease: whatever is written under it is refused once somebody else was lent the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from cmp.model.apply_journal import ApplyJournal
from cmp.model.base import Document
from cmp.model.destroy_journal import DestroyJournal
from cmp.model.journal import Journal
from cmp.model.migration import MigrationPlan
from cmp.model.named_file import NamedFile
from cmp.model.plan import Plan
from cmp.ports.bundle import Ports
from cmp.ports.journals import Journals
from cmp.ports.leases import Lease
from cmp.ports.migrations import KeptMove, Migrations
from cmp.ports.plans import Applied, AppliedPlans

D = TypeVar("D", bound=Document)
Held = Callable[[], AbstractContextManager[None]]
"""What is recorded within it is recorded under the lease; raises `Conflict` where that is lost."""


def fenced(ports: Ports, lease: Lease) -> Ports:
    """The same ports, whose records of a change are written as long as the lease is ours."""

    @contextmanager
    def held() -> Iterator[None]:
        with ports.together():
            ports.leases.refuse_lost(lease)
            yield

    return replace(
        ports,
        applied=FencedApplied(ports.applied, held),
        journals=FencedJournals(ports.journals, held),
        migrations=FencedMigrations(ports.migrations, held),
    )


@dataclass(frozen=True, slots=True)
class FencedApplied:
    """What was applied last, under a lease."""

    inner: AppliedPlans
    held: Held

    def last(self, environment: str) -> Applied | None:
        """The Plan last applied."""
        return self.inner.last(environment)

    def record(self, plan: Plan, *, complete: bool) -> None:
        """Remember that a Plan was applied, if the lease is ours."""
        with self.held():
            self.inner.record(plan, complete=complete)

    def forget(self, environment: str) -> None:
        """Remember nothing, if the lease is ours."""
        with self.held():
            self.inner.forget(environment)

    def journal(self, environment: str) -> ApplyJournal | None:
        """The journal of the Plan that is carried out."""
        return self.inner.journal(environment)

    def keep_journal(self, journal: ApplyJournal) -> None:
        """Keep a journal, if the lease is ours."""
        with self.held():
            self.inner.keep_journal(journal)

    def removal(self, environment: str) -> DestroyJournal | None:
        """The journal by which the environment is taken down."""
        return self.inner.removal(environment)

    def keep_removal(self, journal: DestroyJournal) -> None:
        """Keep a journal of taking down, if the lease is ours."""
        with self.held():
            self.inner.keep_removal(journal)


@dataclass(frozen=True, slots=True)
class FencedJournals:
    """Journals of moves, under a lease."""

    inner: Journals
    held: Held

    def save(self, journal: Journal) -> None:
        """Keep a journal, if the lease is ours."""
        with self.held():
            self.inner.save(journal)

    def all_of(self, environment: str) -> tuple[Journal, ...]:
        """The journals of one environment."""
        return self.inner.all_of(environment)

    def named(self, name: str) -> Journal:
        """The journal of that id."""
        return self.inner.named(name)


@dataclass(frozen=True, slots=True)
class FencedMove:
    """What is kept of one network's move, under a lease."""

    inner: KeptMove
    held: Held

    def where(self, name: str = "") -> str:
        """Where people find a part, or all of them."""
        return self.inner.where(name)

    def part(self, name: str) -> bytes | None:
        """What lies beside its documents under this name."""
        return self.inner.part(name)

    def keep_part(self, part: NamedFile) -> None:
        """Keep a part, if the lease is ours."""
        with self.held():
            self.inner.keep_part(part)

    def forget_part(self, name: str) -> None:
        """Keep a part no longer, if the lease is ours."""
        with self.held():
            self.inner.forget_part(name)

    def plan(self) -> MigrationPlan | None:
        """The current plan."""
        return self.inner.plan()

    def keep_plan(self, plan: MigrationPlan) -> None:
        """Keep a plan, if the lease is ours."""
        with self.held():
            self.inner.keep_plan(plan)

    def begun_by(self, plan_hash: str) -> MigrationPlan:
        """The plan by which a move was begun."""
        return self.inner.begun_by(plan_hash)

    def kept(self, kind: type[D]) -> D | None:
        """The document of a kind."""
        return self.inner.kept(kind)

    def keep(self, document: Document) -> None:
        """Keep a document, if the lease is ours."""
        with self.held():
            self.inner.keep(document)


@dataclass(frozen=True, slots=True)
class FencedMigrations:
    """The moves of private networks, under a lease."""

    inner: Migrations
    held: Held

    def of(self, environment: str, network: str) -> FencedMove:
        """What is kept of one network's move."""
        return FencedMove(self.inner.of(environment, network), self.held)
