"""Finds the official provider for Kubernetes, or brings it into the engine's own plugins."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from toolchain import kept
from toolchain.asking_plugin import version_of
from toolchain.building import build
from toolchain.downloading import OFFICIAL_PROVIDER, Official, download
from toolchain.golang import ensure_go
from toolchain.programs import follow
from toolchain.shelf import Installed, Origin, Report, Shelf
from toolchain.versions import KUBERNETES_PROVIDER, PROVIDER, WITHOUT


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as the engine finds it, and where it came from."""

    binary: Path
    version: str
    origin: Origin

    def __str__(self) -> str:
        """Name version, origin and place in one line, and how our own build differs."""
        apart = ", YAML components register objects without types" if self.origin is Origin.MODULES else ""
        return f"{PROVIDER.name} {self.version} ({self.origin}{apart}): {self.binary}"


def find(toolchain: Path) -> Provider | None:
    """The provider that the engine would use now; nothing is brought or changed.

    Args:
        toolchain: the folder that engines are kept in.
    """
    there = _on_shelf(_shelf(toolchain))
    plugin = _plugin(toolchain)
    if there is None or not plugin.exists() or not plugin.samefile(there.binary):
        return None
    return Provider(plugin, KUBERNETES_PROVIDER, there.origin)


def ensure(
    toolchain: Path,
    pulumi: Path,
    report: Report,
    official: Official = OFFICIAL_PROVIDER,
    variables: Mapping[str, str] = os.environ,
) -> Provider:
    """Find the provider, or bring it: from PATH, by official download, or built from Go modules.

    One on PATH counts only where it answers the pinned version itself. It becomes a plugin of the engine's
    own home: found there it is the exact version, and no run warns of it.

    Args:
        toolchain: the folder that engines are kept in.
        pulumi: the engine's program, which installs the plugin.
        report: takes each line of progress.
        official: where the official download is asked for, and which archive is believed.
        variables: the environment, with PATH.

    Raises:
        Refused: the official download, or a Go module, is not the one that is pinned.
        TryLater: no way led to a provider; the sentence names every way and why it failed.
    """
    if found := find(toolchain):
        return found
    shelf = _shelf(toolchain)
    with shelf.locked(report), kept.alone(PROVIDER, report, variables):
        there = _on_shelf(shelf) or _bring(shelf, report, official, variables)
        _install(toolchain, pulumi, there, report)
    found = find(toolchain)
    if found is None:
        raise TryLater(
            Sentence("the provider in {folder} vanished while it was installed", folder=shelf.folder),
            hint="run it again",
        )
    report(str(found))
    return found


def folder_before(toolchain: Path, path: str) -> Path | None:
    """A folder that has to stand before a PATH, since that has a provider of whatever version.

    The engine takes a plugin on PATH before its own, whatever version was asked for.
    """
    found = find(toolchain)
    if found is None or shutil.which(PROVIDER.name, path=path) is None:
        return None
    return found.binary.parent


def _bring(shelf: Shelf, report: Report, official: Official, variables: Mapping[str, str]) -> Installed:
    staged = shelf.stage(PROVIDER.name)
    if _from_path(staged, report, variables):
        return shelf.put(PROVIDER.name, KUBERNETES_PROVIDER, Origin.PATH, staged)
    try:
        download(KUBERNETES_PROVIDER, staged, report, official)
        _accept(staged)
        return shelf.put(PROVIDER.name, KUBERNETES_PROVIDER, Origin.DOWNLOAD, staged)
    except (TryLater, OSError) as refusal:
        report(f"no official download: {refusal}")
        return _from_modules(shelf, report, f"the official download failed ({refusal})", variables)


def _from_path(staged: Path, report: Report, variables: Mapping[str, str]) -> bool:
    found = shutil.which(PROVIDER.name, path=variables.get("PATH", ""))
    if found is None:
        return False
    said = version_of(Path(found))
    if said != KUBERNETES_PROVIDER:
        report(f"{found} is {said or 'silent about its version'}, not {KUBERNETES_PROVIDER}: not used")
        return False
    shutil.copy2(found, staged / PROVIDER.name)
    return True


def _from_modules(shelf: Shelf, report: Report, before: str, variables: Mapping[str, str]) -> Installed:
    staged = shelf.stage(PROVIDER.name)
    taken = kept.take(PROVIDER, staged, variables)
    try:
        if not taken:
            build(PROVIDER, ensure_go(shelf, report), staged, report)
        _accept(staged)
    except (TryLater, OSError) as refusal:
        raise TryLater(
            Sentence(
                "{name} could not be had: {before}, and building it from Go modules failed ({refusal})",
                name=PROVIDER.name,
                before=before,
                refusal=refusal,
            ),
            hint=Sentence(
                "{refusal}; or {WITHOUT}",
                refusal=getattr(refusal, "hint", "") or f"put {PROVIDER.name} {KUBERNETES_PROVIDER} on PATH",
                WITHOUT=WITHOUT,
            ),
        ) from refusal
    if not taken:
        kept.keep(PROVIDER, staged, report, variables)
    return shelf.put(PROVIDER.name, _built(), Origin.MODULES, staged)


def _accept(staged: Path) -> None:
    said = version_of(staged / PROVIDER.name)
    if said != KUBERNETES_PROVIDER:
        raise TryLater(
            Sentence(
                "{name} says that it is {said}, not {KUBERNETES_PROVIDER}",
                name=PROVIDER.name,
                said=said or "nothing",
                KUBERNETES_PROVIDER=KUBERNETES_PROVIDER,
            )
        )


def _install(toolchain: Path, pulumi: Path, there: Installed, report: Report) -> None:
    """Have the engine install the plugin; its copy then becomes a link to ours, which is told apart so."""
    home = Shelf(toolchain.resolve()).home
    words = ["plugin", "install", "resource", "kubernetes", KUBERNETES_PROVIDER, "--reinstall", "--file"]
    variables = os.environ | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    home.mkdir(parents=True, exist_ok=True)
    follow([pulumi, *words, there.binary], home, variables, lambda _line: None)
    plugin = _plugin(toolchain)
    fresh = plugin.with_name(f"{plugin.name}.new")
    fresh.unlink(missing_ok=True)
    os.link(there.binary, fresh)
    fresh.replace(plugin)
    report(f"{PROVIDER.name} {KUBERNETES_PROVIDER} is a plugin of {home}")


def _built() -> str:
    """The version of our own build: what it is built from belongs to it."""
    return f"{KUBERNETES_PROVIDER}+{kept.key(PROVIDER)}"


def _shelf(toolchain: Path) -> Shelf:
    """A shelf of its own: on the engine's PATH a provider would be warned of at every run."""
    return Shelf(toolchain.resolve() / "kubernetes-provider")


def _plugin(toolchain: Path) -> Path:
    home = Shelf(toolchain.resolve()).home
    return home / "plugins" / f"resource-kubernetes-v{KUBERNETES_PROVIDER}" / PROVIDER.name


def _on_shelf(shelf: Shelf) -> Installed | None:
    there = shelf.installed(PROVIDER.name)
    return there if there and there.version in {KUBERNETES_PROVIDER, _built()} else None
