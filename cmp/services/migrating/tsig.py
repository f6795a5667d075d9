"""Finds the TSIG key (RFC 8945) that an environment names: its secret lies with whoever runs the move."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cmp.errors import Invalid

_CLAUSE: Final = re.compile(
    r'^\s*key\s+"?(?P<name>[A-Za-z0-9._-]+)"?\s*\{(?P<body>[^{}]*)\}\s*;?\s*$', re.MULTILINE
)
_OPTION: Final = re.compile(r'\b(algorithm|secret)\s+"?([A-Za-z0-9+/=._-]+)"?\s*;')
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)
_MOST: Final = 65536


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where keys are: `tricenter/tsig` below `$XDG_CONFIG_HOME` if that is absolute, or `~/.config`."""
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".config") / "tricenter" / "tsig"


def key_of(name: str, where: Path | None = None) -> dict[str, str]:
    """The key of this name: its name, algorithm and secret, as programs are given it on standard input.

    Raises:
        Invalid: there is no such key, others may read it, or it is none; no sentence repeats the secret.
    """
    path = (where or folder()) / f"{name}.key"
    hint = f"put the name server's key into {path}, as `tsig-keygen {name}` writes it, and chmod 600"
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MOST)
    except OSError as error:
        raise Invalid(f"the key {name} cannot be read: {error.strerror}", hint=hint) from error
    if stat.S_IMODE(mode) & 0o077:
        raise Invalid(f"{path} can be read by others: whoever has this key can change the zone", hint=hint)
    for clause in _CLAUSE.finditer(_COMMENT.sub("", text)):
        found = dict(_OPTION.findall(clause["body"]))
        if clause["name"].rstrip(".") == name.rstrip(".") and found.keys() == {"algorithm", "secret"}:
            return {"name": name, **found}
    raise Invalid(f"{path} holds no key {name} with `algorithm` and `secret`", hint=hint)
