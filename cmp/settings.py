"""Says where things lie and how patient we are; every value is explained where it is declared."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

ENGINE_VERSION = "6+ortools-9.12.4544"
"""Version of the scheduling engine; raised when equal inputs may give another Plan.

It names the version of OR-tools: another one may answer otherwise within the same effort.
"""

MIGRATION_VERSION = "1"
"""Version of the planner of moves; raised when equal inputs may give another plan: older ones are stale."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where on this machine labs run and the engine works, whoever keeps the rest of the state."""

    root: Path
    left_out: frozenset[str] = frozenset()
    """Kinds of cloud that are not started, carried out or asked; `KUBERNETES=0` leaves clusters out."""

    backend: str = field(default="", repr=False)
    """Address of the engine's state where processes share it, maybe with a password; empty: files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders below one state directory (`--state`, by default `.tricenter/`)."""

    root: Path
    database: str | None = field(default=None, repr=False)
    """URL of the database of addresses, which may hold a password; None: SQLite in the state folder."""

    @property
    def plans(self) -> Path:
        """Plans, one file an environment: the latest that was made."""
        return self.root / "plans"

    @property
    def applied(self) -> Path:
        """The Plan last applied, one file an environment."""
        return self.root / "applied"

    @property
    def clusters(self) -> Path:
        """Which cluster each cloud's address led to."""
        return self.root / "clusters.json"

    @property
    def ipam(self) -> Path:
        """The database of addresses, where no other is named."""
        return self.root / "ipam.sqlite"

    @property
    def allocations(self) -> Path:
        """Address allocations of states made before there was a database, one file an environment."""
        return self.root / "allocations"

    @property
    def journals(self) -> Path:
        """Journals of moves that were carried out, a folder an environment, one file each."""
        return self.root / "journals"

    @property
    def migrations(self) -> Path:
        """Plans, rehearsals and journals of networks that move, a folder an environment and network."""
        return self.root / "migrations"

    @property
    def keys(self) -> Path:
        """The key that acceptance packs are signed with, and the public parts of those before it."""
        return self.root / "keys"

    @property
    def audit(self) -> Path:
        """Who changed what, when and why: one file an entry."""
        return self.root / "audit"

    @property
    def consents(self) -> Path:
        """Who agreed to what: a folder an environment, one file each."""
        return self.root / "consents"

    @property
    def lock(self) -> Path:
        """Held alone by versions with one lock over everything; shared by whoever changes anything now."""
        return self.root / "apply.lock"

    @property
    def leases(self) -> Path:
        """A lock and the number given last for each environment."""
        return self.root / "leases"

    def lease(self, environment: str) -> Path:
        """Held by whoever changes an environment."""
        return self.leases / f"{environment}.lock"

    def plan(self, environment: str) -> Path:
        """The file of an environment's latest Plan."""
        return self.plans / f"{environment}.json"

    def applied_plan(self, environment: str) -> Path:
        """The file of an environment's last applied Plan."""
        return self.applied / f"{environment}.json"

    def applying(self, environment: str) -> Path:
        """The file of the journal by which an environment's Plan is carried out."""
        return self.root / "applying" / f"{environment}.json"

    def removing(self, environment: str) -> Path:
        """The file of the journal by which an environment is taken down."""
        return self.root / "removing" / f"{environment}.json"

    def migration(self, environment: str, network: str) -> Path:
        """The folder of one network that moves."""
        return self.migrations / environment / network

    def allocation(self, environment: str) -> Path:
        """The file of an environment's allocations."""
        return self.allocations / f"{environment}.json"


def digest(parts: list[str]) -> str:
    """SHA-256, in hex, over strings whose borders count."""
    summed = hashlib.sha256()
    for part in parts:
        summed.update(f"{len(part)}:".encode())
        summed.update(part.encode())
    return summed.hexdigest()
