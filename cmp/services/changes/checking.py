"""Checks the audit without anybody who keeps it: entry by entry, and against signed checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.audit import AuditEntry
from cmp.model.checkpoints import Checkpoint
from cmp.model.happenings import Event
from cmp.model.named_file import NamedFile
from cmp.model.sealing import canonical
from cmp.ports.keys import KnownKey, fingerprint
from cmp.sentences import Sentence
from cmp.store.keyring import believed, signer_of


@dataclass(frozen=True, slots=True)
class AuditWish:
    """What is checked: the state's audit, or one that `tricenter --json audit` wrote into a file.

    `checkpoints` were kept elsewhere; `key` is the public key of who signed them, where this
    installation does not know it.
    """

    file: NamedFile | None = None
    checkpoints: tuple[NamedFile, ...] = ()
    key: NamedFile | None = None


@dataclass(frozen=True, slots=True)
class CheckedAudit:
    """How many entries there are, and what is wrong, the first broken entry first."""

    entries: tuple[AuditEntry, ...]
    checkpoints: int
    findings: tuple[Event, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Numbers, and every finding as data."""
        newest = self.entries[-1] if self.entries else None
        return {
            "entries": len(self.entries),
            "newest": newest.hash if newest else "",
            "checkpoints": self.checkpoints,
            "findings": [each.document for each in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Checkpointed:
    """A checkpoint, which is to be kept elsewhere."""

    checkpoint: Checkpoint

    @property
    def content(self) -> bytes:
        """The file of it."""
        return canonical(self.checkpoint.document) + b"\n"

    @property
    def document(self) -> dict[str, Any]:
        """The checkpoint."""
        return self.checkpoint.model_dump(mode="json")


def checkpoint(means: Means) -> Checkpointed:
    """Sign how far the audit reaches.

    Raises:
        Invalid: the audit is empty or broken, or the signing key cannot be used.
        TryLater: whoever holds the key cannot be asked.
    """
    entries = means.ports.audit.entries()
    if not entries:
        raise Invalid("the audit is empty: there is nothing to sign", hint="change something first")
    signer, newest = means.ports.keys.signer(), entries[-1]
    made = Checkpoint(
        number=newest.number, hash=newest.hash, at=means.now().isoformat(), key=fingerprint(signer.public)
    )
    return Checkpointed(made.model_copy(update={"signature": signer.sign(made.signed).hex()}))


def verify_audit(means: Means, wish: AuditWish = AuditWish()) -> CheckedAudit:
    """Check an audit; what is wrong is an answer.

    Raises:
        Invalid: a file is no audit, checkpoint or key.
    """
    try:
        entries = _entries_in(wish.file) if wish.file else means.ports.audit.entries()
    except Invalid as error:
        if wish.file:
            raise
        return CheckedAudit((), 0, (Event("audit-broken", "", {"why": str(error)}),))
    known = believed(means.ports.keys, wish.key) if wish.checkpoints else ()
    seals = tuple((file.name, _checkpoint_in(file)) for file in wish.checkpoints)
    findings = (
        *_broken(entries),
        *(each for name, seal in seals for each in _against(name, seal, entries, known)),
    )
    return CheckedAudit(entries, len(seals), findings)


def _broken(entries: Sequence[AuditEntry]) -> Iterator[Event]:
    """The first entry that is not what was written, or does not follow; what comes after it says nothing."""
    earlier = None
    for entry in entries:
        if entry.hash != entry.digest():
            yield Event("audit-changed", str(entry.number), {"at": entry.at})
            return
        if not entry.follows(earlier):
            after = earlier.number if earlier else 0
            yield Event("audit-gap", str(entry.number), {"after": after})
            return
        earlier = entry


def _against(
    name: str, seal: Checkpoint, entries: Sequence[AuditEntry], known: Sequence[KnownKey]
) -> Iterator[Event]:
    """What a checkpoint that was kept elsewhere shows of these entries."""
    if signer_of(seal.signed, _bytes(seal.signature), known) is None:
        yield Event("checkpoint-unsigned", name, {"named": seal.key[:12]})
        return
    found = next((each for each in entries if each.number == seal.number), None)
    newest = entries[-1].number if entries else 0
    if found is None and newest < seal.number:
        yield Event("audit-cut", name, {"newest": newest, "number": seal.number})
    elif found is None or found.hash != seal.hash:
        yield Event("audit-other", name, {"number": seal.number, "at": seal.at})


def _entries_in(file: NamedFile) -> tuple[AuditEntry, ...]:
    try:
        return tuple(
            AuditEntry.model_validate_json(json.dumps(each)) for each in json.loads(file.content)["entries"]
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise Invalid(
            Sentence("{file} is no audit: {why}", file=file.name, why=str(error).splitlines()[0]),
            hint="`tricenter --json audit` writes one",
        ) from error


def _checkpoint_in(file: NamedFile) -> Checkpoint:
    try:
        return Checkpoint.model_validate_json(file.content)
    except ValidationError as error:
        raise Invalid(
            Sentence("{file} is no checkpoint of the audit", file=file.name),
            hint="`tricenter audit checkpoint FILE` writes one",
        ) from error


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
