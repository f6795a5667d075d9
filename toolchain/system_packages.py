"""Knows which Debian package brings each program that tests, labs and the doctor look for."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

TABLE = Path(__file__).with_suffix(".txt")
"""The one list: `system_packages.sh` installs what stands here, and nothing else may be asked for."""

_ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def read(text: str) -> dict[str, str]:
    """The package of each program, the latter by name or by whole path, from lines of 'package program …'."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return {program: package for package, *programs in filter(None, lines) for program in programs}


PACKAGES: Mapping[str, str] = read(TABLE.read_text(encoding="utf-8"))
"""Program to package; a program off PATH stands with its whole path, * for a version in it."""

POSTGRES = "/usr/lib/postgresql/*/bin/postgres"
"""The server, which Debian keeps off PATH."""


def located(program: str) -> Path | None:
    """Where a program of the table is on this machine, of several versions the newest; None without it.

    Raises:
        ValueError: the table does not name the program, so that no machine would be given it.
    """
    if program not in PACKAGES:
        raise ValueError(f"{program} is in no package that {TABLE.name} lists: add it there first")
    if program.startswith("/"):
        return max(Path("/").glob(program[1:]), key=_version, default=None)
    found = shutil.which(program, path=os.pathsep.join([*os.get_exec_path(), *_ADMINISTRATORS]))
    return Path(found) if found else None


def lacking(*programs: str) -> tuple[str, ...]:
    """Those of the programs that this machine does not have.

    Raises:
        ValueError: the table does not name one of them.
    """
    return tuple(program for program in programs if located(program) is None)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(path)))
