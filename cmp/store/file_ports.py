"""Keeps everything in files of one state folder: the twin of each port for one person."""

# ruff: noqa: PLC0415 - who validates or asks for help waits for no Plan: each verb brings what it needs

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from cmp.model.base import Document
from cmp.ports.addresses import Addresses
from cmp.ports.bundle import Ports
from cmp.ports.plans import Applied
from cmp.settings import Layout
from cmp.store import clusters
from cmp.store.audit import FileAudit
from cmp.store.consents import FileConsents
from cmp.store.environments import FolderEnvironments
from cmp.store.files import write_named
from cmp.store.lease_files import FileLeases
from cmp.store.secret_keepers import SecretsHere

if TYPE_CHECKING:
    from cmp.model.apply_journal import ApplyJournal
    from cmp.model.destroy_journal import DestroyJournal
    from cmp.model.horizon import Horizon
    from cmp.model.journal import Journal
    from cmp.model.migration import MigrationPlan
    from cmp.model.named_file import NamedFile
    from cmp.model.plan import Plan, ZoneNetwork
    from cmp.ports.keys import KnownKey
    from cmp.store import keys

D = TypeVar("D", bound=Document)


def file_ports(layout: Layout) -> Ports:
    """The ports of a state folder; nothing is made before it is needed."""
    return Ports(
        environments=FolderEnvironments(),
        plans=FilePlans(layout),
        applied=FileApplied(layout),
        journals=FileJournals(layout),
        migrations=FileMigrations(layout),
        addresses=FileAddresses(layout),
        keys=FileKeys(layout.keys),
        leases=FileLeases(layout),
        clusters=FileClusters(layout.clusters),
        consents=FileConsents(layout.consents),
        audit=FileAudit(layout.audit),
        secrets=SecretsHere(),
    )


@dataclass(frozen=True, slots=True)
class FilePlans:
    """The latest Plan of every environment, one file each; others beside it by their word."""

    layout: Layout

    def latest(self, environment: str) -> Plan | None:
        """The Plan that was kept last; None before the first."""
        from cmp.store import plans

        return plans.kept(self.layout.plan(environment))

    def keep(self, plan: Plan, beside: str = "") -> str:
        """Keep a Plan; tells its file."""
        from cmp.store import plans

        file = self._file(plan.environment.name, beside)
        plans.save(plan, file)
        return str(file)

    def name_of(self, environment: str, beside: str = "") -> str:
        """The file."""
        return str(self._file(environment, beside))

    def named(self, name: str) -> Plan:
        """The Plan in a file, which may be anybody's."""
        from cmp.store import plans

        return plans.load(Path(name))

    def hand_out(self, plan: Plan, name: str) -> None:
        """Write a Plan's canonical bytes where somebody asked for them."""
        from cmp.store import plans

        plans.save_named(plan, Path(name))

    def keep_ahead(self, name: str, ahead: Horizon) -> str:
        """Write what lies ahead of a Plan beside its file; tells the file."""
        return keep_ahead(name, ahead)

    def _file(self, environment: str, beside: str) -> Path:
        return self.layout.plan(f"{environment}-{beside}" if beside else environment)


def keep_ahead(name: str, ahead: Horizon) -> str:
    """Write what lies ahead beside a Plan's file, which stays the same bytes with it and without."""
    file = Path(name).with_name(f"{Path(name).stem}.horizon.json")
    write_named(file, ahead.to_json())
    return str(file)


@dataclass(frozen=True, slots=True)
class FileApplied:
    """What was applied last, one file an environment."""

    layout: Layout

    def last(self, environment: str) -> Applied | None:
        """The Plan last applied; None before the first time."""
        from cmp.store import plans

        return plans.last_applied(self.layout.applied_plan(environment))

    def record(self, plan: Plan, *, complete: bool) -> None:
        """Remember that a Plan was applied, wholly or in part."""
        from cmp.store import plans

        plans.record_applied(plan, self.layout.applied_plan(plan.environment.name), complete=complete)

    def forget(self, environment: str) -> None:
        """Remember nothing."""
        from cmp.store import apply_journals, plans

        plans.forget_applied(self.layout.applied_plan(environment))
        apply_journals.forget(self.layout.applying(environment))

    def journal(self, environment: str) -> ApplyJournal | None:
        """The journal of the Plan that is carried out, or was last."""
        from cmp.model.apply_journal import ApplyJournal
        from cmp.store import apply_journals

        return apply_journals.load(self.layout.applying(environment), ApplyJournal)

    def keep_journal(self, journal: ApplyJournal) -> None:
        """Keep a journal whole."""
        from cmp.store import apply_journals

        apply_journals.save(journal, self.layout.applying(journal.environment))

    def removal(self, environment: str) -> DestroyJournal | None:
        """The journal by which the environment is taken down, or was last."""
        from cmp.model.destroy_journal import DestroyJournal
        from cmp.store import apply_journals

        return apply_journals.load(self.layout.removing(environment), DestroyJournal)

    def keep_removal(self, journal: DestroyJournal) -> None:
        """Keep a journal of taking down whole."""
        from cmp.store import apply_journals

        apply_journals.save(journal, self.layout.removing(journal.environment))


