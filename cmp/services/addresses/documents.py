"""Answers with addresses: who holds what, what is wrong with it, files that were read or written, zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmp.model.addresses import Holding
from cmp.model.finding import Severity
from cmp.model.named_file import NamedFile
from cmp.network.addresses.reverse import ReverseZone
from cmp.network.addresses.rules.subject import Remark


@dataclass(frozen=True, slots=True)
class Waiting:
    """Prefixes or addresses that were given back and that nobody gets until a moment."""

    region: str
    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """Prefixes and addresses with who holds them; of a listing also what is in quarantine."""

    holdings: tuple[Holding, ...]
    quarantine: tuple[Waiting, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """One entry a holding, and one for what is in quarantine, where something is."""
        waiting = [
            {"region": each.region, "prefix": each.text, "until": each.until.isoformat()}
            for each in self.quarantine
        ]
        found: dict[str, Any] = {"allocations": [told(each) for each in self.holdings]}
        return found | ({"quarantine": waiting} if waiting else {})


@dataclass(frozen=True, slots=True)
class Linted:
    """What the rules of address plans object to, each with the holding that it is about."""

    remarks: tuple[tuple[Holding, Remark], ...]

    @property
    def is_broken(self) -> bool:
        """True where a rule is broken, and not only worth a note."""
        return any(remark.severity is Severity.ERROR for _, remark in self.remarks)

    @property
    def document(self) -> dict[str, Any]:
        """One entry a remark."""
        problems = [
            {
                **told(each),
                "code": remark.code,
                "message": remark.message,
                "severity": remark.severity,
            }
            for each, remark in self.remarks
        ]
        return {"problems": problems}


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How many holdings files had, and how many of them are new; where it is `dry` nothing was changed."""

    read: int
    new: int
    dry: bool
    added: tuple[Holding, ...] = ()
    """What is new, or would be."""

    @property
    def document(self) -> dict[str, Any]:
        """Both counts, and what is new."""
        added = [told(each) for each in self.added]
        return {"read": self.read, "new": self.new, "dry_run": self.dry, "added": added}


@dataclass(frozen=True, slots=True)
class Exported:
    """Files as NetBox takes them."""

    files: tuple[NamedFile, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Their texts by their names."""
        return {"files": {file.name: file.content.decode() for file in self.files}}


@dataclass(frozen=True, slots=True)
class ReverseZones:
    """Reverse zones, with the name server (its last dot with it) and the serial number of their texts."""

    zones: tuple[ReverseZone, ...]
    server: str
    serial: int

    @property
    def files(self) -> tuple[NamedFile, ...]:
        """A file for each zone."""
        return tuple(
            NamedFile(f"{zone.name.replace('/', '-')}.zone", self.text(zone).encode()) for zone in self.zones
        )

    def text(self, zone: ReverseZone) -> str:
        """The zone's file."""
        return zone.text(self.server, self.serial)

    @property
    def document(self) -> dict[str, Any]:
        """Every zone with its file's text."""
        return {"zones": [{"name": zone.name, "text": self.text(zone)} for zone in self.zones]}


def told(holding: Holding) -> dict[str, Any]:
    """A holding for programs."""
    return {
        "region": holding.region,
        "name": holding.name,
        "prefix": holding.text,
        "kind": holding.kind.value,
        "status": holding.status.value,
        "gateway": str(holding.gateway) if holding.gateway else None,
        **holding.labels.model_dump(),
    }
