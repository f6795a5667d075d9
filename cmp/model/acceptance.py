"""Defines the acceptance pack of a move: its opening form, its evidence, and the journal it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from cmp.model.base import Document, Id, Title
from cmp.model.migration_journal import Fired, MigrationJournal


class Shown(StrEnum):
    """How far an item is shown."""

    SHOWN = "shown"
    NOT_SHOWN = "not-shown"
    FAILED = "failed"


class Evidence(Document):
    """An item of the protection levels with what was seen of it; `level` is the lowest that asks for it."""

    item: Title
    level: int
    state: Shown
    seen: str


class Form(Document):
    """The opening confirmation form (网络开通确认单): what was connected, how it measured, who signs."""

    unit: str
    network: Id
    access_class: str | None
    zone: Id
    center: Id
    old: str
    ipv4: str
    ipv6: str
    gateways: tuple[str, ...]
    hosts: int
    date: str
    bandwidth_mbps: float | None
    lost_probes: int | None
    interruption_ms: float | None
    longest_tcp_stall_ms: float | None
    parties: tuple[str, ...] = ("connected unit", "network operator")


class AcceptancePack(Document):
    """Everything that is handed over; its bytes are signed, and by `files` those of what lies beside it."""

    version: Literal[1, 2] = 2
    """Of version 1 the page for people was not signed."""
    algorithm: Literal["Ed25519"] = "Ed25519"
    environment: str
    plan: str
    form: Form
    evidence: tuple[Evidence, ...]
    fired: tuple[Fired, ...]
    addresses: tuple[Mapping[str, str], ...]
    measured: Mapping[str, float] = Field(default_factory=dict)
    loss_ms: Mapping[str, float] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    journal: MigrationJournal
    signed_by: str
    """The fingerprint of the key; of version 1 its first 16 digits."""
    files: Mapping[str, str] = Field(default_factory=dict)
    """The SHA-256, in hex, of each other file of the pack, by name."""
