"""Finds uv, which installs the services of the OpenStack lab, or brings it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from cmp.errors import TryLater
from cmp.installation import HERE, Installation
from cmp.sentences import Sentence
from toolchain.fetching import fetch
from toolchain.shelf import Report, Shelf

_PACKAGE: Final = Path(__file__).with_name("requirements-uv.lock")


def find_uv(shelf: Shelf, here: Installation = HERE) -> Path | None:
    """The uv beside our own programs, else one on PATH, else the one that was brought."""
    brought = shelf.folder / "uv" / "bin"
    found = shutil.which("uv", path=os.pathsep.join((str(here.scripts), *os.get_exec_path(), str(brought))))
    return Path(found) if found else None


def ensure_uv(shelf: Shelf, report: Report, here: Installation = HERE) -> Path:
    """Find uv, or install its PyPI package (20 MB) into a folder of its own.

    Raises:
        TryLater: there is none and it cannot be installed.
    """
    if found := find_uv(shelf, here):
        return found
    report("no uv beside Tricenter or on PATH: installing its PyPI package")
    try:
        with shelf.locked(report):  # while it waited, somebody else may have brought it
            return find_uv(shelf, here) or fetch("uv", _PACKAGE, shelf, report) / "bin" / "uv"
    except TryLater as refusal:
        raise TryLater(
            Sentence("uv is missing and could not be installed: {refusal}", refusal=refusal),
            hint=here.remedy("sync", "run pip install uv, or put uv on PATH"),
        ) from refusal
