"""Keeps journals of moves: each is written whole, before and after every step, and found again by its id.

Those of an environment lie in a folder of their own: one that cannot be read stops that environment, which
may have moves under way, and no other. Journals of older states lie beside these folders.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.model.journal import Journal
from cmp.model.json_texts import Malformed, parsed
from cmp.sentences import Sentence
from cmp.store.files import read, read_given, write_atomically

WHAT = "the journal"


def save(journal: Journal, folder: Path) -> None:
    """Write a journal so that a reader, or the run after a crash, sees it whole.

    Raises:
        TryLater: the file cannot be written; what was there is unchanged.
    """
    document = json.dumps(journal.model_dump(mode="json"), ensure_ascii=False, indent=1)
    write_atomically(path_of(journal, folder), document.encode() + b"\n")


def load(path: Path) -> Journal:
    """Read a journal of the state.

    Raises:
        Invalid: there is none, or it is none that this version reads.
        NotOurs: somebody else may have put it there.
    """
    return parsed_journal(read(path, WHAT), path)


def parsed_journal(content: bytes, path: Path) -> Journal:
    """The journal that some bytes are.

    Raises:
        Invalid: they are none that this version reads.
    """
    try:
        return Journal.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is no journal that this version reads: {place}: {first}",
                path=path,
                place=place,
                first=first["msg"],
            ),
            hint="put it back from a copy; or settle by hand what it had begun, then move it away",
        ) from error


def named(name: str, folder: Path) -> Journal:
    """Read a journal by its id, or by its file, which may be a copy of the one that is kept here.

    Raises:
        Invalid: there is none of that name, and the hint lists those there are; or a file is not what is
            kept: what a file alone says that we did is not undone.
    """
    every = sorted([*folder.glob("*.json"), *folder.glob("*/*.json")])
    if name.endswith(".json") and Path(name).exists():
        return _as_kept(parsed_journal(read_given(Path(name), WHAT), Path(name)), Path(name), folder)
    if kept := [path for path in every if path.stem == name]:
        return load(kept[0])
    known = ", ".join(sorted(path.stem for path in every)) or "none"
    raise Invalid(
        Sentence("there is no journal {name}", name=name), hint=Sentence("known: {known}", known=known)
    )


def _as_kept(journal: Journal, path: Path, folder: Path) -> Journal:
    """The journal that somebody's file holds, if it is what we keep ourselves.

    Raises:
        Invalid: it is not.
    """
    kept = path_of(journal, folder)
    if not kept.exists() or load(kept) != journal:
        raise Invalid(
            Sentence(
                "{path} is not the journal {id} that is kept in {folder}: nothing shows that "
                "it was carried out from here",
                path=path,
                id=f"{journal.id!r:.60}",
                folder=folder,
            ),
            hint=Sentence(
                "name the journal by its id; where it was lost, put the copy that you trust back to {folder}",
                folder=folder / journal.environment,
            ),
        )
    return journal


def all_of(folder: Path, environment: str) -> tuple[Journal, ...]:
    """The journals of one environment, the oldest first.

    Raises:
        Invalid: one that is or may be of it cannot be read.
    """
    older = [path for path in folder.glob("*.json") if _may_be_of(path, environment)]
    found = [load(path) for path in (*older, *(folder / environment).glob("*.json"))]
    mine = [journal for journal in found if journal.environment == environment]
    return tuple(sorted(mine, key=lambda journal: (journal.began, journal.id)))


def path_of(journal: Journal, folder: Path) -> Path:
    """The file of a journal: where it lay before there was a folder an environment, it stays."""
    before = folder / f"{journal.id}.json"
    return before if before.exists() else folder / journal.environment / before.name


def _may_be_of(path: Path, environment: str) -> bool:
    """False for what says that it is of another environment, whatever else is wrong with it."""
    try:
        document = parsed(read(path, WHAT))
    except Malformed:
        return True
    said = document.get("environment") if isinstance(document, dict) else None
    return said is None or said == environment
