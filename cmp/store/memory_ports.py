"""Keeps everything in memory: the twin of each port for tests, and for trying a change out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeVar, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cmp.errors import Conflict, Invalid
from cmp.model.apply_journal import ApplyJournal
from cmp.model.base import Document
from cmp.model.destroy_journal import DestroyJournal
from cmp.model.horizon import Horizon
from cmp.model.journal import Journal
from cmp.model.migration import MigrationPlan
from cmp.model.named_file import NamedFile
from cmp.model.plan import Plan, ZoneNetwork
from cmp.ports.addresses import Addresses
from cmp.ports.bundle import Ports
from cmp.ports.keys import KnownKey, Standing, fingerprint
from cmp.ports.leases import Asked, Lease
from cmp.ports.plans import Applied
from cmp.sentences import Sentence
from cmp.store.audit import MemoryAudit
from cmp.store.consents import MemoryConsents
from cmp.store.kept_environments import KeptEnvironments, MemoryRevisions
from cmp.store.keys import HeldKey
from cmp.store.memory import MemoryAddresses
from cmp.store.sealed_secrets import MemorySecrets

D = TypeVar("D", bound=Document)


def memory_ports(clock: Callable[[], datetime]) -> Ports:
    """Ports that forget everything."""
    return Ports(
        environments=KeptEnvironments(MemoryRevisions()),
        plans=MemoryPlans(),
        applied=MemoryApplied(),
        journals=MemoryJournals(),
        migrations=MemoryMigrations(),
        addresses=MemoryAddressStore(MemoryAddresses(clock)),
        keys=MemoryKeys(),
        leases=MemoryLeases(),
        clusters=MemoryClusters(),
        consents=MemoryConsents(),
        audit=MemoryAudit(),
        secrets=MemorySecrets(),
    )


@dataclass(frozen=True, slots=True)
class MemoryPlans:
    """Plans by environment and what they lie beside as."""

    known: dict[str, Plan] = field(default_factory=dict)
    ahead: dict[str, Horizon] = field(default_factory=dict)

    def latest(self, environment: str) -> Plan | None:
        """The Plan that was kept last; None before the first."""
        return self.known.get(self.name_of(environment))

    def keep(self, plan: Plan, beside: str = "") -> str:
        """Keep a Plan; tells its name."""
        name = self.name_of(plan.environment.name, beside)
        self.known[name] = plan
        return name

    def name_of(self, environment: str, beside: str = "") -> str:
        """The name."""
        return f"state:{environment}/{beside}" if beside else f"state:{environment}"

    def hand_out(self, plan: Plan, name: str) -> None:
        """Keep a Plan under a name of somebody's own."""
        self.known[name] = plan

    def keep_ahead(self, name: str, ahead: Horizon) -> str:
        """Keep what lies ahead of a Plan."""
        self.ahead[name] = ahead
        return f"{name}/ahead"

    def named(self, name: str) -> Plan:
        """The Plan of that name."""
        if name not in self.known:
            raise Invalid(Sentence("there is no plan {name}", name=name))
        return self.known[name]


@dataclass(frozen=True, slots=True)
class MemoryApplied:
    """What was applied last, by environment."""

    known: dict[str, Applied] = field(default_factory=dict)
    journals: dict[str, ApplyJournal] = field(default_factory=dict)
    removals: dict[str, DestroyJournal] = field(default_factory=dict)

    def last(self, environment: str) -> Applied | None:
        """The Plan last applied; None before the first time."""
        return self.known.get(environment)

    def record(self, plan: Plan, *, complete: bool) -> None:
        """Remember that a Plan was applied, wholly or in part."""
        self.known[plan.environment.name] = Applied(plan, complete)

    def forget(self, environment: str) -> None:
        """Remember nothing."""
        self.known.pop(environment, None)
        self.journals.pop(environment, None)

    def journal(self, environment: str) -> ApplyJournal | None:
        """The journal of the Plan that is carried out, or was last."""
        return self.journals.get(environment)

    def keep_journal(self, journal: ApplyJournal) -> None:
        """Keep a journal whole."""
        self.journals[journal.environment] = journal

    def removal(self, environment: str) -> DestroyJournal | None:
        """The journal by which the environment is taken down, or was last."""
        return self.removals.get(environment)

    def keep_removal(self, journal: DestroyJournal) -> None:
        """Keep a journal of taking down whole."""
        self.removals[journal.environment] = journal


@dataclass(frozen=True, slots=True)
class MemoryJournals:
    """Journals of moves by id."""

    known: dict[str, Journal] = field(default_factory=dict)

    def save(self, journal: Journal) -> None:
        """Keep a journal whole."""
        self.known[journal.id] = journal

    def all_of(self, environment: str) -> tuple[Journal, ...]:
        """The journals of one environment, the oldest first."""
        mine = [journal for journal in self.known.values() if journal.environment == environment]
        return tuple(sorted(mine, key=lambda journal: (journal.began, journal.id)))

    def named(self, name: str) -> Journal:
        """The journal of that id."""
        if name not in self.known:
            known = ", ".join(sorted(self.known)) or "none"
            raise Invalid(
                Sentence("there is no journal {name}", name=name),
                hint=Sentence("known: {known}", known=known),
            )
        return self.known[name]


