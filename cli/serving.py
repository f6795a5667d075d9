"""The commands that run the service, and those that speak with one: log in, push, consent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.arguments import EnvironmentNamed
from cli.session import Session, session_of
from cli.showing import visible
from cmp.errors import Invalid
from cmp.sentences import Sentence

OperationId = Annotated[
    str, typer.Argument(metavar="ID", help="An operation, as `operations list` names it.")
]


def serve(
    context: typer.Context,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help="Where to listen; beyond loopback with TLS only."),
    ] = "127.0.0.1:8443",
    certificate: Annotated[Path | None, typer.Option("--tls-cert", help="The certificate, as PEM.")] = None,
    key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key, as PEM.")] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Nobody else is there: nothing waits for consent.")
    ] = False,
    notify: Annotated[
        list[str] | None,
        typer.Option("--notify", metavar="URL", help="Tell https:// or smtp:// what waits; repeatable."),
    ] = None,
) -> None:
    """Run the service, which carries out what others ask for; ends with Ctrl-C or SIGTERM."""
    from cmp.serving.serve import Listening, People, serve  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    means = session.means
    host, port = _host_and_port(listen)
    serve(
        means,
        means.workshop.root,
        session.store,
        Listening(host, port, certificate, key),
        lambda line: print(visible(line), file=sys.stderr, flush=True),
        People(alone, tuple(notify or ())),
    )


def _host_and_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        raise Invalid(
            Sentence("{listen} is no address to listen on", listen=f"{listen!r:.60}"),
            hint="such as 127.0.0.1:8443 or [::1]:8443",
        )
    return host.strip("[]"), int(port)


def backup(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the copy is written.")],
) -> None:
    """Copy the records of a service into a file, and check the copy; the service may run."""
    from cmp.serving.backing import back_up  # noqa: PLC0415

    session = session_of(context)
    found = back_up(session.means, file)
    session.line(
        session.word("backed_up", file=found.file, operations=found.operations, entries=found.entries)
    )
    session.answer(found)


def restore(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A copy that `backup` made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of records that are there.")
    ] = False,
) -> None:
    """Put a checked copy back where no service runs; what was in flight waits until somebody looked."""
    from cmp.serving.backing import restore  # noqa: PLC0415

    session = session_of(context)
    found = restore(session.means, file, replace=replace)
    session.line(session.word("restored", file=found.file, count=len(found.held)))
    session.answer(found)


def login(
    context: typer.Context,
    code: Annotated[
        str | None, typer.Option("--code", help="The one-time code of a first administrator.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The administrator's name, with --code.")] = None,
) -> None:
    """Log in at the service of --server, by a token on standard input or a one-time code."""
    from cmp.client.accounts import log_in, redeem  # noqa: PLC0415

    session = session_of(context)
    if (code is None) != (name is None):
        raise Invalid("--code and --name go together", hint="give both, or a token on standard input")
    if code is not None and name is not None:
        me = redeem(session.remote, code, name)
    else:
        me = log_in(session.remote, _token())
    session.line(session.word("logged_in", name=me["name"], roles=_roles(me["rights"])))
    session.answer(me)


def _token() -> str:
    if sys.stdin.isatty():
        import getpass  # noqa: PLC0415

        return getpass.getpass("token: ").strip()
    return sys.stdin.readline().strip()


def logout(context: typer.Context) -> None:
    """Log out: the token is not good any more, here or there."""
    from cmp.client.accounts import log_out  # noqa: PLC0415

    session = session_of(context)
    log_out(session.remote)
    session.line(session.word("logged_out"))
    session.answer({"logged_out": True})


def push(
    context: typer.Context,
    env: EnvironmentNamed,
    parent: Annotated[
        str | None,
        typer.Option("--parent", help="The revision this one was made from; `none` for the first."),
    ] = None,
) -> None:
    """Upload an environment as its next revision; refused where its parent is not the newest."""
    from cmp.client.pushing import push_revision  # noqa: PLC0415

    session = session_of(context)
    made = push_revision(session.remote, env, parent)
    session.line(session.word("pushed", name=made["environment"], number=made["number"], id=made["id"][:12]))
    session.answer(made)


def approve(context: typer.Context, operation: OperationId) -> None:
    """Agree to an operation that waits for consent; nobody does who is behind it."""
    _consent(session_of(context), operation, agreed=True)


def reject(context: typer.Context, operation: OperationId) -> None:
    """Reject an operation that waits for consent."""
    _consent(session_of(context), operation, agreed=False)


def _consent(session: Session, operation: str, *, agreed: bool) -> None:
    from cmp.client.consenting import consent  # noqa: PLC0415

    after = consent(session.remote, operation, agreed=agreed)
    tell_operation(session, after)
    session.answer(after)


def tell_operation(session: Session, op: dict[str, Any]) -> None:
    """Say in a line how far an operation is."""
    session.line(
        session.word("operation_is", id=op["id"], kind=op["kind"], name=op["environment"], state=op["state"])
    )


def _roles(rights: list[dict[str, str]]) -> str:
    return ", ".join(f"{each['role']} ({each['environment']})" for each in rights)
