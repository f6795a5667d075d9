"""Finds the value of a secret by its reference: a file of its own that nobody else may read.

`secret://service/password` is the file `service/password` below the folder of secrets. The lab makes up what
nobody gave it, once; elsewhere a secret that is missing is refused by its name.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cmp.clouds.binding import Files
from cmp.errors import Invalid
from cmp.store.files import read_if_there, write_once
from stacks.objects.contents import Reveal

SCHEME: Final = "secret://"
REGISTRY: Final = SCHEME + "registry/"
"""References of what registries ask for."""

_LETTERS: Final = 24


def revealer(access: Files, environ: Mapping[str, str] = os.environ) -> Reveal:
    """What answers references: by the lab's folder where the clouds are a lab's, else by the user's own."""
    if access.made_up_secrets is not None:
        folder = access.made_up_secrets
        return lambda reference: _made_up(folder, reference)
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    folder = (named if named.is_absolute() else Path.home() / ".config") / "tricenter" / "secrets"
    return lambda reference: _given(folder, reference)


def _given(folder: Path, reference: str) -> str:
    """The text of the file, without the line's end.

    Raises:
        Invalid: there is none, or others may read it; no sentence repeats the secret.
        NotOurs: somebody else may have put it there.
    """
    path = folder / reference.removeprefix(SCHEME)
    found = read_if_there(path, f"the secret {reference}")
    if found is None:
        raise Invalid(f"there is no secret {reference}", hint=f"write it into {path}, alone, and chmod 600")
    return found.decode().rstrip("\n")


def _made_up(folder: Path, reference: str) -> str:
    path = folder / reference.removeprefix(SCHEME)
    if not path.exists():
        value = '{"auths":{}}' if reference.startswith(REGISTRY) else secrets.token_urlsafe(_LETTERS)
        write_once(path, value.encode())
    return _given(folder, reference)
