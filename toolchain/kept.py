"""Keeps what was built from Go modules once for this user, by what it was built from: clones share it."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cmp.native.shelf import CannotKeep, Torn, usual
from cmp.native.shelf import Shelf as Cache
from toolchain.golang import SOURCES
from toolchain.shelf import Report
from toolchain.versions import ToolSet

_LENGTH = 12


def key(tool: ToolSet) -> str:
    """A digest of all that decides what is built: committed files, stamps, and this kind of machine.

    Which Go compiles it is left out: a newer one is no reason to build for a quarter of an hour.
    """
    said = hashlib.sha256(f"{tool!r} {platform.system()} {platform.machine()}".encode())
    folders = [SOURCES / tool.folder, *(SOURCES / each.summed for each in tool.borrowed if each.summed)]
    for folder in folders:
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            said.update(f"{file.name} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return said.hexdigest()[:_LENGTH]


def take(tool: ToolSet, staged: Path, variables: Mapping[str, str] = os.environ) -> bool:
    """Put a kept binary into `staged`; False where there is none, or none that is surely ours."""
    try:
        content = _cache(variables).read(_name(tool))
    except (CannotKeep, Torn):
        return False
    if content is None:
        return False
    binary = staged / tool.name
    binary.write_bytes(content)
    binary.chmod(0o755)
    return True


def keep(tool: ToolSet, staged: Path, report: Report, variables: Mapping[str, str] = os.environ) -> None:
    """Keep a binary that was built; where that is not possible, say so and go on."""
    try:
        _cache(variables).write(_name(tool), (staged / tool.name).read_bytes())
    except CannotKeep as problem:
        report(f"{tool.name} is not kept for other clones: {problem}")


@contextmanager
def alone(tool: ToolSet, report: Report, variables: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Within this no other clone of this user builds the same; one that does is waited for."""
    waiting = f"{tool.name} is being built here by another command: waiting for it"
    with ExitStack() as held:
        with suppress(CannotKeep):
            held.enter_context(_cache(variables).alone(_name(tool), lambda: report(waiting)))
        yield


def _name(tool: ToolSet) -> str:
    return f"{tool.name}-{tool.versions[0]}-{key(tool)}"


def _cache(variables: Mapping[str, str]) -> Cache:
    return Cache(usual(variables).folder.with_name("built"))
