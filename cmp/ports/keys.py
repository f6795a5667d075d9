"""Says what use cases ask of whatever keeps signing keys: private parts stay there, and only sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """Why a key is believed."""

    GIVEN = "given"
    """Whoever asks named it."""
    OWN = "own"
    """This installation signs with it now."""
    RETIRED = "retired"
    """This installation signed with it before."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The public part of a key, in PEM, and why it is believed."""

    public: bytes
    standing: Standing

    @property
    def fingerprint(self) -> str:
        """Its name: SHA-256, in hex."""
        return fingerprint(self.public)


def fingerprint(public: bytes) -> str:
    """A name for a public key: the SHA-256, in hex, of its PEM.

    All of it: of a shorter one somebody could make a key of their own that bears the name.
    """
    return hashlib.sha256(public).hexdigest()


class Signer(Protocol):
    """Signs by Ed25519; who holds one need not hold the key."""

    @property
    def public(self) -> bytes:
        """The public part, in PEM."""

    def sign(self, content: bytes) -> bytes:
        """The signature of exactly this content, 64 bytes.

        Raises:
            TryLater: whoever holds the key cannot be asked.
        """


class Keys(Protocol):
    """The keys that acceptance packs are signed with, and the public parts of those before."""

    def signer(self) -> Signer:
        """Signs with the key of this installation, which is made at the first call.

        Raises:
            Invalid: others may read it, or it is no Ed25519 key.
            TryLater: it cannot be written.
        """

    def rotate(self) -> str:
        """Take a new key; the public part of the old one stays, for old packs. Tells the new fingerprint.

        Raises:
            Invalid: the present key cannot be read.
            TryLater: it cannot be kept.
        """

    def known(self) -> tuple[KnownKey, ...]:
        """The installation's own key and retired ones; none is made here.

        Raises:
            Invalid: one of them cannot be read.
        """
