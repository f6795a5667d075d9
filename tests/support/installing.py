"""Builds the wheel and installs it as a stranger would: with an environment of its own, nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from support.command_line import ROOT, Answer

from toolchain.system_packages import located

UV = Path(sys.executable).with_name("uv")
BUILD = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d")
NOBODY = ("--reuid=nobody", "--regid=nogroup", "--clear-groups")
BETWEEN = ("/bin/sh", "-c", 'exec "$@"', "sh")
PATIENCE = 850


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment that holds the wheel; `drop` are the words that give root up."""

    folder: Path
    drop: Sequence[str] = ()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, *words: object, cwd: Path, variables: Mapping[str, str] | None = None) -> Answer:
        """Run `tricenter` somewhere else, with no program but its own to be found."""
        return self.start((self.folder / "bin" / "tricenter", *words), cwd=cwd, variables=variables)

    def start(
        self, words: Sequence[object], *, cwd: Path, variables: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a program with a PATH on which there is nothing, and a home of its own, `cwd`.

        What Python compiles is kept beside the environment: those who may not write there compile it once.
        """
        usual = {"HOME": str(cwd), "LANG": "C.UTF-8", "PATH": str(cwd / "empty")}
        compiled = {"PYTHONPYCACHEPREFIX": str(self.folder.with_name("bytecode"))}
        ended = subprocess.run(
            [*self.drop, *map(str, words)],
            cwd=cwd,
            env=usual | compiled | dict(variables or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert "Traceback" not in ended.stdout + ended.stderr, ended.stderr
        return Answer(ended.returncode, ended.stdout, ended.stderr)


def build(folder: Path) -> Path:
    """The wheel of this repository."""
    subprocess.run([*BUILD, folder], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path, python: Path, drop: Sequence[str] = ()) -> Installed:
    """Make an environment with the wheel, what it depends on as locked, and nothing else."""
    locked = folder.with_suffix(".lock")
    locked.write_text("\n".join(blocks((ROOT / "requirements.lock").read_text("utf-8"), needed())) + "\n")
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    installed = Installed(folder, drop)
    _uv("pip", "sync", "--require-hashes", locked, python=installed.python)
    _uv("pip", "install", "--no-deps", wheel, python=installed.python)
    _uv("pip", "check", python=installed.python)
    return installed


def needed(name: str = "tricenter") -> set[str]:
    """What pip would bring for the wheel: its requirements and theirs, without anybody's extras."""
    found: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    seen = set(waiting)
    while waiting:
        project, extras = waiting.pop()
        for each in _requirements(project, extras):
            found.add(_normal(each.name))
            following = (_normal(each.name), frozenset(each.extras))
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return found


def blocks(lock: str, names: set[str]) -> Iterator[str]:
    """The lines of a lock file that belong to some projects."""
    wanted = False
    for line in lock.splitlines():
        if line[:1].isalnum():
            wanted = _normal(line.partition("==")[0].partition("[")[0]) in names
        if wanted and line.strip() and not line.lstrip().startswith("#"):
            yield line


def _requirements(project: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requires(project) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield requirement


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _uv(*words: object, python: Path) -> None:
    """Run uv on what lies in its cache, and ask the index only for what does not."""
    command = [str(UV), *map(str, words), "--quiet", "--python", str(python)]
    offline = subprocess.run([*command, "--offline"], check=False, capture_output=True)
    if offline.returncode:
        subprocess.run(command, check=True)


def readable_python() -> Path:
    """A Python that a user without rights may run: ours, or the system's where ours lies in root's home."""
    for python in (Path(sys.base_prefix) / "bin" / "python3", Path("/usr/bin/python3")):
        asked = [*dropping(), str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if python.exists() and subprocess.run(asked, check=False, capture_output=True).returncode == 0:
            return python
    raise LookupError("no Python >= 3.11 can be run by nobody")


def dropping() -> Sequence[str]:
    """The words that give root up; none where we are not root anyhow.

    A shell stands between: what setpriv itself starts is still found with the rights of root.
    """
    return (str(located("setpriv")), *NOBODY, *BETWEEN) if os.geteuid() == 0 else ()


def cache() -> Mapping[str, str]:
    """Lets compiled loops be found where those of whoever runs the tests are kept."""
    return {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")}
