"""Reads what Tricenter is made of where it is pinned: lock files, go.mod with go.sum, Debian packages."""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from toolchain import system_packages

LOCKS: Final = (
    "requirements.lock",
    "lab/openstack/requirements.lock",
    "toolchain/requirements-uv.lock",
    "toolchain/requirements-go.lock",
)
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# +(?:via )?([A-Za-z0-9._-]+)(?: \(.*\))?$", re.MULTILINE)
_REQUIRED = re.compile(r"^\t(\S+) (v\S+)", re.MULTILINE)
_REPLACED = re.compile(r"^(?:replace |\t)(\S+) => (\S+)(?: (v\S+))?$", re.MULTILINE)


class Kind(StrEnum):
    """Where a part comes from, as package URLs name it."""

    PYPI = "pypi"
    GOLANG = "golang"
    DEB = "deb"


@dataclass(frozen=True, slots=True)
class Part:
    """One package of one version; `version` is empty where the machine's own sources choose it.

    `hashes` are SHA-256 in hex: of each archive that may be installed (PyPI), or of the list of a module's
    files (Go, what go.sum calls h1). `source` is the file that pins it, `wanted_by` names parts of the same
    file, and `develops` is true of what only work on Tricenter needs.
    """

    kind: Kind
    name: str
    version: str
    hashes: tuple[str, ...]
    source: str
    wanted_by: tuple[str, ...] = ()
    develops: bool = False


def every_part(root: Path) -> tuple[Part, ...]:
    """All parts that the repository names, by their files."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = frozenset(_name(wish) for wish in project["dependencies"])
    found: list[Part] = []
    for lock in LOCKS:
        text = (root / lock).read_text(encoding="utf-8")
        found += python_parts(text, lock, direct if lock == LOCKS[0] else None)
    for module in sorted((root / "toolchain").glob("*/**/go.mod")):
        texts = (module.read_text(encoding="utf-8"), module.with_suffix(".sum").read_text(encoding="utf-8"))
        found += go_parts(*texts, module.relative_to(root).as_posix())
    packages = sorted(set(system_packages.PACKAGES.values()))
    table = system_packages.TABLE.relative_to(root).as_posix()
    found += [Part(Kind.DEB, package, "", (), table, develops=True) for package in packages]
    return tuple(found)


def python_parts(text: str, source: str, direct: frozenset[str] | None) -> Iterator[Part]:
    """The packages of a lock file; what `direct` ones do not need, develops. None: nothing does."""
    blocks = [block for block in re.split(r"\n(?=[A-Za-z0-9])", text) if _PINNED.match(block)]
    wanted = {_name(block): tuple(_VIA.findall(block)) for block in blocks}
    runs = set(wanted) if direct is None else _reached(direct, wanted)
    for block in blocks:
        pinned = _PINNED.match(block)
        if pinned is not None:
            name = _name(block)
            yield Part(
                Kind.PYPI,
                name,
                pinned.group(2),
                tuple(_HASH.findall(block)),
                source,
                tuple(parent for parent in wanted[name] if parent in wanted),
                name not in runs,
            )


def go_parts(module: str, sums: str, source: str) -> Iterator[Part]:
    """The modules that a go.mod names, with the digests of its go.sum; a replaced one is what replaces it.

    One that a folder of ours replaces is none: what that folder borrows has a go.mod of its own.
    """
    instead = {old: (new, version) for old, new, version in _REPLACED.findall(module)}
    known = dict(_sums(sums))
    for name, version in sorted(set(_REQUIRED.findall(module))):
        taken = instead.get(name, (name, version))
        if not taken[1]:
            continue
        digest = known.get(taken)
        yield Part(Kind.GOLANG, *taken, (digest,) if digest else (), source)


def _sums(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    for line in text.splitlines():
        name, version, summed = line.split()
        if not version.endswith("/go.mod"):
            yield (name, version), base64.b64decode(summed.removeprefix("h1:")).hex()


def _reached(direct: frozenset[str], wanted: Mapping[str, Sequence[str]]) -> set[str]:
    """What the direct ones need, over all steps."""
    found = direct & set(wanted)
    while more := {name for name, parents in wanted.items() if found & set(parents)} - found:
        found |= more
    return set(found)


def _name(requirement: str) -> str:
    """A package's name in its one spelling (PEP 503), out of a requirement."""
    written = re.split(r"[\[=<>!~ ;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", written).lower()
