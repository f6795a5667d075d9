"""The command that lists changes: who made them, when and why."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.session import session_of

SHOWN = 12
"""Characters of a hash that people read."""


def audit(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="An environment's name; all.")] = None,
) -> None:
    """List who changed an environment, when and why; newest last."""
    from cmp.services.changes import auditing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = auditing.listed(session.means, name)
    rows = [
        (
            entry.number,
            entry.at[:19].replace("T", " "),
            entry.asked.actor,
            entry.asked.environment,
            entry.asked.command,
            " ".join(filter(None, (session.word(f"audit_{entry.ended}"), entry.code))),
            entry.consent,
            entry.before[:SHOWN],
            entry.after[:SHOWN],
            entry.asked.reason,
        )
        for entry in found.entries
    ]
    columns = (
        "number",
        "when",
        "who",
        "environment",
        "command",
        "state",
        "consent",
        "before",
        "after",
        "reason",
    )
    session.table(columns, rows, title=session.word("audit_table"))
    session.answer(found)
