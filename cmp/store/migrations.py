"""Keeps what belongs to one network that moves: its plan, its rehearsal and its journals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from cmp.errors import Invalid
from cmp.model.base import Document
from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import MigrationJournal, Rehearsal, Verification
from cmp.model.sealing import digest_of
from cmp.sentences import Sentence
from cmp.store.files import read, read_if_there, write_atomically
from cmp.store.unambiguous import refuse_ambiguous

D = TypeVar("D", bound=BaseModel)

PLAN = "plan.json"
PLANS = "plans"


@dataclass(frozen=True, slots=True)
class Kept(Generic[D]):
    """One kind of document of a move, kept in its folder under one name."""

    kind: type[D]
    name: str
    what: str

    def save(self, document: D, folder: Path) -> None:
        """Write a document so that a reader, or the run after a crash, sees it whole.

        Raises:
            TryLater: the file cannot be written; what was there is unchanged.
        """
        text = json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=1)
        write_atomically(folder / self.name, text.encode() + b"\n")

    def load(self, folder: Path) -> D | None:
        """The document, or None where there is none yet.

        Raises:
            Invalid: this version cannot read it.
        """
        path = folder / self.name
        content = read_if_there(path, self.what)
        return None if content is None else parsed_as(self.kind, content, path, self.what)


JOURNALS: Final = Kept(MigrationJournal, "journal.json", "the journal")
REHEARSALS: Final = Kept(Rehearsal, "rehearsal.json", "the rehearsal")
VERIFICATIONS: Final = Kept(Verification, "verification.json", "the verification")


def save_plan(plan: MigrationPlan, folder: Path) -> Path:
    """Write a plan's canonical bytes as the current plan, and under its hash for a move that it begins.

    Raises:
        TryLater: the file cannot be written; an older plan there is unchanged.
    """
    write_atomically(kept_plan(folder, plan.hash), plan.to_json())
    write_atomically(folder / PLAN, plan.to_json())
    return folder / PLAN


def kept_plan(folder: Path, plan_hash: str) -> Path:
    """Where a plan is kept under its hash: later plans leave it there."""
    return folder / PLANS / f"{plan_hash[:12]}.json"


def load_begun(folder: Path, plan_hash: str) -> MigrationPlan:
    """The plan by which a move was begun; before plans were kept by hash, the current one may be it.

    Raises:
        Invalid: it cannot be read any more.
    """
    kept = kept_plan(folder, plan_hash)
    content = read_if_there(kept, "the migration plan")
    if content is None and (current := load_plan(folder / PLAN)).hash == plan_hash:
        return current
    plan = load_plan(kept)
    if plan.hash != plan_hash:
        raise Invalid(
            Sentence("{kept} holds another plan than the one by which the move was begun", kept=kept),
            hint="put the file back from a copy: nothing else knows the way back",
        )
    return plan


def load_plan(path: Path) -> MigrationPlan:
    """Read a plan and check that nobody changed it since it was sealed.

    Raises:
        Invalid: there is none, this version cannot read it, it says something twice, or its hash does not
            match.
    """
    return plan_in(read(path, "the migration plan"), path)


def plan_in(content: bytes, path: Path) -> MigrationPlan:
    """The plan that some bytes are, of a file or of another place.

    The hash is over what is written: a plan of an earlier version lacks fields that have defaults by now, and
    whoever began to move by it goes on and back by it.

    Raises:
        Invalid: this version cannot read them, they say something twice, or the hash does not match.
    """
    plan = parsed_as(MigrationPlan, content, path, "the migration plan")
    refuse_ambiguous(content, plan.to_json(), path)
    if digest_of(json.loads(content)) != plan.hash:
        raise Invalid(
            Sentence("{path} was changed after it was made: its hash does not match", path=path),
            hint="make the plan again",
        )
    return plan


def parsed_as(kind: type[D], content: bytes, path: Path, what: str) -> D:
    """The document of a kind that some bytes are.

    Raises:
        Invalid: this version cannot read them.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is not readable as {what}: {place}: {first}",
                path=path,
                what=what,
                place=place,
                first=first["msg"],
            )
        ) from error


KINDS: dict[type[Document], Kept[Document]] = {
    kind: cast("Kept[Document]", kept)
    for kind, kept in (
        (MigrationJournal, JOURNALS),
        (Rehearsal, REHEARSALS),
        (Verification, VERIFICATIONS),
    )
}
"""How the document of each kind is kept."""
