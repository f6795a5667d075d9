"""Finds the Pulumi engine or brings it: from PATH, by official download, or built from Go modules."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from toolchain.building import build
from toolchain.downloading import OFFICIAL, Official, download
from toolchain.golang import ensure_go
from toolchain.kubernetes_provider import folder_before
from toolchain.programs import answer
from toolchain.shelf import Installed, Origin, Report, Shelf
from toolchain.versions import ENGINE, OLDEST_PULUMI, PULUMI, PYTHON_HOST, ToolSet, is_usable

CALM = {
    "KUBECONFIG": os.devnull,
    "PULUMI_K8S_DELETE_UNREACHABLE": "false",
    "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE": "false",
    "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY": "true",
}
"""What the shell may not say to the provider for Kubernetes: which cluster is meant, and that one which does
not answer holds nothing, which would drop all of its objects from the state."""

SWEEPING, SELDOM = "GOGC", "400"
"""How much the engine's memory may grow until it looks for what it no longer needs, in percent. At Go's own
100 a quarter of the CPU time of its short runs goes there."""

_ROOM = 4 * 1024**3
"""Bytes a first build from Go modules leaves in Go's cache: modules and compiled packages."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A Pulumi engine that works, with its Python language host where there is one.

    `language_host` is needed only for plain `pulumi preview` in a project folder. `folder` is where engines
    are kept.
    """

    pulumi: Path
    language_host: Path | None
    version: str
    origin: Origin
    folder: Path

    def __str__(self) -> str:
        """Name version, origin and place in one line."""
        return f"pulumi {self.version} ({self.origin}): {self.pulumi}"


def find(toolchain: Path) -> Engine | None:
    """The engine that would be used now, without fetching anything: PATH first, then what is kept.

    An engine on PATH counts when it belongs to the pinned line and is not older than 3.230.

    Args:
        toolchain: the folder that engines are kept in.
    """
    shelf = Shelf(toolchain.resolve())
    return _on_path(shelf) or _on_shelf(shelf)


def ensure(toolchain: Path, report: Report, official: Official = OFFICIAL) -> Engine:
    """Find the engine and its Python language host, or bring what is missing and keep it.

    Args:
        toolchain: the folder that engines are kept in.
        report: takes each line of progress.
        official: where the official download is asked for, and which archive is believed.

    Raises:
        Refused: the official download, or a Go module, is not the one that is pinned or was asked for.
        TryLater: no way led to an engine; the sentence names every way and why it failed.
    """
    shelf = Shelf(toolchain.resolve())
    known = find(toolchain)
    if known is None or known.language_host is None:
        with shelf.locked(report):
            _bring_engine(shelf, report, official)
            _bring_language_host(shelf, report)
        known = find(toolchain)
    if known is None:
        raise TryLater(
            Sentence("the engine in {folder} vanished while it was installed", folder=shelf.folder),
            hint="run it again",
        )
    report(str(known))
    return known


def environment(engine: Engine, venv_bin: Path, ambient: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What every process of the engine needs in its environment; backend and passphrase are the caller's.

    PATH starts with the virtual environment (it holds `pulumi-resource-tricenter` and
    `pulumi-analyzer-policy-tricenter`, and `python` for the language host), then the engine's own folder.
    """
    folders = [
        str(venv_bin),
        str(engine.pulumi.parent),
        str(Shelf(engine.folder).bin),
        ambient.get("PATH", os.defpath),
    ]
    if exact := folder_before(engine.folder, os.pathsep.join(folders)):
        folders.insert(0, str(exact))
    return {
        **CALM,
        SWEEPING: ambient.get(SWEEPING) or SELDOM,
        "PATH": os.pathsep.join(dict.fromkeys(folders)),
        "PULUMI_HOME": str(Shelf(engine.folder).home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def _on_path(shelf: Shelf) -> Engine | None:
    program = _which(ENGINE.name, shelf)
    version = (answer([program, "version"]) or "").removeprefix("v") if program else ""
    if program is None or not is_usable(version):
        return None
    return Engine(program, _language_host(shelf), version, Origin.PATH, shelf.folder)


def _on_shelf(shelf: Shelf) -> Engine | None:
    engine = shelf.installed(ENGINE.name)
    if engine is None or not is_usable(engine.version):
        return None
    return Engine(shelf.bin / ENGINE.name, _language_host(shelf), engine.version, engine.origin, shelf.folder)


def _which(name: str, shelf: Shelf) -> Path | None:
    """Look for a program on PATH, leaving out our own folder."""
    folders = [folder for folder in os.get_exec_path() if Path(folder) != shelf.bin]
    found = shutil.which(name, path=os.pathsep.join(folders))
    return Path(found) if found else None


def _language_host(shelf: Shelf) -> Path | None:
    if on_path := _which(PYTHON_HOST.name, shelf):
        return on_path
    own = shelf.bin / PYTHON_HOST.name
    return own if os.access(own, os.X_OK) else None


def _bring_engine(shelf: Shelf, report: Report, official: Official) -> None:
    if find(shelf.folder):
        return
    report(f"no pulumi >= {OLDEST_PULUMI} on PATH or in {shelf.folder}")
    try:
        staged = shelf.stage(ENGINE.name)
        download(PULUMI, staged, report, official)
        _accept(ENGINE, PULUMI, Origin.DOWNLOAD, shelf, staged)
    except (TryLater, OSError) as refusal:
        report(f"no official download: {refusal}")
        _from_modules(ENGINE, shelf, report, f"the official download failed ({refusal})")


def _bring_language_host(shelf: Shelf, report: Report) -> None:
    """Bring the language host; without it only plain `pulumi preview` in a project folder is missing."""
    known = find(shelf.folder)
    if known is None or known.language_host:
        return
    try:
        _from_modules(PYTHON_HOST, shelf, report, "it is not beside the engine")
    except TryLater as refusal:
        report(f"plain 'pulumi preview' in a project folder will not work here: {refusal}")


def _from_modules(tool: ToolSet, shelf: Shelf, report: Report, before: str) -> None:
    _warn_about_room(report)
    try:
        go = ensure_go(shelf, report)
        staged = shelf.stage(tool.name)
        version = build(tool, go, staged, report)
        _accept(tool, version, Origin.MODULES, shelf, staged)
    except (TryLater, OSError) as refusal:
        raise TryLater(
            Sentence(
                "{name} could not be had: {before}, and building it from Go modules failed ({refusal})",
                name=tool.name,
                before=before,
                refusal=refusal,
            ),
            hint=getattr(refusal, "hint", "") or f"install pulumi >= {OLDEST_PULUMI} and put it on PATH",
        ) from refusal


def _warn_about_room(report: Report) -> None:
    home = Path(os.path.expanduser("~")).absolute()  # noqa: PTH111 - unlike Path, it never raises
    free = shutil.disk_usage(next(path for path in (home, *home.parents) if path.exists())).free
    if free < _ROOM:
        report(
            f"a first build puts {_ROOM >> 30} GiB of Go's cache in the home folder; {free >> 30} are free"
        )


def _accept(tool: ToolSet, version: str, origin: Origin, shelf: Shelf, staged: Path) -> Installed:
    """Take a prepared binary into use once it has started and named its version."""
    program = staged / tool.name
    said = answer([program, "version"] if tool is ENGINE else [program, "-help"])
    if said is None or (tool is ENGINE and said != f"v{version}"):
        raise TryLater(
            Sentence("{name} {version} does not start on this machine", name=tool.name, version=version)
        )
    return shelf.put(tool.name, version, origin, staged)
