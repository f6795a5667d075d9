"""The command `tricenter doctor`: what this machine has, what it lacks, and how to get it."""

from __future__ import annotations

import typer

from cli.session import leave, session_of
from cmp.errors import TryLater
from cmp.settings import ROOT


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(doctor)


def doctor(context: typer.Context) -> None:
    """Tell what this machine has and lacks, and how to get it; changes nothing."""
    from toolchain.doctor import checks  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = checks(ROOT, session.layout.root)
    rows = [
        (
            check.name,
            session.word("yes" if check.ok else "no"),
            check.found,
            check.needed_for,
            "" if check.ok else check.remedy,
        )
        for check in found
    ]
    session.table(("name", "check", "found", "needed_for", "remedy"), rows)
    session.answer(
        {
            "checks": [
                {
                    "name": check.name,
                    "ok": check.ok,
                    "found": check.found,
                    "needed_for": check.needed_for,
                    "remedy": check.remedy,
                }
                for check in found
            ]
        }
    )
    if not all(check.ok for check in found):
        leave(TryLater)
