"""The commands about this machine: `tricenter doctor`, and `tricenter engine install`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.session import Session, leave, session_of
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

    What is there already stays as it is. An archive is downloaded where its SHA-256 is known: from --sha256,
    or pinned in this version; otherwise the engine is built, by the go.sum that Tricenter ships.
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


def doctor(
    context: typer.Context,
    warm: Annotated[
        bool, typer.Option("--warm", help="Compile the search ahead, so that no plan waits for it.")
    ] = False,
) -> None:
    """Tell what this machine has and lacks, and how to get it; changes nothing unless asked to."""
    from cmp.services.machine import examine  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    if warm:
        _warm(session)
        return
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


def _warm(session: Session) -> None:
    """Compile what is not kept yet, and tell where it is kept."""
    from cmp.services.machine import warm  # noqa: PLC0415 - `--help` has to be quick

    found = warm()
    for unit in found:
        session.line(session.word("warm" if unit.kept else "cold", unit=unit.unit, file=unit.file))
    session.answer(
        {
            "native": [
                {"unit": unit.unit, "kept": unit.kept, "file": str(unit.file), "obstacle": unit.obstacle}
                for unit in found
            ]
        }
    )
    if not all(unit.kept for unit in found):
        leave(TryLater)
