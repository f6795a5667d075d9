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
    kubernetes: Annotated[
        bool,
        typer.Option("--kubernetes", help="Bring what Kubernetes clouds and their lab need, too."),
    ] = False,
) -> None:
    """Find the engine, or bring it: by official download, else built from Go modules (minutes).

    What is there already stays as it is. An archive is downloaded where its SHA-256 is known: from --sha256,
    or pinned in this version; otherwise the engine is built, by the go.sum that Tricenter ships. With
    --kubernetes come the official provider for it and the programs of the lab's clusters; a build of these
    runs at low priority and is kept for all clones of this user.
    """
    from cmp.services.machine import bring_engine  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = bring_engine(session.means, sha256, kubernetes=kubernetes)
    word = "engine_brought" if found.brought else "engine_there"
    session.line(session.word(word, engine=str(found.engine)))
    for part in found.kubernetes:
        session.line(session.word("engine_there", engine=part))
    session.answer(found)


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
    found = examine(session.means)
    rows = [
        (
            check.name,
            session.word("yes" if check.ok else "no"),
            check.found,
            check.needed_for,
            "" if check.ok else check.remedy,
        )
        for check in found.checks
    ]
    session.table(("name", "check", "found", "needed_for", "remedy"), rows)
    session.answer(found)
    if found.lacks:
        leave(TryLater)


def _warm(session: Session) -> None:
    """Compile what is not kept yet, and tell where it is kept."""
    from cmp.services.machine import warm  # noqa: PLC0415 - `--help` has to be quick

    found = warm()
    for unit in found.units:
        session.line(session.word("warm" if unit.kept else "cold", unit=unit.unit, file=unit.file))
    session.answer(found)
    if found.lacks:
        leave(TryLater)
