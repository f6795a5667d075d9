"""Keeps everything in one database that a team shares: the SQL twin of each port, on SQLite or PostgreSQL.

Each verb is one transaction. What lies on a machine by nature (pages, acceptance packs, private keys)
stays in the state folder of whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, select

from cmp.errors import Invalid
from cmp.model.apply_journal import ApplyJournal
from cmp.model.base import Document
from cmp.model.destroy_journal import DestroyJournal
from cmp.model.horizon import Horizon
from cmp.model.journal import Journal
from cmp.model.migration import MigrationPlan
from cmp.model.named_file import NamedFile
from cmp.model.plan import Plan
from cmp.model.sealing import canonical
from cmp.ports.bundle import Ports
from cmp.ports.keys import KnownKey, Signer, Standing, fingerprint
from cmp.ports.plans import Applied
from cmp.sentences import Sentence
from cmp.settings import Layout
from cmp.store import apply_journals
from cmp.store import journals as journal_files
from cmp.store import migrations as move_files
from cmp.store import plans as plan_files
from cmp.store.database import Database, put
from cmp.store.file_ports import FileAddresses, FileKeys, FileMove, keep_ahead
from cmp.store.kept_environments import KeptEnvironments
from cmp.store.secret_keepers import SecretsHere
from cmp.store.sql import url_of
from cmp.store.sql_consents import SqlConsents
from cmp.store.sql_leases import SqlLeases
from cmp.store.sql_records import SqlAudit, SqlRevisions
from cmp.store.state_tables import applied, applying, clusters, journals, keys, moves, plans

D = TypeVar("D", bound=Document)

NAMED: Final = "state:"
"""How the names of Plans begin that the database keeps."""
AHEAD: Final = "ahead"
"""Beside which word it is kept what lies ahead of a Plan."""
REMOVAL: Final = "/removal"
"""After the name of an environment, which has no such letter, its journal of taking down is kept."""
PART: Final = "part"
"""Beside which word parts of a move are kept, by their names below it."""
FORGOTTEN: Final = "forgotten"
"""Beside which word it is kept that a part is no more."""
CURRENT: Final = "plan"
"""The kind under which the current plan of a move is kept; others by their hash below it."""


def sql_ports(url: str, layout: Layout) -> Ports:
    """The ports of a shared database; what lies on a machine by nature stays in the state folder.

    Raises:
        Invalid: it is no URL of SQLite or PostgreSQL, or its driver is not installed.
    """
    database = Database(url_of(url, layout.root))
    shared = Layout(layout.root, layout.database or url)
    return Ports(
        environments=KeptEnvironments(SqlRevisions(database)),
        plans=SqlPlans(database),
        applied=SqlApplied(database),
        journals=SqlJournals(database),
        migrations=SqlMigrations(database, layout),
        addresses=FileAddresses(shared),
        keys=SqlKeys(database, FileKeys(layout.keys)),
        leases=SqlLeases(database),
        clusters=SqlClusters(database),
        consents=SqlConsents(database),
        audit=SqlAudit(database),
        secrets=SecretsHere(),
        together=database.together,
    )


@dataclass(frozen=True, slots=True)
class SqlPlans:
    """The latest Plan of every environment, and those beside it."""

    database: Database = field(repr=False)

    def latest(self, environment: str) -> Plan | None:
        """The Plan that was kept last; None before the first."""
        return self._found(environment, "")

    def keep(self, plan: Plan, beside: str = "") -> str:
        """Keep a Plan; tells its name."""
        key = {"environment": plan.environment.name, "beside": beside}
        with self.database.writing() as connection:
            put(connection, plans, key, {"hash": plan.hash, "content": plan.to_json()})
        return self.name_of(plan.environment.name, beside)

    def name_of(self, environment: str, beside: str = "") -> str:
        """`state:ENVIRONMENT`, with the word of what lies beside it."""
        return f"state:{environment}/{beside}" if beside else f"state:{environment}"

    def hand_out(self, plan: Plan, name: str) -> None:
        """Write a Plan into a file that somebody asked for."""
        plan_files.save_named(plan, Path(name))

    def keep_ahead(self, name: str, ahead: Horizon) -> str:
        """Keep what lies ahead of a Plan: beside it in the database, or beside its file."""
        if not name.startswith(NAMED):
            return keep_ahead(name, ahead)
        environment, _, beside = name.removeprefix(NAMED).partition("/")
        key = {"environment": environment, "beside": f"{beside}/{AHEAD}" if beside else AHEAD}
        with self.database.writing() as connection:
            put(connection, plans, key, {"hash": ahead.plan, "content": ahead.to_json()})
        return f"{NAMED}{environment}/{key['beside']}"

    def named(self, name: str) -> Plan:
        """The Plan of a name that `keep` told, or the one in a file."""
        if not name.startswith(NAMED):
            return plan_files.load(Path(name))
        environment, _, beside = name.removeprefix(NAMED).partition("/")
        if (found := self._found(environment, beside)) is None:
            raise Invalid(
                Sentence("there is no plan {name}", name=name), hint="`tricenter plan ENV` makes one"
            )
        return found

    def _found(self, environment: str, beside: str) -> Plan | None:
        query = select(plans.c.content).where(plans.c.environment == environment, plans.c.beside == beside)
        with self.database.reading() as connection:
            content = connection.scalar(query)
        name = Path(self.name_of(environment, beside))
        return None if content is None else plan_files.sealed(bytes(content), name)


@dataclass(frozen=True, slots=True)
class SqlApplied:
    """What was applied last, by environment."""

    database: Database = field(repr=False)

    def last(self, environment: str) -> Applied | None:
        """The Plan last applied; None before the first time."""
        with self.database.reading() as connection:
            content = connection.scalar(select(applied.c.content).where(applied.c.environment == environment))
        return (
            None if content is None else plan_files.applied_in(bytes(content), Path(f"state:{environment}"))
        )

    def record(self, plan: Plan, *, complete: bool) -> None:
        """Remember that a Plan was applied, wholly or in part."""
        content = plan_files.applied_record(plan, complete=complete)
        with self.database.writing() as connection:
            key = {"environment": plan.environment.name}
            put(connection, applied, key, {"complete": complete, "content": content})

    def forget(self, environment: str) -> None:
        """Remember nothing."""
        with self.database.writing() as connection:
            for table in (applied, applying):
                connection.execute(delete(table).where(table.c.environment == environment))

    def journal(self, environment: str) -> ApplyJournal | None:
        """The journal of the Plan that is carried out, or was last."""
        return self._journal(environment, ApplyJournal)

    def keep_journal(self, journal: ApplyJournal) -> None:
        """Keep a journal whole."""
        self._keep(journal.environment, journal)

    def removal(self, environment: str) -> DestroyJournal | None:
        """The journal by which the environment is taken down, or was last."""
        return self._journal(f"{environment}{REMOVAL}", DestroyJournal)

    def keep_removal(self, journal: DestroyJournal) -> None:
        """Keep a journal of taking down whole."""
        self._keep(f"{journal.environment}{REMOVAL}", journal)

    def _journal(self, key: str, kind: type[D]) -> D | None:
        query = select(applying.c.content).where(applying.c.environment == key)
        with self.database.reading() as connection:
            content = connection.scalar(query)
        if content is None:
            return None
        return apply_journals.parsed_journal(bytes(content), Path(f"state:{key}"), kind)

    def _keep(self, key: str, journal: Document) -> None:
        with self.database.writing() as connection:
            put(connection, applying, {"environment": key}, {"content": apply_journals.bytes_of(journal)})


@dataclass(frozen=True, slots=True)
class SqlJournals:
    """Journals of moves, one row each."""

    database: Database = field(repr=False)

    def save(self, journal: Journal) -> None:
        """Keep a journal whole."""
        content = canonical(journal.model_dump(mode="json")) + b"\n"
        with self.database.writing() as connection:
            values = {"environment": journal.environment, "content": content}
            put(connection, journals, {"id": journal.id}, values)

    def all_of(self, environment: str) -> tuple[Journal, ...]:
        """The journals of one environment, the oldest first."""
        query = select(journals.c.id, journals.c.content).where(journals.c.environment == environment)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        found = [journal_files.parsed_journal(bytes(row.content), Path(row.id)) for row in rows]
        return tuple(sorted(found, key=lambda journal: (journal.began, journal.id)))

    def named(self, name: str) -> Journal:
        """The journal of that id."""
        with self.database.reading() as connection:
            content = connection.scalar(select(journals.c.content).where(journals.c.id == name))
            known = connection.scalars(select(journals.c.id).order_by(journals.c.id)).all()
        if content is None:
            raise Invalid(
                Sentence("there is no journal {name}", name=name),
                hint=Sentence("known: {names}", names=", ".join(known) or "none"),
            )
        return journal_files.parsed_journal(bytes(content), Path(name))


@dataclass(frozen=True, slots=True)
class SqlMove:
    """What is kept of one network's move."""

    database: Database = field(repr=False)
    environment: str
    network: str
    copies: FileMove
    """Where people of this machine find the parts: they open pages and hand packs on as files."""

    def where(self, name: str = "") -> str:
        """Where this machine's copy of a part lies, or of all of them."""
        return self.copies.where(name)

    def part(self, name: str) -> bytes | None:
        """What lies beside the documents under this name; versions before kept it in a folder alone."""
        content = self._read(f"{PART}/{name}")
        if content is None and self._read(f"{FORGOTTEN}/{name}") is None:
            return self.copies.part(name)
        return content

    def keep_part(self, part: NamedFile) -> None:
        """Keep a part for everybody, and this machine's copy of it."""
        with self.database.writing() as connection:
            put(connection, moves, self._key(f"{PART}/{part.name}"), {"content": part.content})
            self._drop(connection, f"{FORGOTTEN}/{part.name}")
        self.copies.keep_part(part)

    def forget_part(self, name: str) -> None:
        """Keep a part no longer, nor this machine's copy; those of other machines count no more."""
        with self.database.writing() as connection:
            put(connection, moves, self._key(f"{FORGOTTEN}/{name}"), {"content": b""})
            self._drop(connection, f"{PART}/{name}")
        self.copies.forget_part(name)

    def plan(self) -> MigrationPlan | None:
        """The current plan; None where none was made."""
        content = self._read(CURRENT)
        return None if content is None else move_files.plan_in(content, self._name(CURRENT))

    def keep_plan(self, plan: MigrationPlan) -> None:
        """Keep a plan as the current one, and for good by its hash."""
        with self.database.writing() as connection:
            for kind in (f"{CURRENT}/{plan.hash}", CURRENT):
                put(connection, moves, self._key(kind), {"content": plan.to_json()})
        self.copies.keep_plan(plan)  # people review it

    def begun_by(self, plan_hash: str) -> MigrationPlan:
        """The plan by which a move was begun."""
        kind = f"{CURRENT}/{plan_hash}"
        if (content := self._read(kind)) is None:
            raise Invalid(
                Sentence(
                    "the plan {plan_hash} by which {network} began to move is not kept any more",
                    plan_hash=plan_hash[:12],
                    network=self.network,
                ),
                hint="put it back from a copy: nothing else knows the way back",
            )
        return move_files.plan_in(content, self._name(kind))

    def kept(self, kind: type[D]) -> D | None:
        """The document of a kind; None where there is none yet."""
        content = self._read(kind.__name__)
        name = self._name(kind.__name__)
        return None if content is None else move_files.parsed_as(kind, content, name, f"the {kind.__name__}")

    def keep(self, document: Document) -> None:
        """Keep a document as the one of its kind."""
        text = json.dumps(document.model_dump(mode="json"), ensure_ascii=False)
        with self.database.writing() as connection:
            put(connection, moves, self._key(type(document).__name__), {"content": text.encode()})

    def _key(self, kind: str) -> Mapping[str, str]:
        return {"environment": self.environment, "network": self.network, "kind": kind}

    def _drop(self, connection: Connection, kind: str) -> None:
        where = [moves.c[column] == value for column, value in self._key(kind).items()]
        connection.execute(delete(moves).where(*where))

    def _name(self, kind: str) -> Path:
        return Path(f"state:{self.environment}/{self.network}/{kind}")

    def _read(self, kind: str) -> bytes | None:
        where = [moves.c[name] == value for name, value in self._key(kind).items()]
        with self.database.reading() as connection:
            content = connection.scalar(select(moves.c.content).where(*where))
        return None if content is None else bytes(content)


