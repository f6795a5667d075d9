"""Chooses who keeps the secrets: a server where one is named, else this person's sealed files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cmp.errors import Invalid
from cmp.files.placing import read_own
from cmp.ports.secrets import Secrets
from cmp.sentences import Sentence

SERVER: Final = "TRICENTER_SECRETS"
"""The address of OpenBao or Vault."""
TOKENS: Final = ("BAO_TOKEN", "VAULT_TOKEN")
NAMESPACES: Final = ("BAO_NAMESPACE", "VAULT_NAMESPACE")
AUTHORITIES: Final = ("BAO_CACERT", "VAULT_CACERT")
TOKEN_FILE: Final = ".vault-token"  # noqa: S105 - a name of a file
IDENTITY: Final = "identity.age"


@dataclass(frozen=True, slots=True)
class SecretsHere:
    """Whoever keeps secrets for this machine; asked for only when one is needed."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def reveal(self, reference: str) -> str:
        """The secret."""
        return secrets_here(self.environ).reveal(reference)

    def keep(self, reference: str, secret: str) -> None:
        """Keep a secret."""
        secrets_here(self.environ).keep(reference, secret)


def secrets_here(environ: Mapping[str, str] = os.environ) -> Secrets:
    """Who answers references on this machine, as far as its surroundings say.

    Raises:
        Invalid: a server is named, and no token for it; or its address would send secrets in clear.
    """
    if not (address := environ.get(SERVER, "")):
        from cmp.store.sealed_secrets import SealedSecrets  # noqa: PLC0415 - few commands open a secret

        mine = own_folder(environ)
        return SealedSecrets(mine / "secrets", mine / IDENTITY)
    from cmp.store.vault_secrets import VaultSecrets  # noqa: PLC0415 - one person asks no server

    return VaultSecrets(
        address,
        _token(environ),
        mount=environ.get("TRICENTER_SECRETS_MOUNT", "secret"),
        prefix=environ.get("TRICENTER_SECRETS_PREFIX", "tricenter"),
        namespace=_first(environ, NAMESPACES),
        authority=_first(environ, AUTHORITIES) or None,
    )


def own_folder(environ: Mapping[str, str]) -> Path:
    """Where this person's own things lie."""
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".config") / "tricenter"


def _token(environ: Mapping[str, str]) -> str:
    if found := _first(environ, TOKENS):
        return found
    try:
        return read_own(Path.home() / TOKEN_FILE).decode().strip()
    except (OSError, UnicodeDecodeError):
        pass
    raise Invalid(
        "a server of secrets is named, and no token for it",
        hint=Sentence(
            "set {TOKENS}, or log in by the server's own program, which leaves ~/{TOKEN_FILE}",
            TOKENS=TOKENS[0],
            TOKEN_FILE=TOKEN_FILE,
        ),
    )


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")
