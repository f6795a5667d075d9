"""Installs what a hashed lock file lists into a folder of its own, with the pip of the running Python."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from toolchain.programs import follow
from toolchain.shelf import Report, Shelf


def fetch(name: str, lock: Path, shelf: Shelf, report: Report) -> Path:
    """Install the packages of a lock file; returns their folder below the shelf, which is there whole or not.

    Raises:
        TryLater: pip is missing, or a package cannot be had.
    """
    staged = shelf.stage(name)
    install = [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--target",
    ]
    follow([*install, staged, "-r", lock], shelf.folder, os.environ, report)
    final = shelf.folder / name
    shutil.rmtree(final, ignore_errors=True)
    staged.rename(final)
    return final
