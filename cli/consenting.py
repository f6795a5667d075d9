"""The commands `tricenter consent …`: agree to what has a hash, take that back, ask for it, list it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.session import Session, session_of
from cmp.errors import Invalid
from cmp.sentences import Sentence

if TYPE_CHECKING:
    from cmp.services.changes.consenting import Consents

HOURS = 24
"""How long a consent holds where nobody says until when."""
SHOWN = 12
"""Characters of a hash that people read."""

app = typer.Typer(
    help="Who agreed to what, by its hash, and until when.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="An environment's name.")]


@app.command()
def give(
    context: typer.Context,
    name: Name,
    about: Annotated[str, typer.Argument(metavar="HASH", help="The whole hash of what is agreed to.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="MOMENT", help="ISO 8601; by default 24 hours from now.")
    ] = None,
) -> None:
    """Agree that what has this hash is carried out; --reason says why."""
    from cmp.services.changes import consenting  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    end = session.means.now() + timedelta(hours=HOURS) if until is None else moment(until)
    _tell(session, consenting.give(session.means, name, about, end))


@app.command()
def revoke(
    context: typer.Context,
    name: Name,
    consent: Annotated[str, typer.Argument(metavar="ID", help="The consent, as the list names it.")],
) -> None:
    """Take a consent back; what was carried out by it stays."""
    from cmp.services.changes import consenting  # noqa: PLC0415

    session = session_of(context)
    _tell(session, consenting.revoke(session.means, name, consent))


@app.command()
def demand(
    context: typer.Context,
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
) -> None:
    """Change an environment by consent alone: apply, up, rebalance, maintain and net migrate ask for it."""
    from cmp.services.changes import consenting  # noqa: PLC0415

    session = session_of(context)
    _tell(session, consenting.demand(session.means, name, on=not off))


@app.command("list")
def show(context: typer.Context, name: Name) -> None:
    """List every consent of an environment, and whether it asks for one."""
    from cmp.services.changes import consenting  # noqa: PLC0415

    session = session_of(context)
    _tell(session, consenting.listed(session.means, name))


def moment(text: str) -> datetime:
    """The moment that somebody wrote; without an offset it is UTC.

    Raises:
        Invalid: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            Sentence("{text} is no moment", text=f"{text!r:.40}"), hint="such as 2026-12-01T18:00+08:00"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _tell(session: Session, found: Consents) -> None:
    rows = [
        (
            each.id,
            each.about[:SHOWN],
            each.by,
            f"{each.at:%Y-%m-%d %H:%M}",
            f"{each.until:%Y-%m-%d %H:%M}",
            session.word("consent_revoked", by=each.revoked.by) if each.revoked else "",
            each.reason,
        )
        for each in found.entries
    ]
    columns = ("consent", "hash", "who", "when", "until", "state", "reason")
    session.table(columns, rows, title=session.word("consent_table", name=found.environment))
    session.line(session.word("consent_demanded" if found.is_demanded else "consent_not_demanded"))
    session.answer(found)
