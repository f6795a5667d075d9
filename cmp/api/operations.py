"""Operations: asked for, watched, consented to, cancelled, gone on with."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from cmp.api.deps import NotThere, PersonDep, Reason, Service, ServiceDep, require
from cmp.api.problems import ANSWERS
from cmp.errors import CmpError, Conflict, Stale
from cmp.identity.rights import Person
from cmp.model import consent as documents
from cmp.model.base import Document
from cmp.model.operations import (
    ConsentGiven,
    ConsentNeeded,
    Failure,
    OperationRecord,
    OperationState,
    Revision,
    StepRecord,
)
from cmp.model.sealing import canonical
from cmp.operations import changes
from cmp.ports.operations import Wanted
from cmp.sentences import Sentence
from cmp.workflows.asking import Asked, ask_of, record_of
from cmp.workflows.driving import draft_of, origin_of, plan_name
from cmp.workflows.kinds import KINDS

LOOKS: Final = 0.3
"""Seconds between two looks for new events of an open stream; none holds a connection meanwhile."""
PAGE: Final = 500

router = APIRouter(prefix="/v1/operations", tags=["operations"], responses=ANSWERS)

KindName = Literal["validate", "plan", "prove", "explain", "preview", "apply", "verify"]
Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{1,40}$", max_length=40)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$")]
LastEvent = Annotated[int, Header(alias="Last-Event-ID", ge=0, le=2**31 - 1)]


class Asking(BaseModel):
    """What is asked for: the kind, the environment, one of its revisions (none: the newest), and the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: KindName
    environment: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    revision: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    ask: dict[str, Any] = Field(default_factory=dict)


class OperationView(BaseModel):
    """An operation as it is told."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    environment: str
    revision: str
    plan: str
    ask: dict[str, Any]
    actor: str
    reason: str
    state: OperationState
    created: str
    updated: str
    answer: str
    needed: ConsentNeeded | None
    consents: tuple[ConsentGiven, ...]
    failure: Failure | None


class OperationPage(BaseModel):
    """Operations, the newest first; `next` is the `before` of the following page."""

    items: list[OperationView]
    next: str | None


class StepPage(BaseModel):
    """The steps of an operation, in order."""

    items: list[StepRecord]


class Consent(BaseModel):
    """Consent to an operation, by the hash of the Plan that it carries out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agreed: bool
    plan: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


@router.post("", name="begin", status_code=202)
def begin(
    service: ServiceDep,
    person: PersonDep,
    asking: Asking,
    key: Key,
    response: Response,
    reason: Reason = "",
) -> OperationView:
    """Ask for an operation; the same key and request again answer with the same operation."""
    require(person, KINDS[asking.kind].right, asking.environment)
    ask = ask_of(asking.kind, asking.ask)
    operation = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{person.actor.id}/{key}"))
    request = hashlib.sha256(canonical(asking.model_dump(mode="json"))).hexdigest()
    known = service.operations.found(operation)
    if known is None:
        known = _begun(service, person, asking, ask, operation, request, reason)
    elif known.request != request:
        raise Conflict("this Idempotency-Key was used for another request", hint="take a new key")
    response.headers["Location"] = f"/v1/operations/{operation}"
    return view(known)


def _begun(  # noqa: PLR0913, PLR0917 - what a record is made of
    service: Service, person: Person, asking: Asking, ask: Document, operation: str, request: str, reason: str
) -> OperationRecord:
    revision = _revision(service, asking)
    asked = Asked(operation, asking.kind, revision, ask, person.actor, reason, request)
    made = service.operations.begin(record_of(service.operations, asked, service.now()))
    if KINDS[asking.kind].changes:
        service.note(person.actor, asking.environment, f"ask for {asking.kind}", operation, reason)
    return made


def _revision(service: Service, asking: Asking) -> Revision:
    head = service.operations.head(asking.environment)
    if asking.revision and asking.kind == "validate":
        found = service.operations.revision(asking.environment, asking.revision)
        found = found or draft_of(service.operations, asking.revision)
        if found is not None and found.environment == asking.environment:
            return found
    if head is None:
        raise NotThere(f"there is no environment {asking.environment}")
    if asking.revision not in {"", head.id}:
        raise Stale(
            Sentence(
                "{environment} has a newer revision: {number} ({id})",
                environment=asking.environment,
                number=head.number,
                id=head.id[:12],
            ),
            hint="look at what changed, and ask again",
        )
    return head