@dataclass(frozen=True, slots=True)
class FileJournals:
    """Journals of moves, a folder an environment, one file each."""

    layout: Layout

    def save(self, journal: Journal) -> None:
        """Keep a journal whole."""
        from cmp.store import journals

        journals.save(journal, self.layout.journals)

    def all_of(self, environment: str) -> tuple[Journal, ...]:
        """The journals of one environment, the oldest first."""
        from cmp.store import journals

        return journals.all_of(self.layout.journals, environment)

    def named(self, name: str) -> Journal:
        """The journal of that id, or the one that a file is a copy of."""
        from cmp.store import journals

        return journals.named(name, self.layout.journals)


@dataclass(frozen=True, slots=True)
class FileMove:
    """What is kept of one network's move, in its folder."""

    folder: Path

    def where(self, name: str = "") -> str:
        """The path of a part, or of the folder."""
        return str(self.folder / name)

    def part(self, name: str) -> bytes | None:
        """The file of this name; None where there is none."""
        from cmp.store.files import read_if_there

        return read_if_there(self.folder / name, name)

    def keep_part(self, part: NamedFile) -> None:
        """Write the file of this name."""
        from cmp.store.files import write_atomically

        write_atomically(self.folder / part.name, part.content)

    def forget_part(self, name: str) -> None:
        """Remove the file of this name; nothing where there is none."""
        from cmp.store.files import remove

        remove(self.folder / name)

    def plan(self) -> MigrationPlan | None:
        """The current plan; None where none was made."""
        from cmp.store import migrations

        file = self.folder / migrations.PLAN
        return migrations.load_plan(file) if file.exists() else None

    def keep_plan(self, plan: MigrationPlan) -> None:
        """Keep a plan as the current one, and for good by its hash."""
        from cmp.store import migrations

        migrations.save_plan(plan, self.folder)

    def begun_by(self, plan_hash: str) -> MigrationPlan:
        """The plan by which a move was begun."""
        from cmp.store import migrations

        return migrations.load_begun(self.folder, plan_hash)

    def kept(self, kind: type[D]) -> D | None:
        """The document of a kind; None where there is none yet."""
        from cmp.store import migrations

        return cast("D | None", migrations.KINDS[kind].load(self.folder))

    def keep(self, document: Document) -> None:
        """Keep a document as the one of its kind."""
        from cmp.store import migrations

        migrations.KINDS[type(document)].save(document, self.folder)


@dataclass(frozen=True, slots=True)
class FileMigrations:
    """The moves of private networks, a folder each."""

    layout: Layout

    def of(self, environment: str, network: str) -> FileMove:
        """What is kept of one network's move."""
        return FileMove(self.layout.migration(environment, network))


@dataclass(frozen=True, slots=True)
class FileAddresses:
    """Addresses in the state folder's database, or in the one that the layout names."""

    layout: Layout

    @property
    def database(self) -> str | None:
        """The URL that the layout names."""
        return self.layout.database

    @contextmanager
    def opened(self, clock: Callable[[], datetime] | None = None) -> Iterator[Addresses]:
        """The addresses, as long as the block runs."""
        from cmp.store.ipam import SqlAddresses
        from cmp.store.sql import url_of

        store = SqlAddresses(url_of(self.layout.database, self.layout.ipam), clock)
        try:
            yield store
        finally:
            store.close()

    def is_empty(self) -> bool:
        """True where nobody ever wrote anything."""
        return self.layout.database is None and not self.layout.ipam.exists()

    def before(self, environment: str) -> tuple[ZoneNetwork, ...]:
        """What was allocated before there was a database."""
        from cmp.store import plans

        return plans.remembered_networks(self.layout.allocation(environment))


@dataclass(frozen=True, slots=True)
class FileKeys:
    """The signing key in a file that only its owner may read (0600), and the public parts of those before."""

    folder: Path

    def signer(self) -> keys.HeldKey:
        """Signs with the key of this installation, which is made at the first call."""
        from cmp.store import keys

        return keys.HeldKey(keys.signing_key(self.folder))

    def rotate(self) -> str:
        """Take a new key; the public part of the old one stays."""
        from cmp.store import keys

        return keys.rotate(self.folder)

    def known(self) -> tuple[KnownKey, ...]:
        """The installation's own key and retired ones."""
        from cmp.store.keyring import known_keys

        return known_keys(self.folder)


@dataclass(frozen=True, slots=True)
class FileClusters:
    """The identities of clusters, in one file."""

    path: Path

    def known(self) -> Mapping[str, str]:
        """The identities by cloud; none at first."""
        return clusters.known(self.path)

    def remember(self, identities: Mapping[str, str]) -> None:
        """Keep identities, besides those that are known."""
        clusters.remember(self.path, identities)
