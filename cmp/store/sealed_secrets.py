"""Keeps the secrets of one person in sealed files (age), which the person's own identity alone opens.

`secret://service/password` is the file `service/password.age` below the folder of secrets; the identity is a
file of its own, which nobody else may read. Any tool that speaks age makes and opens the same files. A file
without the ending holds a secret as it is, for nobody else to read (0600), as earlier versions had it.
"""

from __future__ import annotations

import re
import secrets as chance
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cmp.errors import Invalid
from cmp.model.texts import SECRET
from cmp.ports.secrets import SCHEME, SUDO, TSIG
from cmp.sentences import Sentence
from cmp.store.files import read_if_there, write_atomically, write_once

if TYPE_CHECKING:
    import pyrage

ENDING: Final = ".age"
REGISTRY: Final = f"{SCHEME}registry/"
"""References of what registries ask for."""
_LETTERS: Final = 24
_OF_HOSTS: Final = re.compile(rf"(?:{SUDO}|{TSIG})[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}")
"""Names that earlier versions had for passwords and keys, which are no file of another folder either."""


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """Secrets in a folder, sealed to the identity in a file."""

    folder: Path
    identity: Path

    def reveal(self, reference: str) -> str:
        """The secret of a sealed file, or of a plain one."""
        import pyrage  # noqa: PLC0415 - few commands open a secret

        path = self._sealed(reference)
        sealed = read_if_there(path, f"the secret {reference}")
        if sealed is None:
            return self._plain(reference)
        try:
            return _text(pyrage.decrypt(sealed, [self._identity()]), reference)
        except pyrage.DecryptError as error:
            raise Invalid(
                Sentence(
                    "the secret {reference} is sealed to another identity than {identity}, or torn",
                    reference=reference,
                    identity=self.identity,
                ),
                hint="seal it anew: `tricenter secret keep`",
            ) from error

    def keep(self, reference: str, secret: str) -> None:
        """Seal a secret; the identity is made at the first one."""
        import pyrage  # noqa: PLC0415 - few commands open a secret

        if not secret:
            raise Invalid(Sentence("an empty secret is none: {reference}", reference=reference))
        path = self._sealed(reference)
        if not self.identity.exists():
            write_once(self.identity, f"{pyrage.x25519.Identity.generate()}\n".encode())
        write_atomically(path, pyrage.encrypt(secret.encode(), [self._identity().to_public()]))

    def _identity(self) -> pyrage.x25519.Identity:
        """The first identity in the file, between comments.

        Raises:
            Invalid: there is none, or others may read it.
        """
        import pyrage  # noqa: PLC0415 - few commands open a secret

        content = read_if_there(self.identity, "the identity")
        lines = (content or b"").decode(errors="replace").splitlines()
        for line in lines:
            if line.strip() and not line.startswith("#"):
                try:
                    return pyrage.x25519.Identity.from_str(line.strip())
                except pyrage.IdentityError as error:
                    raise Invalid(
                        Sentence("{identity} holds no identity of age (x25519)", identity=self.identity)
                    ) from error
        raise Invalid(
            Sentence(
                "there is no identity in {identity}: nothing sealed can be opened", identity=self.identity
            ),
            hint="put it back from where it was kept apart; `tricenter secret keep` makes a first one",
        )

    def _sealed(self, reference: str) -> Path:
        return self.folder / f"{name_in(reference)}{ENDING}"

    def _plain(self, reference: str) -> str:
        found = read_if_there(self.folder / name_in(reference), f"the secret {reference}")
        if found is None:
            raise Invalid(
                Sentence("there is no secret {reference}", reference=reference),
                hint=Sentence("`tricenter secret keep {reference}` seals one", reference=reference),
            )
        return _text(found, reference)


@dataclass(frozen=True, slots=True)
class MadeUpSecrets:
    """Secrets of a lab, which makes up what nobody gave it, once; each a file that nobody else may read."""

    folder: Path

    def reveal(self, reference: str) -> str:
        """The secret, made up at the first time."""
        path = self.folder / name_in(reference)
        if not path.exists():
            self.keep(reference, _made_up(reference))
        found = read_if_there(path, f"the secret {reference}")
        return _text(found or b"", reference)

    def keep(self, reference: str, secret: str) -> None:
        """Keep a secret unless there is one, which then stays: servers are known by it."""
        write_once(self.folder / name_in(reference), secret.encode())


@dataclass(frozen=True, slots=True)
class MemorySecrets:
    """Secrets that are gone with the process."""

    known: dict[str, str] = field(default_factory=dict, repr=False)

    def reveal(self, reference: str) -> str:
        """The secret."""
        name = name_in(reference)
        if name not in self.known:
            raise Invalid(Sentence("there is no secret {reference}", reference=reference))
        return self.known[name]

    def keep(self, reference: str, secret: str) -> None:
        """Keep a secret."""
        if not secret:
            raise Invalid(Sentence("an empty secret is none: {reference}", reference=reference))
        self.known[name_in(reference)] = secret


def name_in(reference: str) -> str:
    """The name that a reference bears, which leads nowhere but below the place of secrets.

    Raises:
        Invalid: it is no reference; what was written is not repeated, since it may be the secret itself.
    """
    if not re.fullmatch(SECRET, reference) and not _OF_HOSTS.fullmatch(reference):
        raise Invalid(
            "that is no reference of a secret", hint="write secret://SCOPE/NAME in lower-case letters"
        )
    return reference.removeprefix(SCHEME)


def _text(content: bytes, reference: str) -> str:
    """A secret without the line's end.

    Raises:
        Invalid: it is no text, or there is nothing in it.
    """
    try:
        text = content.decode().rstrip("\n")
    except UnicodeDecodeError:
        raise Invalid(
            Sentence("the secret {reference} is no text", reference=reference)
        ) from None  # the cause would show a part of it
    if not text:
        raise Invalid(Sentence("the secret {reference} is empty", reference=reference))
    return text


def _made_up(reference: str) -> str:
    return '{"auths":{}}' if reference.startswith(REGISTRY) else chance.token_urlsafe(_LETTERS)
