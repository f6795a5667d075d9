"""Begins an environment: writes an example that ships with Tricenter as a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from cmp.errors import Invalid, Refused, TryLater
from cmp.installation import HERE
from cmp.loaders.hints import did_you_mean
from cmp.loaders.loading import load
from cmp.model.base import Id

EXAMPLES: Final = ("starter", "lab", "reference")
"""Folders of `inventories/`; the first is written where none is named."""

HEADER: Final = "environment.yaml"
BESIDE: Final = "README.md"
"""Comes along where the example extends no other: the text of one that does speaks of its neighbour."""

SHIPPED_DATA: Final = "policies/"
"""What an environment reads from Tricenter itself, wherever it lies."""

_LAYERS: Final = re.compile(r"^(\.\./[^/]+/)+")
"""How the files of an extended example are named, from the one that extends it."""

_NAME: Final = re.compile(r"^name: [a-z0-9-]+", re.MULTILINE)
_EXTENDS: Final = re.compile(r"^extends: .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Begun:
    """An environment that was begun: its name, its folder, and what is in each file, by its path there.

    Where it is not `written` that is what would be.
    """

    name: str
    folder: Path
    example: str
    files: Mapping[str, bytes]
    written: bool = True

    @property
    def document(self) -> dict[str, Any]:
        """The same without the files' contents."""
        return {
            "environment": self.name,
            "folder": str(self.folder),
            "example": self.example,
            "files": sorted(self.files),
            "written": self.written,
        }


def begin(folder: Path, example: str = EXAMPLES[0], name: str = "", *, dry: bool = False) -> Begun:
    """Write an example as an environment of its own: whatever it extends lies in the folder itself.

    Args:
        folder: a new folder, or an empty one.
        example: one of `EXAMPLES`.
        name: the environment's name; empty: that of the folder.
        dry: say what would be written, and write nothing.

    Raises:
        Invalid: there is no such example, or the name is none.
        Refused: the folder holds something already.
        TryLater: it cannot be written; what was written of it is gone again.
    """
    if example not in EXAMPLES:
        hint = did_you_mean(example, EXAMPLES) or f"there are {', '.join(EXAMPLES)}"
        raise Invalid(f"there is no example called {example}", hint=hint)
    chosen = _name(folder, name)
    _refuse_occupied(folder)
    files = dict(_files(HERE.shipped(f"inventories/{example}"), chosen))
    begun = Begun(chosen, folder, example, files, written=not dry)
    if not dry:
        _write(begun)
    return begun


def _name(folder: Path, wanted: str) -> str:
    name = wanted or folder.resolve().name.lower().replace("_", "-")
    try:
        return TypeAdapter(Id).validate_python(name)
    except ValidationError as error:
        raise Invalid(
            f"{name!r:.60} cannot be an environment's name",
            hint="name it with --name: 1 to 40 lower-case letters, digits and hyphens",
        ) from error


def _refuse_occupied(folder: Path) -> None:
    try:
        there = folder.exists() or folder.is_symlink()
        what = "" if not there else "is no folder" if not folder.is_dir() else "is not empty"
        if not what or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as problem:
        raise TryLater(f"{folder} cannot be looked into: {problem.strerror}") from problem
    raise Refused(f"{folder} {what}: nothing was written", hint="name a new folder, or an empty one")


def _files(example: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """What an example reads, by its place in the new folder; the header last, under the new name."""
    header = (example / HEADER).read_text(encoding="utf-8")
    for source, _ in load(example).sources:
        inside = _LAYERS.sub("", source)
        if inside != HEADER and not source.startswith(SHIPPED_DATA):
            yield inside, (example / source).read_bytes()
    if (example / BESIDE).exists() and not _EXTENDS.search(header):
        yield BESIDE, (example / BESIDE).read_bytes()
    yield HEADER, _EXTENDS.sub("", _NAME.sub(f"name: {name}", header)).encode()


def _write(begun: Begun) -> None:
    """Write all files and read them back; a failure leaves nothing of them behind.

    The header comes last: a folder without one is no environment, should somebody pull the plug.
    """
    written: list[Path] = []
    new = not begun.folder.exists()
    try:
        for name, content in begun.files.items():
            path = begun.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
        load(begun.folder)
    except BaseException as problem:
        _take_back(begun.folder, written, new=new)
        if isinstance(problem, OSError):
            raise TryLater(f"{begun.folder} cannot be written: {problem.strerror}") from problem
        raise


def _take_back(folder: Path, written: Sequence[Path], *, new: bool) -> None:
    """Remove what was written, and the folders that were made for it."""
    for path in written:
        path.unlink(missing_ok=True)
    made = {path.parent for path in written} - {folder}
    for each in (*made, *((folder,) if new else ())):
        with suppress(OSError):
            each.rmdir()
