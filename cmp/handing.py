"""Reads the files that a call names and writes those it asks for: the edge, where paths become content."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cmp.errors import Invalid
from cmp.model.named_file import NamedFile
from cmp.sentences import Sentence
from cmp.store.files import read_given, write_for_others, write_named

if TYPE_CHECKING:
    from cmp.services.migrating.checking_packs import HandedPack

JSON: Final = ".json"


def handed(path: Path | str, what: str) -> NamedFile:
    """A file that somebody named.

    Raises:
        Invalid: it is missing, is no plain file or may not be read.
    """
    return NamedFile(str(path), read_given(Path(path), what))


def handed_tables(path: Path) -> tuple[NamedFile, ...]:
    """A folder's files that are named as NetBox's tables, or the one file that is named.

    Raises:
        Invalid: there is nothing to read, or a file cannot be read.
    """
    from cmp.loaders import netbox  # noqa: PLC0415 - few commands exchange addresses

    return netbox.handed(path)


def handed_pack(folder: Path) -> HandedPack:
    """A folder that is to be an acceptance pack; its files are read as they are asked for."""
    from cmp.services.migrating.checking_packs import AGAIN, HandedPack  # noqa: PLC0415 - few check packs

    def part(name: str, what: str) -> bytes:
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise Invalid(Sentence("{path} is no plain file", path=path), hint=AGAIN)
        return read_given(path, what)

    try:
        names = frozenset(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except OSError:
        names = frozenset()  # that the pack itself cannot be read is said by its name
    return HandedPack(str(folder), names, part)


def write_here(path: Path | str, content: bytes) -> None:
    """Write what somebody asked for under this name, for nobody else to read at first.

    Raises:
        NotOurs: a link of somebody else is on the way, or something that is no file.
        TryLater: it cannot be written; what was there is unchanged.
    """
    write_named(Path(path), content)


def write_out(files: Iterable[NamedFile], to: Path) -> tuple[Path, ...]:
    """Write files into a folder for whoever the umask lets read them; tells where they are.

    A single JSON file is written as `to` itself where that is named as one.

    Raises:
        NotOurs: a link of somebody else is on the way, or something that is no file.
        TryLater: one cannot be written; what was there is unchanged.
    """
    every = tuple(files)
    alone = len(every) == 1 and to.suffix == JSON == Path(every[0].name).suffix
    paths = tuple(to if alone else to / file.name for file in every)
    for path, file in zip(paths, every, strict=True):
        write_for_others(path, file.content)
    return paths
