"""The commands about this machine: `tricenter doctor`, and `tricenter engine install`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.session import leave, session_of
from cmp.errors import TryLater

app = typer.Typer(
    help="The Pulumi engine, which carries Plans out.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def install(
    context: typer.Context,
    sha256: Annotated[
        str, typer.Option("--sha256", metavar="HEX", help="What the official archive must have.")
    ] = "",
) -> None:
    """Find the engine, or bring it: by official download, else built from Go modules (minutes).

    What is there already stays as it is. Without --sha256 a download is compared with the checksums that
    its makers publish beside it; a build from Go modules with those that Tricenter ships.
    """
    from cmp.services.machine import bring_engine  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    engine, brought = bring_engine(session.report, sha256)
    session.line(session.word("engine_brought" if brought else "engine_there", engine=str(engine)))
    session.answer(
        {
            "engine": str(engine.pulumi),
            "language_host": str(engine.language_host) if engine.language_host else None,
            "version": engine.version,
            "origin": engine.origin,
            "brought": brought,
        }
    )


def doctor(context: typer.Context) -> None:
    """Tell what this machine has and lacks, and how to get it; changes nothing."""
    from cmp.services.machine import examine  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = examine(session.layout)
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
