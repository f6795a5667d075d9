"""Pins which engine binaries Tricenter runs with, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

PULUMI = "3.259.0"
"""The engine we build, download and test with; the Python SDK of the lock file has the same version."""

OLDEST_PULUMI = "3.230.0"
"""The oldest engine taken from PATH: since 3.229 `refresh --preview-only` takes no lock on file backends."""

OTHER_PULUMI = ("3.250.0", "3.230.0")
"""Tried in this order where a module mirror does not serve the pinned version, each by its own go.sum."""

ARCHIVES: Final[Mapping[str, str]] = {}
"""SHA-256, in hex, of official archives by their names: what is not here is not downloaded unasked.

A line is added once somebody learned a digest by another way than the archive. Nobody could where this
version was made, so that there is none: the engine is built from Go modules, or whoever knows the digest
names it (`tricenter engine install --sha256`).
"""

LANGUAGE_HOST = "3.78.1"
"""The last version in which the Python language host belongs to a published Go module."""

_SDK = "github.com/pulumi/pulumi/sdk/v3"


@dataclass(frozen=True, slots=True)
class ToolSet:
    """One binary that is built from published Go modules.

    `folder` holds its go.mod and go.sum below this package, and those of other versions in folders of their
    names; `package` is what is built, `stamp` the variable the linker sets to the version, `modules` have
    that version, and `scripts` are files of the module that holds `package`, copied beside the binary (paths
    relative to that module).
    """

    name: str
    folder: str
    package: str
    stamp: str
    modules: tuple[str, ...]
    versions: tuple[str, ...]
    scripts: tuple[str, ...] = ()

    def modules_of(self, version: str) -> PurePosixPath:
        """The folder with the go.mod and go.sum that a version is built by, below this package."""
        pinned = PurePosixPath(self.folder)
        return pinned if version == self.versions[0] else pinned / version


ENGINE = ToolSet(
    name="pulumi",
    folder="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    stamp=f"{_SDK}/go/common/version.Version",
    modules=("github.com/pulumi/pulumi/pkg/v3", _SDK),
    versions=(PULUMI, *OTHER_PULUMI),
)

PYTHON_HOST = ToolSet(
    name="pulumi-language-python",
    folder="language_python",
    package=f"{_SDK}/python/cmd/pulumi-language-python",
    stamp=f"{_SDK}/go/common/version.Version",
    modules=(_SDK,),
    versions=(LANGUAGE_HOST,),
    scripts=("python/cmd/pulumi-language-python-exec",),
)


def as_numbers(version: str) -> tuple[int, ...]:
    """Turn '3.259.0', 'v3.259.0' or '1.25' into comparable numbers; a suffix such as '-dev' is dropped.

    Raises:
        ValueError: the text does not start with a dotted number.
    """
    core = version.strip().removeprefix("v").split("-")[0].split("+")[0]
    return tuple(int(part) for part in core.split("."))


def is_usable(version: str) -> bool:
    """True when an engine of this version fits our stacks: the pinned line, not older than we need."""
    try:
        numbers = as_numbers(version)
    except ValueError:
        return False
    return as_numbers(OLDEST_PULUMI) <= numbers < (as_numbers(PULUMI)[0] + 1,)
