"""Environments: revisions that somebody uploads, each made from the one before."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from cmp.api.deps import NotThere, PersonDep, Reason, Service, ServiceDep, require
from cmp.api.problems import ANSWERS
from cmp.errors import Invalid
from cmp.identity.rights import Person
from cmp.model.base import ID
from cmp.model.operations import OperationRecord, Revision
from cmp.model.sealing import canonical
from cmp.ports.operations import Task
from cmp.sentences import Sentence
from cmp.workflows.driving import keep_draft
from cmp.workflows.failures import error_of, failure_in

MOST_FILES: Final = 2_000
MOST_BYTES: Final = 16 * 1024 * 1024

router = APIRouter(prefix="/v1/environments", tags=["environments"], responses=ANSWERS)

Name = Annotated[str, Path(pattern=ID, max_length=40)]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]
IfNone = Annotated[str | None, Header(alias="If-None-Match", max_length=200)]


class Files(BaseModel):
    """An environment's files, base64, by their names below what holds all of them; `folder` is its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\\]*$")]
    files: Annotated[dict[str, str], Field(max_length=MOST_FILES)]


class RevisionView(BaseModel):
    """A revision without its files' contents: each by the SHA-256 of its text."""

    model_config = ConfigDict(frozen=True)

    id: str
    environment: str
    number: int
    parent: str
    folder: str
    files: dict[str, str]
    actor: str
    at: str
    reason: str


class EnvironmentPage(BaseModel):
    """Every environment that somebody may see, by its newest revision."""

    items: list[RevisionView]


@router.get("", name="list_environments")
def list_environments(service: ServiceDep, person: PersonDep) -> EnvironmentPage:
    """Every environment that you may see, by its newest revision."""
    found = [each for each in service.operations.heads() if person.may("read", each.environment)]
    return EnvironmentPage(items=[view(each) for each in found])


@router.get("/{name}", name="show_environment")
def show_environment(service: ServiceDep, person: PersonDep, name: Name, response: Response) -> RevisionView:
    """The newest revision of an environment; its id is its ETag."""
    require(person, "read", name)
    head = service.operations.head(name)
    if head is None:
        raise NotThere(f"there is no environment {name}")
    response.headers["ETag"] = f'"{head.id}"'
    return view(head)


@router.get("/{name}/revisions/{wanted}", name="show_revision")
def show_revision(service: ServiceDep, person: PersonDep, name: Name, wanted: Digest) -> RevisionView:
    """One revision of an environment."""
    require(person, "read", name)
    found = service.operations.revision(name, wanted)
    if found is None:
        raise NotThere(f"{name} has no revision {wanted[:12]}")
    return view(found)


@router.post("/{name}/revisions", name="push", status_code=201)
def push(  # noqa: PLR0913, PLR0917 - what a request has
    service: ServiceDep,
    person: PersonDep,
    name: Name,
    files: Files,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNone = None,
    reason: Reason = "",
) -> RevisionView:
    """Upload the next revision: `If-Match` names its parent, `If-None-Match: *` is for the first."""
    require(person, "push", name)
    parent = _parent(if_match, if_none_match)
    revision = _revision(service, person, name, files, reason)
    _refuse_wrong(service, person, revision)
    made = service.operations.push(revision, parent)
    if made.at == revision.at:
        service.note(person.actor, name, f"push {made.number}", made.id[:16], reason)
    response.headers["ETag"] = f'"{made.id}"'
    return view(made)


@router.post("/{name}/drafts", name="draft", status_code=201)
def draft(service: ServiceDep, person: PersonDep, name: Name, files: Files) -> RevisionView:
    """Upload files that are only to be looked at: they are no revision, and are never carried out."""
    require(person, "read", name)
    revision = _revision(service, person, name, files, "")
    keep_draft(service.operations, revision)
    return view(revision)


def _parent(if_match: str | None, if_none_match: str | None) -> str:
    if if_match is not None:
        return if_match.strip().removeprefix("W/").strip('"')
    if if_none_match is not None and if_none_match.strip() == "*":
        return ""
    raise HTTPException(428, "say which revision this one was made from: If-Match, or If-None-Match: *")


def _revision(service: Service, person: Person, name: str, files: Files, reason: str) -> Revision:
    contents = _contents(files)
    named = {each: service.operations.keep(content) for each, content in contents.items()}
    return Revision(
        id=revision_id(files.folder, contents),
        environment=name,
        environment_id=service.token(),
        number=0,
        folder=files.folder,
        files=named,
        actor=person.actor.id,
        at=service.now().isoformat(),
        reason=reason,
    )


def revision_id(folder: str, contents: Mapping[str, bytes]) -> str:
    """SHA-256 over the files and their names: the same files have the same."""
    summed = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return hashlib.sha256(canonical({"folder": folder, "files": summed})).hexdigest()


def _contents(files: Files) -> dict[str, bytes]:
    try:
        contents = {name: base64.b64decode(text, validate=True) for name, text in files.files.items()}
    except (binascii.Error, ValueError) as error:
        raise Invalid("a file is not written in base64") from error
    if sum(map(len, contents.values())) > MOST_BYTES:
        raise Invalid(Sentence("the files have more than {MOST_BYTES} MiB", MOST_BYTES=MOST_BYTES // 1024**2))
    return contents


def _refuse_wrong(service: Service, person: Person, revision: Revision) -> None:
    """Refuse files that are no environment of that name: a head can always be planned from.

    Raises:
        Invalid: anything in them is wrong.
    """
    record = OperationRecord(
        id=f"push-{service.token()[:16]}",
        kind="validate",
        environment=revision.environment,
        environment_id=revision.environment_id,
        revision=revision.id,
        ask={},
        actor=person.actor.id,
        actor_kind=person.actor.kind,
        created=revision.at,
        updated=revision.at,
    )
    contents = {name: service.operations.kept(digest) or b"" for name, digest in revision.files.items()}
    ended = service.carrier.carry(
        Task(record, "validate", revision, contents, {}), lambda _events: None, lambda: False
    )
    if ended.failure is not None:
        raise error_of(failure_in(ended.failure))
    named = _named(ended.answer)
    if named != revision.environment:
        raise Invalid(
            Sentence(
                "these files are the environment {named}, not {environment}",
                named=f"{named!r:.60}",
                environment=revision.environment,
            )
        )


def _named(answer: bytes) -> str:
    return str(json.loads(answer or b"{}").get("environment", {}).get("name", ""))


def view(revision: Revision) -> RevisionView:
    """A revision as it is told."""
    told: dict[str, Any] = revision.model_dump(mode="json")
    return RevisionView(**{name: told[name] for name in RevisionView.model_fields})
