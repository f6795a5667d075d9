"""Chooses who keeps the secrets: a server where one is named, else this person's sealed files."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cmp.errors import Invalid
from cmp.files.placing import read_own
from cmp.ports.secrets import SUDO, TSIG, Secrets
from cmp.sentences import Sentence
from cmp.store.files import read_if_there
from cmp.store.sealed_secrets import SealedSecrets, name_in

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
        """The secret; a password or key may lie in a file of its own, as earlier versions had it."""
        own = _own_file(reference, self.environ)
        return own if own is not None else secrets_here(self.environ).reveal(reference)

    def keep(self, reference: str, secret: str) -> None:
        """Keep a secret."""
        secrets_here(self.environ).keep(reference, secret)


def _own_file(reference: str, environ: Mapping[str, str]) -> str | None:
    """What lies in a file of its own: `sudo/NAME` or `tsig/NAME.key`; None where there is none.

    Raises:
        Invalid: others may read it, or it cannot be read.
        NotOurs: somebody else may have put it there.
    """
    for scope, folder, ending in ((SUDO, "sudo", ""), (TSIG, "tsig", ".key")):
        name = name_in(reference).removeprefix(f"{folder}/")
        if reference.startswith(scope) and "/" not in name:
            path = own_folder(environ) / folder / f"{name}{ending}"
            break
    else:
        return None
    content = read_if_there(path, f"the secret {reference}")
    if content is None:
        return None
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Invalid(
            Sentence("{path} can be read by others: whoever reads it can do what it allows", path=path),
            hint=Sentence(
                "chmod 600 {path}, or keep it sealed: `tricenter secret {reference}`",
                path=path,
                reference=reference,
            ),
        )
    return content.decode(errors="replace")


def secrets_here(environ: Mapping[str, str] = os.environ) -> Secrets:
    """Who answers references on this machine, as far as its surroundings say.

    Raises:
        Invalid: a server is named, and no token for it; or its address would send secrets in clear.
    """
    if not (address := environ.get(SERVER, "")):
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
