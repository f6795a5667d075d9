"""Keeps engine binaries by version in `.toolchain`, so that a half-finished installation is never used."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cmp.errors import NotOurs, TryLater
from cmp.files import folders
from cmp.files.placing import open_own
from cmp.files.trust import judge_file
from cmp.sentences import Sentence

Report = Callable[[str], None]
"""Takes one line of progress for a person."""


class Origin(StrEnum):
    """Where an engine came from."""

    PATH = "found on PATH"
    GIVEN = "found in the folder that was named"
    DOWNLOAD = "official download"
    MODULES = "built from Go modules"


@dataclass(frozen=True, slots=True)
class Installed:
    """One version of one tool on the shelf."""

    binary: Path
    version: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder `.toolchain`: `versions/<tool>-<version>/` holds files, `bin/` links to the ones in use."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder that belongs on PATH."""
        return self.folder / "bin"

    @property
    def home(self) -> Path:
        """What the engine takes for its own home: plugins and workspace settings."""
        return self.folder / "pulumi-home"

    def installed(self, tool: str) -> Installed | None:
        """The version of a tool that `bin/` points to, or None when there is none or its files are gone.

        Raises:
            NotOurs: somebody else may have put it there, and it would be run.
        """
        link = self.bin / tool
        if not (link.is_symlink() and os.access(link, os.X_OK)):
            return None
        binary = link.resolve()
        _refuse_foreign(link, binary)
        origin = (binary.parent / "ORIGIN").read_text(encoding="utf-8").strip()
        return Installed(binary, binary.parent.name.removeprefix(f"{tool}-"), Origin(origin))

    def stage(self, tool: str) -> Path:
        """Make an empty folder in which a tool is prepared; leftovers of killed runs are removed first.

        The folder carries our process id: a compiler that outlived its killed bootstrap writes elsewhere.
        """
        staging = self.folder / "staging"
        shutil.rmtree(staging, ignore_errors=True)
        staged = staging / f"{tool}-{os.getpid()}"
        staged.mkdir(parents=True)
        return staged

    def put(self, tool: str, version: str, origin: Origin, staged: Path) -> Installed:
        """Take a prepared folder into use: rename it to its version, then point `bin/` at its files."""
        (staged / "ORIGIN").write_text(f"{origin}\n", encoding="utf-8")
        final = self.folder / "versions" / f"{tool}-{version}"
        shutil.rmtree(final, ignore_errors=True)
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(final)
        for file in sorted(final.iterdir()):
            if os.access(file, os.X_OK):
                self._link(file)
        return Installed(final / tool, version, origin)

    def _link(self, file: Path) -> None:
        self.bin.mkdir(exist_ok=True)
        target = Path("..") / file.relative_to(self.folder)
        temporary = self.bin / f".{file.name}.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(self.bin / file.name)

    @contextmanager
    def locked(self, report: Report) -> Iterator[None]:
        """Hold the shelf alone; a second bootstrap says so and waits until the first has ended.

        Raises:
            NotOurs: a link stands in the lock's place, or others may write to the folder.
            TryLater: the folder cannot be written.
        """
        try:
            handle = open_own(self.folder / "lock")
        except OSError as problem:
            raise TryLater(
                Sentence(
                    "{folder} cannot be written: {strerror}", folder=self.folder, strerror=problem.strerror
                ),
                hint="give this user the right to write there, or run from a folder of your own",
            ) from problem
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                report(f"another bootstrap is at work in {self.folder}: waiting for it")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _refuse_foreign(link: Path, binary: Path) -> None:
    """Refuse a program that others could have put where it is, or may change."""
    try:
        with folders.own(link.parent), folders.own(binary.parent):
            judge_file(binary.stat(), binary)
    except NotOurs as error:
        raise NotOurs(
            Sentence("{error}: it would be run", error=error),
            hint=Sentence(
                "remove {link}, and bring the engine into a folder of yours (XDG_DATA_HOME)", link=link
            ),
        ) from error
