"""Keeps what belongs to one network that moves: its plan, its rehearsal and its journals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cmp.errors import Invalid
from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import MigrationJournal, Rehearsal, Verification
from cmp.store.files import read, write_atomically

D = TypeVar("D", bound=BaseModel)

PLAN, JOURNAL, REHEARSAL = "plan.json", "journal.json", "rehearsal.json"
VERIFICATION = "verification.json"


def save_plan(plan: MigrationPlan, folder: Path) -> Path:
    """Write a plan's canonical bytes.

    Raises:
        TryLater: the file cannot be written; an older plan there is unchanged.
    """
    write_atomically(folder / PLAN, plan.to_json())
    return folder / PLAN


def load_plan(path: Path) -> MigrationPlan:
    """Read a plan and check that nobody changed it since it was sealed.

    Raises:
        Invalid: there is none, this version cannot read it, or its hash does not match.
    """
    plan = _parse(MigrationPlan, path, "the migration plan")
    if plan.digest() != plan.hash:
        raise Invalid(
            f"{path} was changed after it was made: its hash does not match", hint="make the plan again"
        )
    return plan


def save_journal(journal: MigrationJournal, folder: Path) -> None:
    """Write a journal so that a reader, or the run after a crash, sees it whole.

    Raises:
        TryLater: the file cannot be written; what was there is unchanged.
    """
    write_atomically(folder / JOURNAL, _pretty(journal))


def load_journal(folder: Path) -> MigrationJournal | None:
    """The journal of the move, or None before it began.

    Raises:
        Invalid: this version cannot read it.
    """
    path = folder / JOURNAL
    return _parse(MigrationJournal, path, "the journal") if path.exists() else None


def save_rehearsal(rehearsal: Rehearsal, folder: Path) -> None:
    """Write what a rehearsal showed.

    Raises:
        TryLater: the file cannot be written.
    """
    write_atomically(folder / REHEARSAL, _pretty(rehearsal))


def load_rehearsal(folder: Path) -> Rehearsal | None:
    """What the last rehearsal showed, or None where there was none.

    Raises:
        Invalid: this version cannot read it.
    """
    path = folder / REHEARSAL
    return _parse(Rehearsal, path, "the rehearsal") if path.exists() else None


def save_verification(verification: Verification, folder: Path) -> None:
    """Write what was found when a move was verified.

    Raises:
        TryLater: the file cannot be written.
    """
    write_atomically(folder / VERIFICATION, _pretty(verification))


def load_verification(folder: Path) -> Verification | None:
    """What was found last, or None where nobody verified.

    Raises:
        Invalid: this version cannot read it.
    """
    path = folder / VERIFICATION
    return _parse(Verification, path, "the verification") if path.exists() else None


def _pretty(document: BaseModel) -> bytes:
    return json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=1).encode() + b"\n"


def _parse(kind: type[D], path: Path, what: str) -> D:
    content = read(path, what)
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{path} is not readable as {what}: {place}: {first['msg']}") from error
