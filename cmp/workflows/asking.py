"""Makes the record of an operation that is asked for, by a person's request or by a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from cmp.errors import Invalid, Problem, Stale
from cmp.model.actors import Actor
from cmp.model.base import Document
from cmp.model.operations import OperationRecord, Revision
from cmp.ports.operations import Operations
from cmp.sentences import Sentence
from cmp.workflows.driving import origin_of
from cmp.workflows.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: the id it gets, its kind, of which revision, how, who, why.

    `request` is the SHA-256 of the request as it came: the same id with another one is another request.
    """

    id: str
    kind: str
    revision: Revision
    ask: Document
    actor: Actor
    reason: str
    request: str


def ask_of(kind: str, given: Mapping[str, Any]) -> Document:
    """What is asked of a kind of operation, checked.

    Raises:
        Invalid: something in it is wrong; every place is named.
    """
    try:
        return KINDS[kind].ask.model_validate(given)
    except ValidationError as error:
        found = [
            Problem("ask", 1, 1, str(each["type"]), f"{'.'.join(map(str, each['loc']))}: {each['msg']}")
            for each in error.errors()
        ]
        raise Invalid("what is asked for is wrong", found) from error


def record_of(operations: Operations, asked: Asked, now: datetime) -> OperationRecord:
    """The record of an operation as it begins, with everybody who is behind it.

    Raises:
        Invalid: it is about a Plan that this service did not make for this environment.
        Stale: the Plan was made from another revision.
    """
    ask, revision = asked.ask, asked.revision
    plan = str(getattr(ask, "plan", None) or getattr(ask, "previous", None) or "")
    behind = {asked.actor.id, revision.actor}
    if plan:
        behind.add(_planner(operations, asked, plan))
    at = now.isoformat()
    return OperationRecord(
        id=asked.id,
        kind=asked.kind,
        environment=revision.environment,
        environment_id=revision.environment_id,
        revision=revision.id,
        ask=ask.model_dump(mode="json"),
        plan=plan,
        actor=asked.actor.id,
        actor_kind=asked.actor.kind,
        actor_name=asked.actor.display,
        behind=tuple(sorted(behind)),
        reason=asked.reason,
        request=asked.request,
        created=at,
        updated=at,
    )


def _planner(operations: Operations, asked: Asked, plan: str) -> str:
    """Who made the Plan that is asked about."""
    revision = asked.revision
    origin = origin_of(operations, plan, revision.environment_id)
    if origin is None:
        raise Invalid(
            Sentence("{environment} has no plan {plan}", environment=revision.environment, plan=plan[:12]),
            hint="plan it by this service first",
        )
    if asked.kind != "plan" and origin.revision != revision.id:
        raise Stale(
            Sentence(
                "the plan {plan} was made from revision {revision}, and the newest of {environment} is {id}",
                plan=plan[:12],
                revision=origin.revision[:12],
                environment=revision.environment,
                id=revision.id[:12],
            ),
            hint="plan the newest revision",
        )
    return origin.actor
