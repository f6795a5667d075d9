"""The commands about operations of a service: list, show, watch, cancel, resume; and about its accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli.serving import OperationId, tell_operation
from cli.session import session_of
from cmp.errors import Invalid

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Operations of a service.")
accounts = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Accounts of a service.")


@app.command("list")
def list_operations(
    context: typer.Context,
    environment: Annotated[str, typer.Option("--env", help="Of one environment only.")] = "",
    state: Annotated[str, typer.Option("--only", help="In one state only, such as waiting.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="So many.")] = 50,
) -> None:
    """List operations, the newest first."""
    session = session_of(context)
    query = {"environment": environment, "limit": str(limit), **({"state": state} if state else {})}
    found = session.remote.speaking.get("/v1/operations", **query)
    rows = [
        (
            op["id"],
            op["created"][:19].replace("T", " "),
            op["kind"],
            op["environment"],
            op["state"],
            op["actor"],
        )
        for op in found["items"]
    ]
    session.table(("operation", "when", "kind", "environment", "state", "who"), rows)
    session.answer(found)


@app.command("show")
def show(context: typer.Context, operation: OperationId) -> None:
    """Show an operation and its steps."""
    session = session_of(context)
    op = session.remote.speaking.get(f"/v1/operations/{operation}")
    steps = session.remote.speaking.get(f"/v1/operations/{operation}/steps")["items"]
    tell_operation(session, op)
    rows = [row for each in steps for row in _rows(each)]
    session.table(("step", "state", "starts", "began", "ended", "message"), rows)
    session.answer({**op, "steps": steps})


def _rows(step: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """A step, and below it the steps of its journal."""
    failed = (step["failure"] or {}).get("message", "")
    yield step["name"], step["state"], step["starts"], step["began"][:19], step["ended"][:19], failed
    for part in step["parts"]:
        state = "done" if part["ended"] else "running"
        yield f"{step['name']}/{part['name']}", state, "", part["began"][:19], part["ended"][:19], ""


@app.command("watch")
def watch(context: typer.Context, operation: OperationId) -> None:
    """Follow an operation to its end; exit code as the command that asked for it."""
    session = session_of(context)
    session.remote.following.followed(operation)
    op = session.remote.speaking.get(f"/v1/operations/{operation}")
    tell_operation(session, op)
    session.answer(op)


@app.command("cancel")
def cancel(context: typer.Context, operation: OperationId) -> None:
    """End an operation; it is cancelled only when nothing of it works any more."""
    _asked(context, operation, "cancel")


@app.command("resume")
def resume(context: typer.Context, operation: OperationId) -> None:
    """Go on with an operation that was cancelled, failed, or is held."""
    _asked(context, operation, "resume")


def _asked(context: typer.Context, operation: str, verb: str) -> None:
    session = session_of(context)
    headers = {"Tricenter-Reason": session.here.reason}
    op = session.remote.speaking.post(f"/v1/operations/{operation}/{verb}", headers=headers)
    tell_operation(session, op)
    session.answer(op)


@accounts.command("list")
def list_accounts(context: typer.Context) -> None:
    """List accounts and what they may do; for security administrators."""
    session = session_of(context)
    found = session.remote.speaking.get("/v1/accounts")
    rows = [
        (each["name"], each["kind"], session.word("no" if each["disabled"] else "yes"), _rights(each))
        for each in found["items"]
    ]
    session.table(("name", "kind", "active", "rights"), rows)
    session.answer(found)


@accounts.command("add")
def add(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, dots and hyphens.")
    ],
    roles: Annotated[
        list[str], typer.Option("--role", metavar="ROLE[@ENV]", help="Such as operator@lab; repeatable.")
    ],
    program: Annotated[bool, typer.Option("--program", help="It is a pipeline or another system.")] = False,
) -> None:
    """Make an account; its token is shown this once. For security administrators."""
    session = session_of(context)
    wanted = {"name": name, "kind": "program" if program else "person", "rights": [_right(r) for r in roles]}
    made = session.remote.speaking.post("/v1/accounts", wanted, {"Tricenter-Reason": session.here.reason})
    session.line(session.word("account_made", name=name, token=made["token"]))
    session.answer(made)


@accounts.command("disable")
def disable(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
) -> None:
    """Disable an account: its tokens are not good any more. For security administrators."""
    session = session_of(context)
    headers = {"Tricenter-Reason": session.here.reason}
    session.remote.speaking.post(f"/v1/accounts/{name}/disable", headers=headers)
    session.line(session.word("account_disabled", name=name))
    session.answer({"disabled": name})


def _right(given: str) -> dict[str, str]:
    role, _, environment = given.partition("@")
    if not role:
        raise Invalid(f"{given!r:.60} names no role", hint="such as operator@lab, or viewer for all")
    return {"role": role, "environment": environment or "*"}


def _rights(account: dict[str, Any]) -> str:
    return ", ".join(f"{each['role']}@{each['environment']}" for each in account["rights"])
