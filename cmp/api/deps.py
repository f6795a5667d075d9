"""Says once, for all routes, who asks, what they may, and what a service answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Header, Request

from cmp.errors import CmpError, Refused
from cmp.identity.accounts import Accounts
from cmp.identity.rights import Person
from cmp.model.actors import Actor
from cmp.ports.consents import Consents
from cmp.ports.notices import Notices
from cmp.ports.operations import Carrier, Operations
from cmp.ports.schedules import Schedules
from cmp.sentences import Sentence

BEARER = "bearer "


class NotThere(CmpError):
    """There is no such thing, or it is not theirs to see."""

    code: ClassVar[str] = "not-there"
    status: ClassVar[int] = 404
    exit_code: ClassVar[int] = 2


class Unknown(CmpError):
    """Nobody knows who asks."""

    code: ClassVar[str] = "unknown-token"
    status: ClassVar[int] = 401
    exit_code: ClassVar[int] = 3


Note = Callable[[Actor, str, str, str, str], None]
"""Writes into the audit: who, of which environment (`*`: all), what, under which id, and why.

It raises `TryLater` where it cannot be written.
"""


@dataclass(frozen=True, slots=True)
class Service:
    """What routes work with."""

    operations: Operations
    schedules: Schedules
    notices: Notices
    accounts: Accounts
    carrier: Carrier
    now: Callable[[], datetime]
    token: Callable[[], str]
    note: Note
    consents: Consents
    """Where consent is kept as documents: what is agreed to here holds for every command on this state."""
    audit: Callable[[], list[dict[str, Any]]]


def service_of(request: Request) -> Service:
    """What this service works with."""
    found = request.app.state.service
    if not isinstance(found, Service):  # the application is made with one
        raise TypeError("no service")
    return found


ServiceDep = Annotated[Service, Depends(service_of)]


def person_of(
    service: ServiceDep,
    request: Request,
    authorization: Annotated[str | None, Header(max_length=5000)] = None,
) -> Person:
    """Who asks.

    Raises:
        Unknown: there is no token, or it is not good any more.
    """
    given = authorization or ""
    token = given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else ""
    person = service.accounts.who(token, service.now()) if token else None
    if person is None:
        raise Unknown("this token is not known, or not good any more", hint="log in: `tricenter login`")
    request.state.token = token
    return person


PersonDep = Annotated[Person, Depends(person_of)]
Reason = Annotated[str, Header(alias="Tricenter-Reason", max_length=500)]


def require(person: Person, action: str, environment: str) -> None:
    """Refuse what nobody allowed; who may not even look hears that there is nothing.

    Raises:
        NotThere: they may not see the environment.
        Refused: they may see it, and not do this.
    """
    if person.may(action, environment):
        return
    if not person.may("read", environment):
        raise NotThere(f"there is no environment {environment!r:.80}")
    raise Refused(
        Sentence(
            "{actor} may not {action} {environment}",
            actor=person.actor,
            action=action,
            environment=environment,
        ),
        hint="a security administrator grants rights",
    )


def require_any(person: Person, action: str) -> None:
    """Refuse what no right of theirs allows anywhere.

    Raises:
        Refused: none does.
    """
    if not person.may_anywhere(action):
        raise Refused(
            Sentence("{actor} has no right to {action}", actor=person.actor, action=action),
            hint="a security administrator grants rights",
        )
