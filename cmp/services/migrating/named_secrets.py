"""Finds the secrets that an environment names: TSIG keys (RFC 8945) and passwords of sudo.

They lie with whoever runs the move, one file each that nobody else may read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cmp.errors import Invalid
from cmp.sentences import Sentence

_CLAUSE: Final = re.compile(
    r'^\s*key\s+"?(?P<name>[A-Za-z0-9._-]+)"?\s*\{(?P<body>[^{}]*)\}\s*;?\s*$', re.MULTILINE
)
_OPTION: Final = re.compile(r'\b(algorithm|secret)\s+"?([A-Za-z0-9+/=._-]+)"?\s*;')
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)
_MOST: Final = 65536


def folder(environ: Mapping[str, str] = os.environ, kind: str = "tsig") -> Path:
    """Where secrets of a kind are: `tricenter/KIND` below `$XDG_CONFIG_HOME` if absolute, or `~/.config`."""
    named = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".config") / "tricenter" / kind


def sudo_password(name: str, where: Path | None = None) -> str:
    """The password of this name: the first line of its file.

    Raises:
        Invalid: there is no such file, others may read it, or it is empty; no sentence repeats it.
    """
    path = (where or folder(kind="sudo")) / name
    hint = Sentence(
        "write the password that sudo asks for into {path}, alone on its line, and chmod 600", path=path
    )
    told = _private(path, f"the sudo password {name}", hint).partition("\n")[0].rstrip("\r")
    if not told:
        raise Invalid(Sentence("{path} holds no password", path=path), hint=hint)
    return told


def key_of(name: str, where: Path | None = None) -> dict[str, str]:
    """The key of this name: its name, algorithm and secret, as programs are given it on standard input.

    Raises:
        Invalid: there is no such key, others may read it, or it is none; no sentence repeats the secret.
    """
    path = (where or folder()) / f"{name}.key"
    hint = Sentence(
        "put the name server's key into {path}, as `tsig-keygen {name}` writes it, and chmod 600",
        path=path,
        name=name,
    )
    text = _private(path, f"the key {name}", hint)
    for clause in _CLAUSE.finditer(_COMMENT.sub("", text)):
        found = dict(_OPTION.findall(clause["body"]))
        if clause["name"].rstrip(".") == name.rstrip(".") and found.keys() == {"algorithm", "secret"}:
            return {"name": name, **found}
    raise Invalid(
        Sentence("{path} holds no key {name} with `algorithm` and `secret`", path=path, name=name), hint=hint
    )


def _private(path: Path, what: str, hint: str) -> str:
    """The text of a file that nobody else may read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MOST)
    except OSError as error:
        raise Invalid(
            Sentence("{what} cannot be read: {strerror}", what=what, strerror=error.strerror), hint=hint
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise Invalid(
            Sentence("{path} can be read by others: whoever reads it can do what it allows", path=path),
            hint=hint,
        )
    return text