@router.get("", name="list_operations")
def list_operations(
    service: ServiceDep,
    person: PersonDep,
    environment: Annotated[str, Query(max_length=40)] = "",
    state: OperationState | None = None,
    before: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> OperationPage:
    """Operations that you may see, the newest first."""
    found = service.operations.listed(Wanted(environment, state, before, limit))
    seen = [view(each) for each in found if person.may("read", each.environment)]
    return OperationPage(items=seen, next=found[-1].id if len(found) == limit else None)


@router.get("/{operation}", name="show_operation")
def show_operation(service: ServiceDep, person: PersonDep, operation: Id) -> OperationView:
    """One operation."""
    return view(_seen(service, person, operation))


@router.get("/{operation}/steps", name="list_steps")
def list_steps(service: ServiceDep, person: PersonDep, operation: Id) -> StepPage:
    """The steps of an operation: what went in, what came out, when, and what went wrong."""
    return StepPage(items=list(_seen(service, person, operation).steps))


@router.get("/{operation}/answer", name="show_answer", response_class=Response)
def show_answer(service: ServiceDep, person: PersonDep, operation: Id) -> Response:
    """What an operation that is done answered."""
    found = _seen(service, person, operation)
    content = service.operations.kept(found.answer) if found.answer else None
    if content is None:
        raise Conflict(
            Sentence(
                "operation {operation} is {state}: it has no answer", operation=operation, state=found.state
            ),
            hint="wait until it is done",
        )
    return Response(content, media_type="application/json")


@router.post("/{operation}/cancel", name="cancel", status_code=202)
def cancel(service: ServiceDep, person: PersonDep, operation: Id, reason: Reason = "") -> OperationView:
    """End an operation; it is cancelled only when nothing of it works any more."""
    found = _changeable(service, person, operation)
    return _changed(
        service, person, found, "cancel", reason, lambda op: changes.cancelling(op, service.now())
    )


@router.post("/{operation}/resume", name="resume", status_code=202)
def resume(service: ServiceDep, person: PersonDep, operation: Id, reason: Reason = "") -> OperationView:
    """Go on with an operation that was cancelled, failed, or is held."""
    found = _changeable(service, person, operation)
    return _changed(service, person, found, "resume", reason, lambda op: changes.resumed(op, service.now()))


@router.post("/{operation}/consents", name="consent", status_code=201)
def consent(
    service: ServiceDep, person: PersonDep, operation: Id, given: Consent, reason: Reason = ""
) -> OperationView:
    """Agree to an operation, or reject it: nobody does who is behind it."""
    found = _seen(service, person, operation)
    require(person, "approve", found.environment)
    now = service.now()
    said = ConsentGiven(
        by=person.actor.id, at=now.isoformat(), agreed=given.agreed, plan=given.plan, reason=reason
    )
    verb = "approve" if given.agreed else "reject"

    if (document := _document(service, person, found, said)) is not None:
        service.consents.keep(document)
    return _changed(service, person, found, verb, reason, lambda op: changes.consented(op, said, now))


def _document(
    service: Service, person: Person, found: OperationRecord, said: ConsentGiven
) -> documents.Consent | None:
    """What is agreed to, as it holds for every command on the same state; None where nothing may be."""
    try:
        needed = changes.consented(found, said, service.now()).needed
    except CmpError:  # it is refused, and noted, where the operation is changed
        return None
    if needed is None or not said.agreed:
        return None
    return documents.Consent(
        id=f"consent-{service.token()[:16]}",
        environment=found.environment,
        about=needed.plan,
        by=person.actor.id,
        kind=person.actor.kind,
        at=service.now(),
        until=datetime.fromisoformat(needed.until),
        reason=said.reason,
    ).sealed()


@router.get("/{operation}/events", name="stream_events", response_class=EventSourceResponse)
async def stream_events(
    service: ServiceDep, person: PersonDep, operation: Id, request: Request, last: LastEvent = 0
) -> AsyncIterator[ServerSentEvent]:
    """What happens in an operation, from the event after `Last-Event-ID` to its end."""
    await asyncio.to_thread(_seen, service, person, operation)
    token = request.state.token
    while True:
        found = await asyncio.to_thread(service.operations.found, operation)
        told = await asyncio.to_thread(service.operations.told, operation, last)
        for each in told:
            last = each.number
            yield ServerSentEvent(data=each.event.document, id=str(last), event="progress")
        if not told and (found is None or found.state.is_over or found.state is OperationState.WAITING):
            yield ServerSentEvent(data={"state": found.state if found else "gone"}, event="end")
            return
        if not told:
            await asyncio.sleep(LOOKS)
            if await asyncio.to_thread(service.accounts.who, token, service.now()) is None:
                yield ServerSentEvent(data={"state": "unknown-token"}, event="end")
                return


def _seen(service: Service, person: Person, operation: str) -> OperationRecord:
    found = service.operations.found(operation)
    if found is None or not person.may("read", found.environment):
        raise NotThere(f"there is no operation {operation}")
    return found


def _changeable(service: Service, person: Person, operation: str) -> OperationRecord:
    found = _seen(service, person, operation)
    require(person, KINDS[found.kind].right, found.environment)
    return found


def _changed(
    service: Service,
    person: Person,
    found: OperationRecord,
    verb: str,
    reason: str,
    change: Callable[[OperationRecord], OperationRecord],
) -> OperationView:
    command, environment = f"{verb} {found.kind}", found.environment
    try:
        after = service.operations.change(found.id, change, carry_on=True)
    except CmpError as error:
        service.note(person.actor, environment, f"{command}: {error.code}", found.id, reason)
        raise
    service.note(person.actor, environment, command, found.id, reason)
    return view(after)


def view(op: OperationRecord) -> OperationView:
    """An operation as it is told."""
    told = {name: getattr(op, name) for name in OperationView.model_fields}
    return OperationView.model_construct(**{**told, "ask": dict(op.ask)})


plans = APIRouter(prefix="/v1/plans", tags=["plans"], responses=ANSWERS)


@plans.get("/{environment}/{plan}", name="show_plan", response_class=Response)
def show_plan(
    service: ServiceDep,
    person: PersonDep,
    environment: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")],
    plan: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
) -> Response:
    """A Plan, byte for byte as it was sealed."""
    require(person, "read", environment)
    head = service.operations.head(environment)
    content = None
    if head is not None and origin_of(service.operations, plan, head.environment_id) is not None:
        content = service.operations.kept(plan_name(plan))
    if content is None:
        raise NotThere(f"{environment} has no plan {plan[:12]}")
    return Response(content, media_type="application/json")
