"""Keeps the key that signs acceptance packs, and checks signatures without it (Ed25519, RFC 8032)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
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
from cmp.store.files import read, write_atomically

KEY = "acceptance.key"
RETIRED = "retired"


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
        write_atomically(path, pem, mode=0o600)
        return key
    if path.stat().st_mode & 0o077:
        raise Invalid(f"{path} may be read by others than its owner", hint=f"chmod 600 {path}, and rotate it")
    try:
        key = load_pem_private_key(read(path, "the signing key"), password=None)  # type: ignore[assignment]
    except ValueError as error:
        raise Invalid(f"{path} is no key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(f"{path} is no Ed25519 key")
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
        (folder / KEY).unlink()
    return fingerprint(public_pem(signing_key(folder)))


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public part of a key as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(public: bytes) -> str:
    """A name for a public key: the first 16 hexadecimal digits of the SHA-256 of its PEM."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """True when the key whose public part is given signed exactly this content.

    Raises:
        Invalid: the public part is no Ed25519 key.
    """
    try:
        key = load_pem_public_key(public)
    except ValueError as error:
        raise Invalid(f"the public key cannot be read: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("the public key is no Ed25519 key")
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
