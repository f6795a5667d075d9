"""Accounts, their tokens and rights, and who changed what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cmp.api.deps import PersonDep, Reason, ServiceDep, require_any
from cmp.api.problems import ANSWERS
from cmp.identity.accounts import Account
from cmp.identity.rights import EVERYWHERE, Right, Role
from cmp.model.actors import ActorKind

router = APIRouter(prefix="/v1", tags=["accounts"], responses=ANSWERS)

AccountName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Scope = Annotated[str, Field(max_length=40, pattern=r"^(\*|[a-z0-9][a-z0-9-]*)$")]


class RightView(BaseModel):
    """A role in one environment, or in all (`*`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    environment: Scope = EVERYWHERE


class NewAccount(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: AccountName
    kind: ActorKind = ActorKind.PERSON
    rights: Annotated[list[RightView], Field(max_length=100)]


class Redemption(BaseModel):
    """A one-time code, and the name of the administrator whose account it makes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(min_length=8, max_length=100)]
    name: AccountName


class AccountView(BaseModel):
    """An account."""

    id: str
    name: str
    kind: ActorKind
    made_by: str
    disabled: bool
    rights: list[RightView]


class Issued(BaseModel):
    """An account with a token for it, which is told this once."""

    account: AccountView
    token: str


class AccountPage(BaseModel):
    """Every account, by name."""

    items: list[AccountView]


class Me(BaseModel):
    """Whoever asks."""

    id: str
    name: str
    rights: list[RightView]


class AuditPage(BaseModel):
    """The audit, the oldest first."""

    entries: list[dict[str, Any]]


@router.post("/codes/redeem", name="redeem_code", status_code=201)
def redeem_code(service: ServiceDep, given: Redemption) -> Issued:
    """Make the account of a first administrator by a one-time code; it asks for no token."""
    account, token = service.accounts.redeem(given.code, given.name, service.now())
    return Issued(account=view(account), token=token)


@router.get("/me", name="show_me")
def show_me(person: PersonDep) -> Me:
    """Who you are, and what you may do."""
    return Me(id=person.actor.id, name=person.actor.display, rights=_rights(person.rights))


@router.delete("/me/token", name="log_out", status_code=204)
def log_out(service: ServiceDep, person: PersonDep, request: Request) -> Response:
    """End the token that this request carries."""
    del person
    service.accounts.forget(request.state.token)
    return Response(status_code=204)


@router.get("/accounts", name="list_accounts")
def list_accounts(service: ServiceDep, person: PersonDep) -> AccountPage:
    """Every account; for security administrators."""
    require_any(person, "accounts")
    return AccountPage(items=[view(each) for each in service.accounts.listed()])


@router.post("/accounts", name="make_account", status_code=201)
def make_account(service: ServiceDep, person: PersonDep, wanted: NewAccount, reason: Reason = "") -> Issued:
    """Make an account with its rights; for security administrators."""
    require_any(person, "accounts")
    rights = [Right(each.role, each.environment) for each in wanted.rights]
    account, token = service.accounts.make(wanted.name, wanted.kind, rights, person.actor, service.now())
    service.note(person.actor, EVERYWHERE, f"make account {account.id}", service.token()[:16], reason)
    return Issued(account=view(account), token=token)


@router.post("/accounts/{name}/disable", name="disable_account", status_code=204)
def disable_account(
    service: ServiceDep,
    person: PersonDep,
    name: Annotated[str, Path(max_length=63, pattern=r"^[a-z0-9][a-z0-9._-]*$")],
    reason: Reason = "",
) -> Response:
    """Disable an account: its tokens are not good any more, its open streams end."""
    require_any(person, "accounts")
    service.accounts.disable(f"local#{name}")
    service.note(person.actor, EVERYWHERE, f"disable account local#{name}", service.token()[:16], reason)
    return Response(status_code=204)


@router.get("/audit", name="show_audit")
def show_audit(service: ServiceDep, person: PersonDep) -> AuditPage:
    """Who changed what, when and why; for audit administrators."""
    require_any(person, "audit")
    return AuditPage(entries=service.audit())


def view(account: Account) -> AccountView:
    """An account as it is told."""
    return AccountView(
        id=account.id,
        name=account.name,
        kind=account.kind,
        made_by=account.made_by,
        disabled=account.disabled,
        rights=_rights(account.rights),
    )


def _rights(rights: frozenset[Right]) -> list[RightView]:
    return [RightView(role=each.role, environment=each.environment) for each in sorted(rights)]
