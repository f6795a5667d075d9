"""Gathers the files of an environment to be uploaded: its folder, and the folders that it extends."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cmp.errors import Invalid
from cmp.model.sealing import canonical
from cmp.sentences import Sentence

HEADER: Final = "environment.yaml"
MOST_LAYERS: Final = 8
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024
_EXTENDS: Final = re.compile(rb"^extends:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_NAME: Final = re.compile(rb"^name:\s*[\"']?([a-z0-9][a-z0-9-]{0,39})[\"']?\s*(#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """An environment's files by their names relative to what holds all of them; `folder` is its own there."""

    name: str
    folder: str
    files: Mapping[str, bytes]

    @property
    def id(self) -> str:
        """SHA-256 over the files and their names, as the service counts it."""
        summed = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        return hashlib.sha256(canonical({"folder": self.folder, "files": summed})).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """The files as they are sent."""
        files = {name: base64.b64encode(content).decode() for name, content in self.files.items()}
        return {"folder": self.folder, "files": files}


def bundled(folder: Path) -> Bundle:
    """The files of an environment, and of those it extends.

    Raises:
        Invalid: there is no such folder, it has no name, or there is too much in it.
    """
    layers = tuple(_layers(folder))
    root = Path(os.path.commonpath([each.parent for each in layers]))
    files: dict[str, bytes] = {}
    for layer in layers:
        files |= {path.relative_to(root).as_posix(): content for path, content in _files(layer)}
    total = sum(map(len, files.values()))
    if len(files) > MOST_FILES or total > MOST_BYTES:
        raise Invalid(
            Sentence(
                "{folder} has {files} files of {total} bytes: that is no environment",
                folder=folder,
                files=len(files),
                total=total,
            )
        )
    named = _NAME.search(files.get(f"{layers[0].relative_to(root).as_posix()}/{HEADER}", b""))
    name = named[1].decode() if named else _as_name(layers[0].name)
    return Bundle(name, layers[0].relative_to(root).as_posix(), files)


def _layers(folder: Path) -> Iterator[Path]:
    here = folder.resolve()
    if not here.is_dir():
        raise Invalid(
            Sentence("there is no environment folder `{folder}`", folder=folder),
            hint="`tricenter init` writes one",
        )
    for _ in range(MOST_LAYERS):
        yield here
        try:
            found = _EXTENDS.search((here / HEADER).read_bytes())
        except OSError:
            return
        if found is None:
            return
        below = Path(os.path.normpath(here / os.fsdecode(found[1])))
        if not below.is_dir():
            return  # the service says so, with the place
        here = below


def _files(layer: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(layer.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(layer).parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(Sentence("{path} is too large for a file of an environment", path=path))
        yield path, path.read_bytes()


def _as_name(given: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", given.lower()).strip("-")[:40] or "unnamed"
