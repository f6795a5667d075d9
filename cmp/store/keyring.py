"""Knows by which keys something signed is believed: one that is named, or the installation's own and retired.

A key that comes with what it signed proves nothing: whoever forges the one forges the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmp.model.named_file import NamedFile
from cmp.ports.keys import Keys, KnownKey, Standing
from cmp.store.files import read
from cmp.store.keys import KEY, RETIRED, is_signed, public_key, public_pem, signing_key


def believed(ours: Keys, given: NamedFile | None = None) -> tuple[KnownKey, ...]:
    """The keys that are believed: the given one alone, or else the installation's own and retired ones.

    Args:
        ours: the keys of the installation.
        given: a public key that whoever asks knows.

    Raises:
        Invalid: a file holds no Ed25519 key, or one of ours cannot be read.
    """
    if given is None:
        return ours.known()
    return (KnownKey(public_key(given.content, given.name), Standing.GIVEN),)


def known_keys(folder: Path) -> tuple[KnownKey, ...]:
    """The own and retired keys of an installation that keeps them in a folder; none is made here.

    Raises:
        Invalid: a file holds no Ed25519 key, or the own one may be read by others.
    """
    own = [folder / KEY] if (folder / KEY).exists() else []
    retired = sorted((folder / RETIRED).glob("*.pub"))
    return (
        *(KnownKey(public_pem(signing_key(path.parent)), Standing.OWN) for path in own),
        *(KnownKey(public_key(read(path, "a retired key"), path), Standing.RETIRED) for path in retired),
    )


def signer_of(content: bytes, signature: bytes, known: Sequence[KnownKey]) -> KnownKey | None:
    """The known key that signed exactly this content; None where none did."""
    return next((key for key in known if is_signed(content, signature, key.public)), None)
