"""Checks an acceptance pack offline, by keys that are known: it does not vouch for itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cmp.errors import Differs, Invalid
from cmp.model.acceptance import AcceptancePack
from cmp.model.named_file import NamedFile
from cmp.ports.keys import Keys, KnownKey, fingerprint
from cmp.sentences import Sentence
from cmp.services.migrating.accepting import PACK, PAGES_OF_PACK, PUBLIC, SIGNATURE
from cmp.store import keys
from cmp.store.keyring import believed, signer_of

_SHORT = 16
"""Hexadecimal digits of the key's name in packs of version 1."""
AGAIN = "take the pack from where it was first kept, or write it anew with `tricenter net verify`"


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


@dataclass(frozen=True, slots=True)
class HandedPack:
    """A pack as it was handed in: what people call it, what lies in it, and what reads a part of it.

    `read` is given a name and what that is; it raises `Invalid` where this is missing or no plain file, so
    that what is checked is what is handed on.
    """

    name: str
    names: frozenset[str]
    read: Callable[[str, str], bytes]

    def place(self, name: str) -> str:
        """What people call a part of it."""
        return f"{self.name}/{name}"


def check_pack(pack: HandedPack, ours: Keys, given: NamedFile | None = None) -> Checked:
    """Check every file of a pack by the keys that are known.

    Args:
        pack: the pack.
        ours: the keys of the installation.
        given: a public key that has to have signed it; None: one of the installation's has to.

    Raises:
        Invalid: a part of the pack, or a key, is missing or cannot be read.
        Differs: no known key signed it, or a file is not what was signed, or does not belong to it.
    """
    content = pack.read(PACK, "the pack")
    key = _signer(pack, content, believed(ours, given))
    document = _document(content, pack.place(PACK))
    if reasons := [*_objections(document, key, pack)]:
        raise Differs(
            Sentence(
                "{folder} is not the pack that was signed: {names}",
                folder=pack.name,
                names="; ".join(reasons),
            ),
            hint=AGAIN,
        )
    return Checked(document, key, tuple(sorted({PACK, PUBLIC, SIGNATURE, *document.files})))


def _signer(pack: HandedPack, content: bytes, known: Sequence[KnownKey]) -> KnownKey:
    """The known key that signed the pack, or a refusal that tells a forger's key from a changed pack."""
    signature = pack.read(SIGNATURE, "its signature")
    if key := signer_of(content, signature, known):
        return key
    beside = keys.public_key(pack.read(PUBLIC, "its public key"), pack.place(PUBLIC))
    name = fingerprint(beside)
    if beside not in {each.public for each in known} and keys.is_signed(content, signature, beside):
        raise Differs(
            Sentence(
                "{folder} is signed by the key {name}, which is not known here: that proves nothing",
                folder=pack.place(PACK),
                name=name,
            ),
            hint="ask those who handed it over for their public key by another way, and name it with --key",
        )
    tried = ", ".join(f"{each.fingerprint} ({each.standing})" for each in known) or "none is known here"
    raise Differs(
        Sentence(
            "{folder} is not what any known key signed; keys tried: {tried}",
            folder=pack.place(PACK),
            tried=tried,
        ),
        hint=Sentence("{AGAIN}; or name the key that signed it with --key", AGAIN=AGAIN),
    )


def _objections(document: AcceptancePack, key: KnownKey, pack: HandedPack) -> Iterator[str]:
    """All that keeps a signed document and what lies around it from being one pack."""
    named = key.fingerprint if document.version > 1 else key.fingerprint[:_SHORT]
    if document.signed_by != named:
        yield f"it says that the key {document.signed_by:.80} signed it, but {key.fingerprint} did"
    if keys.public_key(pack.read(PUBLIC, "its public key"), pack.place(PUBLIC)) != key.public:
        yield f"{PUBLIC} is not the key that signed it"
    there = pack.names - {PACK, SIGNATURE, PUBLIC}
    for name in sorted(there - set(document.files)):
        yield _unsigned(name, document)
    for name, digest in sorted(document.files.items()):
        if name not in there:
            yield f"{name} is missing"
        elif hashlib.sha256(pack.read(name, "a part of the pack")).hexdigest() != digest:
            yield f"{name} was changed"


def _unsigned(name: str, document: AcceptancePack) -> str:
    if name in PAGES_OF_PACK and document.version == 1:
        return f"{name} was not covered by signatures of version 1: move it away to check the rest"
    return f"{name!r:.80} does not belong to it"


def _document(content: bytes, place: str) -> AcceptancePack:
    try:
        return AcceptancePack.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is no pack that this version reads: {place}: {first}",
                path=place,
                place=field,
                first=first["msg"],
            )
        ) from error
