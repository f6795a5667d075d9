"""Knows by which keys something signed is believed: one that is named, or the installation's own and retired.

A key that comes with what it signed proves nothing: whoever forges the one forges the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cmp.store.files import read, read_given
from cmp.store.keys import KEY, RETIRED, fingerprint, is_signed, public_key, public_pem, signing_key


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


def known_keys(folder: Path, given: Path | None = None) -> tuple[KnownKey, ...]:
    """The keys that are believed: the given one alone, or else the installation's own and retired ones.

    None is made here: an installation that never signed has none.

    Args:
        folder: where the installation keeps its keys.
        given: the file of a public key that whoever asks knows.

    Raises:
        Invalid: a file holds no Ed25519 key, or the own one may be read by others.
    """
    if given is not None:
        return (KnownKey(public_key(read_given(given, "the public key"), given), Standing.GIVEN),)
    own = [folder / KEY] if (folder / KEY).exists() else []
    retired = sorted((folder / RETIRED).glob("*.pub"))
    return (
        *(KnownKey(public_pem(signing_key(path.parent)), Standing.OWN) for path in own),
        *(KnownKey(public_key(read(path, "a retired key"), path), Standing.RETIRED) for path in retired),
    )


def signer_of(content: bytes, signature: bytes, known: Sequence[KnownKey]) -> KnownKey | None:
    """The known key that signed exactly this content; None where none did."""
    return next((key for key in known if is_signed(content, signature, key.public)), None)