@dataclass(slots=True)
class MemoryMove:
    """What is kept of one network's move."""

    name: str
    current: MigrationPlan | None = None
    plans: dict[str, MigrationPlan] = field(default_factory=dict)
    documents: dict[type[Document], Document] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)

    def where(self, name: str = "") -> str:
        """A name that tells people that it lies nowhere."""
        return f"memory:{self.name}/{name}"

    def part(self, name: str) -> bytes | None:
        """What lies beside the documents under this name."""
        return self.parts.get(name)

    def keep_part(self, part: NamedFile) -> None:
        """Keep a part, in the place of the one of its name."""
        self.parts[part.name] = part.content

    def forget_part(self, name: str) -> None:
        """Keep a part no longer; nothing where there is none."""
        self.parts.pop(name, None)

    def plan(self) -> MigrationPlan | None:
        """The current plan; None where none was made."""
        return self.current

    def keep_plan(self, plan: MigrationPlan) -> None:
        """Keep a plan as the current one, and for good by its hash."""
        self.current = self.plans[plan.hash] = plan

    def begun_by(self, plan_hash: str) -> MigrationPlan:
        """The plan by which a move was begun."""
        if plan_hash not in self.plans:
            raise Invalid(Sentence("the plan {plan_hash} is not kept any more", plan_hash=plan_hash[:12]))
        return self.plans[plan_hash]

    def kept(self, kind: type[D]) -> D | None:
        """The document of a kind; None where there is none yet."""
        return cast("D | None", self.documents.get(kind))

    def keep(self, document: Document) -> None:
        """Keep a document as the one of its kind."""
        self.documents[type(document)] = document


@dataclass(frozen=True, slots=True)
class MemoryMigrations:
    """The moves of private networks."""

    known: dict[tuple[str, str], MemoryMove] = field(default_factory=dict)

    def of(self, environment: str, network: str) -> MemoryMove:
        """What is kept of one network's move."""
        return self.known.setdefault((environment, network), MemoryMove(f"{environment}/{network}"))


@dataclass(frozen=True, slots=True)
class MemoryAddressStore:
    """Opens the same addresses again and again."""

    kept: MemoryAddresses

    @property
    def database(self) -> str | None:
        """None: there is no database."""
        return None

    @contextmanager
    def opened(self, _clock: Callable[[], datetime] | None = None) -> Iterator[Addresses]:
        """The addresses."""
        yield self.kept

    def is_empty(self) -> bool:
        """True where nobody ever wrote anything."""
        return not self.kept.regions()

    def before(self, _environment: str) -> tuple[ZoneNetwork, ...]:
        """Nothing: there was no earlier version."""
        return ()


@dataclass(slots=True)
class MemoryKeys:
    """A key that is gone with the process, and the public parts of those before it."""

    own: HeldKey | None = None
    retired: tuple[KnownKey, ...] = ()

    def signer(self) -> HeldKey:
        """Signs with the key, which is made at the first call."""
        if self.own is None:
            self.own = HeldKey(Ed25519PrivateKey.generate())
        return self.own

    def rotate(self) -> str:
        """Take a new key; the public part of the old one stays."""
        if self.own is not None:
            self.retired = (*self.retired, KnownKey(self.own.public, Standing.RETIRED))
        self.own = None
        return fingerprint(self.signer().public)

    def known(self) -> tuple[KnownKey, ...]:
        """The key that signs now, and retired ones."""
        own = () if self.own is None else (KnownKey(self.own.public, Standing.OWN),)
        return (*own, *self.retired)


@dataclass(frozen=True, slots=True)
class MemoryLeases:
    """Leases between the threads of one process."""

    numbers: dict[str, int] = field(default_factory=dict)
    held_by: dict[str, Asked] = field(default_factory=dict)
    turn: Lock = field(default_factory=Lock)

    @contextmanager
    def held(self, asked: Asked) -> Iterator[Lease]:
        """Hold an environment while the block runs."""
        name = asked.environment
        with self.turn:
            if (other := self.held_by.get(name)) is not None:
                raise Conflict(
                    Sentence(
                        "{name} is being changed by `{command} {name}` of {id}",
                        name=name,
                        command=other.command,
                        id=other.actor.id,
                    ),
                    hint="wait until it has finished",
                )
            self.held_by[name] = asked
            self.numbers[name] = number = self.numbers.get(name, 0) + 1
        try:
            yield Lease(name, number, asked.run)
        finally:
            if self.numbers[name] == number:
                self.held_by.pop(name, None)

    def refuse_lost(self, lease: Lease) -> None:
        """Refuse whoever's environment was lent to somebody else meanwhile."""
        if self.numbers.get(lease.environment) != lease.number:
            raise Conflict(
                Sentence(
                    "{environment} was lent to somebody else while this run was away",
                    environment=lease.environment,
                )
            )


@dataclass(frozen=True, slots=True)
class MemoryClusters:
    """The identities of clusters by cloud."""

    kept: dict[str, str] = field(default_factory=dict)

    def known(self) -> Mapping[str, str]:
        """The identities by cloud; none at first."""
        return dict(self.kept)

    def remember(self, identities: Mapping[str, str]) -> None:
        """Keep identities, besides those that are known."""
        self.kept.update(identities)
