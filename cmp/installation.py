"""Knows how this Tricenter is installed: where what it ships lies, and where it keeps what it brings.

It runs from a checkout, or from a wheel. A wheel holds the folders that are no packages below `cmp/shipped`,
may lie where nobody can write, and has no Makefile.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

IN_WHEEL: Final = "cmp/shipped"
"""Where a wheel has the folders of the repository that are no packages; pyproject.toml puts them there."""

NO_PACKAGES: Final = ("inventories", "playbooks")

SCRIPT: Final = "pulumi-resource-tricenter"
"""One of our console scripts, which stand for the folder of all of them."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One Tricenter: `packages` is the folder that holds `cmp` and its sisters, `python` what runs it."""

    packages: Path
    python: Path

    @property
    def checkout(self) -> Path | None:
        """The repository that this runs from; None for an installed wheel."""
        return None if (self.packages / IN_WHEEL).is_dir() else self.packages

    def shipped(self, name: str) -> Path:
        """A file or folder that ships with Tricenter, by its path in the repository; only to be read."""
        apart = self.checkout is None and name.partition("/")[0] in NO_PACKAGES
        return self.packages / (f"{IN_WHEEL}/{name}" if apart else name)

    def toolchain(self, variables: Mapping[str, str] = os.environ) -> Path:
        """The folder for what is brought here: the engine, and what the labs' services run in.

        `.toolchain` of a checkout; otherwise below the user's data folder, as the XDG base directory
        specification names it. It need not exist.
        """
        if self.checkout is not None:
            return self.checkout / ".toolchain"
        named = variables.get("XDG_DATA_HOME", "")
        home = variables.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - unlike Path, it never raises
        data = Path(named) if os.path.isabs(named) else Path(home) / ".local" / "share"  # noqa: PTH117 - pure text
        return data / "tricenter"

    @property
    def scripts(self) -> Path:
        """The folder of our console scripts and those of what we depend on.

        It is the one beside Python in a virtual environment, another after `pip install --user`.
        """
        beside = self.python.parent
        if (beside / SCRIPT).exists():
            return beside
        return next((path.parent for path in _recorded(SCRIPT) if path.exists()), beside)

    def remedy(self, target: str, installed: str) -> str:
        """What to do: run a target of the Makefile in a checkout, else what helps where there is none."""
        return installed if self.checkout is None else f"run make {target}"


def _recorded(script: str) -> list[Path]:
    """Where the installer says that it put a script."""
    from importlib.metadata import PackageNotFoundError, files  # noqa: PLC0415 - seldom needed, and slow

    try:
        return [Path(str(file.locate())) for file in files("tricenter") or () if file.name == script]
    except PackageNotFoundError:
        return []


HERE: Final = Installation(Path(__file__).resolve().parent.parent, Path(sys.executable))
"""The Tricenter that is running."""

AGAIN: Final = "install Tricenter again, with everything that it depends on"
"""The remedy for a wheel that lacks something."""
