"""Keeps the key that signs acceptance packs, and checks signatures without it (Ed25519, RFC 8032).

By which keys something signed is believed, `keyring` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from cmp.errors import Invalid
from cmp.ports.keys import fingerprint
from cmp.sentences import Sentence
from cmp.store.files import read, remove, write_atomically

KEY = "acceptance.key"
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class HeldKey:
    """Signs with a private key that this process holds."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The public part, in PEM."""
        return public_pem(self.key)

    def sign(self, content: bytes) -> bytes:
        """The signature of exactly this content, 64 bytes."""
        return self.key.sign(content)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key of this installation, made at the first call; only its owner may read it.

    Raises:
        Invalid: others may read it, or it is no Ed25519 key.
        TryLater: it cannot be written.
    """
    path = folder / KEY
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_atomically(path, pem)
        return key
    if path.stat().st_mode & 0o077:
        raise Invalid(
            Sentence("{path} may be read by others than its owner", path=path),
            hint=Sentence("chmod 600 {path}, and rotate it", path=path),
        )
    try:
        key = load_pem_private_key(read(path, "the signing key"), password=None)  # type: ignore[assignment]
    except ValueError as error:
        raise Invalid(Sentence("{path} is no key: {error}", path=path, error=error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(Sentence("{path} is no Ed25519 key", path=path))
    return key


def rotate(folder: Path) -> str:
    """Take a new key; the public part of the old one stays, for old packs. Tells the new name.

    Raises:
        Invalid: the present key cannot be read.
        TryLater: a file cannot be written.
    """
    if (folder / KEY).exists():
        public = public_pem(signing_key(folder))
        write_atomically(folder / RETIRED / f"{fingerprint(public)}.pub", public)
        remove(folder / KEY)
    return fingerprint(public_pem(signing_key(folder)))


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public part of a key as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(content: bytes, path: Path | str) -> bytes:
    """A public key that lies in a file, in the one form that fingerprints are made of.

    Raises:
        Invalid: it is none, one of another algorithm, or one for which anybody can sign.
    """
    remedy = "name the file of the public key, as it was handed over with the first acceptance pack"
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(
            Sentence("{path} holds no public key in PEM: {error}", path=path, error=error), hint=remedy
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(Sentence("{path} holds a key that is no Ed25519 key", path=path), hint=remedy)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if _anybody_signs(pem):
        raise Invalid(
            Sentence("{path} holds a key for which anybody can sign (a point of small order)", path=path),
            hint=remedy,
        )
    return pem


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """True when the key whose public part is given signed exactly this content.

    Args:
        content: all bytes that are signed.
        signature: 64 bytes; of any other length it is none.
        public: what `public_key` or `public_pem` gave.
    """
    key = load_pem_public_key(public)
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _anybody_signs(public: bytes) -> bool:
    """True for a point of small order: one signature, which needs no private key, fits every eighth text."""
    signature = bytes([1]) + bytes(63)
    return any(is_signed(bytes([each]), signature, public) for each in range(256))
