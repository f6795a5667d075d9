"""Finds the programs of a Kubernetes cluster, or builds the one binary that holds all five of them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cmp.errors import Invalid, TryLater
from cmp.sentences import Sentence
from toolchain import kept
from toolchain.building import build
from toolchain.golang import ensure_go
from toolchain.programs import answer
from toolchain.shelf import Origin, Report, Shelf
from toolchain.versions import ETCD, KUBERNETES, KUBERNETES_CONTROL, KWOK, WITHOUT

FOLDER: Final = "TRICENTER_KUBERNETES"
"""Names, in the environment, a folder that has the programs; each has to answer the pinned version."""

PROGRAMS: Final[Mapping[str, str]] = {
    "etcd": ETCD,
    "kube-apiserver": KUBERNETES,
    "kube-controller-manager": KUBERNETES,
    "kube-scheduler": KUBERNETES,
    "kwok": KWOK,
}
"""What a cluster of the lab runs, with the version of each."""

_VERSION = re.compile(r"\bv?(\d+\.\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The programs of a cluster, where they came from, and the folder that holds them."""

    programs: Mapping[str, tuple[str, ...]]
    origin: Origin
    folder: Path

    def command(self, program: str, *words: str) -> list[str]:
        """The words that start a program."""
        return [*self.programs[program], *words]

    def __str__(self) -> str:
        """Name version, origin and place in one line."""
        return f"kubernetes {KUBERNETES}, etcd {ETCD}, kwok {KWOK} ({self.origin}): {self.folder}"


def find(toolchain: Path, variables: Mapping[str, str] = os.environ) -> ControlPlane | None:
    """What would be used now, without building: a named folder, PATH, then what is kept here.

    Args:
        toolchain: the folder that engines and the like are kept in.
        variables: the environment, which may name a folder and has PATH.

    Raises:
        Invalid: the named folder lacks a program, or one of another version lies there.
    """
    if named := variables.get(FOLDER):
        return _given(Path(named))
    return _on_path(variables.get("PATH", "")) or _on_shelf(_shelf(toolchain))


def ensure(toolchain: Path, report: Report, variables: Mapping[str, str] = os.environ) -> ControlPlane:
    """Find the programs, or build them at low priority and keep them for all clones of this user.

    Raises:
        Invalid: the named folder lacks a program, or one of another version lies there.
        Refused: a Go module is not the one that is pinned.
        TryLater: they could not be built.
    """
    if found := find(toolchain, variables):
        return found
    shelf = _shelf(toolchain)
    with shelf.locked(report), kept.alone(KUBERNETES_CONTROL, report, variables):
        if _on_shelf(shelf) is None:
            _bring(shelf, report, variables)
    found = _on_shelf(shelf)
    if found is None:
        raise TryLater(
            Sentence("the control plane in {folder} vanished while it was built", folder=shelf.folder),
            hint="run it again",
        )
    report(str(found))
    return found


def _bring(shelf: Shelf, report: Report, variables: Mapping[str, str]) -> None:
    staged = shelf.stage(KUBERNETES_CONTROL.name)
    taken = kept.take(KUBERNETES_CONTROL, staged, variables)
    if not taken:
        report(
            f"no Kubernetes {KUBERNETES} on PATH or kept: building it from Go modules, once for this machine"
        )
        try:
            build(KUBERNETES_CONTROL, ensure_go(shelf, report), staged, report)
        except (TryLater, OSError) as problem:
            ways = filter(None, (getattr(problem, "hint", ""), WITHOUT))
            said = Sentence(
                "the control plane of the lab's clusters could not be built: {problem}", problem=problem
            )
            raise TryLater(said, hint="; or ".join(ways)) from problem
    binary = staged / KUBERNETES_CONTROL.name
    if wrong := _wrong({program: (str(binary), program) for program in PROGRAMS}):
        raise TryLater(
            Sentence("the control plane that was built does not answer as it should: {wrong}", wrong=wrong)
        )
    if not taken:
        kept.keep(KUBERNETES_CONTROL, staged, report, variables)
    shelf.put(KUBERNETES_CONTROL.name, _built(), Origin.MODULES, staged)


def _built() -> str:
    """The version of our own build: what it is built from belongs to it."""
    return f"{KUBERNETES}+{kept.key(KUBERNETES_CONTROL)}"


def _shelf(toolchain: Path) -> Shelf:
    """A shelf of its own: nothing here belongs on the engine's PATH, and no engine waits for a long build."""
    return Shelf(toolchain.resolve() / "kubernetes")


def _on_shelf(shelf: Shelf) -> ControlPlane | None:
    there = shelf.installed(KUBERNETES_CONTROL.name)
    if there is None or there.version != _built():
        return None
    words = {program: (str(there.binary), program) for program in PROGRAMS}
    return ControlPlane(words, there.origin, there.binary.parent)


def _given(folder: Path) -> ControlPlane:
    words = {program: (str(folder / program),) for program in PROGRAMS}
    if wrong := _wrong(words):
        raise Invalid(
            Sentence("{FOLDER} names {folder}: {wrong}", FOLDER=FOLDER, folder=folder, wrong=wrong),
            hint=Sentence(
                "put {names} there, or leave {FOLDER} out",
                names=", ".join((f"{name} {version}" for name, version in PROGRAMS.items())),
                FOLDER=FOLDER,
            ),
        )
    return ControlPlane(words, Origin.GIVEN, folder)


def _on_path(path: str) -> ControlPlane | None:
    found = {program: shutil.which(program, path=path) for program in PROGRAMS}
    words = {program: (place,) for program, place in found.items() if place}
    if len(words) < len(PROGRAMS) or _wrong(words):
        return None
    return ControlPlane(words, Origin.PATH, Path(words["kube-apiserver"][0]).parent)


def _wrong(words: Mapping[str, tuple[str, ...]]) -> str:
    """What is wrong with the programs' answers; nothing where each has its pinned version."""
    for program, command in words.items():
        said = _VERSION.search(answer([*command, "--version"]) or "")
        if said is None:
            return f"{program} is missing, or says no version"
        if said.group(1) != PROGRAMS[program]:
            return f"{program} is {said.group(1)}, not {PROGRAMS[program]}"
    return ""
