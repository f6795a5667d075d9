"""Keeps journals of moves: each is written whole, before and after every step, and found again by its id."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.model.journal import Journal
from cmp.store.files import read, write_atomically

WHAT = "the journal"


def save(journal: Journal, folder: Path) -> None:
    """Write a journal so that a reader, or the run after a crash, sees it whole.

    Raises:
        TryLater: the file cannot be written; what was there is unchanged.
    """
    document = json.dumps(journal.model_dump(mode="json"), ensure_ascii=False, indent=1)
    write_atomically(path_of(journal.id, folder), document.encode() + b"\n")


def load(path: Path) -> Journal:
    """Read a journal.

    Raises:
        Invalid: there is none, or it is none that this version reads.
    """
    content = read(path, WHAT)
    try:
        return Journal.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{path} is no journal that this version reads: {place}: {first['msg']}") from error


def named(name: str, folder: Path) -> Journal:
    """Read a journal by its id, or by its file.

    Raises:
        Invalid: there is none of that name; the hint lists those there are.
    """
    path = Path(name) if name.endswith(".json") else path_of(name, folder)
    if not path.exists():
        known = ", ".join(journal.id for journal in all_of(folder)) or "none"
        raise Invalid(f"there is no journal {name}", hint=f"known: {known}")
    return load(path)


def all_of(folder: Path, environment: str | None = None) -> tuple[Journal, ...]:
    """All journals, or those of one environment, the oldest first.

    Raises:
        Invalid: one of them cannot be read.
    """
    found = [load(path) for path in folder.glob("*.json")] if folder.is_dir() else []
    mine = [journal for journal in found if environment in {None, journal.environment}]
    return tuple(sorted(mine, key=lambda journal: (journal.began, journal.id)))


def path_of(name: str, folder: Path) -> Path:
    """The file of a journal."""
    return folder / f"{name}.json"
