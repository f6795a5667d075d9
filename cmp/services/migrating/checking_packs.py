"""Checks an acceptance pack offline, by keys that are known: it does not vouch for itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cmp.errors import Differs, Invalid
from cmp.model.acceptance import AcceptancePack
from cmp.ports.keys import Keys, KnownKey, fingerprint
from cmp.sentences import Sentence
from cmp.services.migrating.accepting import PACK, PAGE, PUBLIC, SIGNATURE
from cmp.store import keys
from cmp.store.files import read_given
from cmp.store.keyring import believed, signer_of

_SHORT = 16
"""Hexadecimal digits of the key's name in packs of version 1."""
_AGAIN = "take the pack from where it was first kept, or write it anew with `tricenter net verify`"


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack that is as it was signed: its document, whose key signed it, and the files that this covers."""

    pack: AcceptancePack
    key: KnownKey
    files: tuple[str, ...]

    @property
    def document(self) -> Mapping[str, Any]:
        """The same as a document: by which key it was checked, and what that covers."""
        name = self.key.fingerprint
        return {
            "ok": True,
            "signed_by": name,
            "key": {"fingerprint": name, "status": self.key.standing},
            "network": self.pack.form.network,
            "plan": self.pack.plan,
            "files": self.files,
        }


def check_pack(folder: Path, ours: Keys, given: Path | None = None) -> Checked:
    """Check every file of a pack by the keys that are known.

    Args:
        folder: the pack.
        ours: the keys of the installation.
        given: the file of a public key that has to have signed it; None: one of the installation's has to.

    Raises:
        Invalid: a part of the pack, or a key, is missing or cannot be read.
        Differs: no known key signed it, or a file is not what was signed, or does not belong to it.
    """
    content = _part(folder, PACK, "the pack")
    key = _signer(folder, content, believed(ours, given))
    document = _document(content, folder / PACK)
    if reasons := [*_objections(document, key, folder)]:
        raise Differs(
            Sentence(
                "{folder} is not the pack that was signed: {names}", folder=folder, names="; ".join(reasons)
            ),
            hint=_AGAIN,
        )
    return Checked(document, key, tuple(sorted({PACK, PUBLIC, SIGNATURE, *document.files})))


def _signer(folder: Path, content: bytes, known: Sequence[KnownKey]) -> KnownKey:
    """The known key that signed the pack, or a refusal that tells a forger's key from a changed pack."""
    signature = _part(folder, SIGNATURE, "its signature")
    if key := signer_of(content, signature, known):
        return key
    beside = keys.public_key(_part(folder, PUBLIC, "its public key"), folder / PUBLIC)
    name = fingerprint(beside)
    if beside not in {each.public for each in known} and keys.is_signed(content, signature, beside):
        raise Differs(
            Sentence(
                "{folder} is signed by the key {name}, which is not known here: that proves nothing",
                folder=folder / PACK,
                name=name,
            ),
            hint="ask those who handed it over for their public key by another way, and name it with --key",
        )
    tried = ", ".join(f"{each.fingerprint} ({each.standing})" for each in known) or "none is known here"
    raise Differs(
        Sentence(
            "{folder} is not what any known key signed; keys tried: {tried}",
            folder=folder / PACK,
            tried=tried,
        ),
        hint=Sentence("{AGAIN}; or name the key that signed it with --key", AGAIN=_AGAIN),
    )


def _objections(document: AcceptancePack, key: KnownKey, folder: Path) -> Iterator[str]:
    """All that keeps a signed document and what lies around it from being one pack."""
    named = key.fingerprint if document.version > 1 else key.fingerprint[:_SHORT]
    if document.signed_by != named:
        yield f"it says that the key {document.signed_by:.80} signed it, but {key.fingerprint} did"
    if keys.public_key(_part(folder, PUBLIC, "its public key"), folder / PUBLIC) != key.public:
        yield f"{PUBLIC} is not the key that signed it"
    there = {path.name for path in folder.iterdir()} - {PACK, SIGNATURE, PUBLIC}
    for name in sorted(there - set(document.files)):
        yield _unsigned(name, document)
    for name, digest in sorted(document.files.items()):
        if name not in there:
            yield f"{name} is missing"
        elif hashlib.sha256(_part(folder, name, "a part of the pack")).hexdigest() != digest:
            yield f"{name} was changed"


def _unsigned(name: str, document: AcceptancePack) -> str:
    if name == PAGE and document.version == 1:
        return f"{name} was not covered by signatures of version 1: move it away to check the rest"
    return f"{name!r:.80} does not belong to it"


def _document(content: bytes, path: Path) -> AcceptancePack:
    try:
        return AcceptancePack.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is no pack that this version reads: {place}: {first}",
                path=path,
                place=place,
                first=first["msg"],
            )
        ) from error


def _part(folder: Path, name: str, what: str) -> bytes:
    """The bytes of a file of the pack: of a plain file, so that what is read is what is handed on."""
    path = folder / name
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Invalid(Sentence("{path} is no plain file", path=path), hint=_AGAIN)
    return read_given(path, what)