@dataclass(frozen=True, slots=True)
class SqlMigrations:
    """The moves of private networks."""

    database: Database = field(repr=False)
    layout: Layout

    def of(self, environment: str, network: str) -> SqlMove:
        """What is kept of one network's move."""
        copies = FileMove(self.layout.migration(environment, network))
        return SqlMove(self.database, environment, network, copies)


@dataclass(frozen=True, slots=True)
class SqlKeys:
    """Public parts of all keys that sign here; the private part stays in a file of who signs (0600)."""

    database: Database = field(repr=False)
    held: FileKeys

    def signer(self) -> Signer:
        """Signs with the key of this machine; its public part is known to all from then on."""
        signer = self.held.signer()
        if signer.public not in {each.public for each in self._known() if each.standing is Standing.OWN}:
            self._publish(signer.public, own=True)
        return signer

    def rotate(self) -> str:
        """Take a new key on this machine; the public part of the old one stays."""
        before = [each.public for each in self.held.known() if each.standing is Standing.OWN]
        name = self.held.rotate()
        for public in before:
            self._publish(public, own=False)
        self._publish(self.held.signer().public, own=True)
        return name

    def known(self) -> tuple[KnownKey, ...]:
        """The keys that sign here now, and retired ones."""
        shared = self._known()
        here = [each for each in self.held.known() if each.public not in {key.public for key in shared}]
        return (*shared, *here)

    def _known(self) -> tuple[KnownKey, ...]:
        query = select(keys.c.public, keys.c.own).order_by(keys.c.own.desc(), keys.c.fingerprint)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            KnownKey(bytes(row.public), Standing.OWN if row.own else Standing.RETIRED) for row in rows
        )

    def _publish(self, public: bytes, *, own: bool) -> None:
        with self.database.writing() as connection:
            put(connection, keys, {"fingerprint": fingerprint(public)}, {"public": public, "own": own})


@dataclass(frozen=True, slots=True)
class SqlClusters:
    """The identities of clusters, one row a cloud."""

    database: Database = field(repr=False)

    def known(self) -> Mapping[str, str]:
        """The identities by cloud; none at first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(clusters).order_by(clusters.c.cloud)).all()
        return {row.cloud: row.identity for row in rows}

    def remember(self, identities: Mapping[str, str]) -> None:
        """Keep identities, besides those that are known."""
        with self.database.writing() as connection:
            for cloud, identity in identities.items():
                put(connection, clusters, {"cloud": cloud}, {"identity": identity})
