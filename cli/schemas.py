"""The command `tricenter schema`: what editors need to complete and check an environment's files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cli.session import session_of, shown


def schema(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What it describes: estate, workloads …; none: all.")
    ] = "",
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Write all of them into a folder.")
    ] = None,
) -> None:
    """Print the JSON Schema of a kind of file, list all, or write them for an editor."""
    from cmp.handing import write_out  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services import beginning  # noqa: PLC0415

    session = session_of(context)
    found = beginning.schemas_of("" if into else name)
    if into:
        write_out(found.files, into)
        found = replace(found, folder=str(into))
    if name and not into:
        session.line(found.texts[name].rstrip())
    else:
        session.table(("name", "files", "schema"), found.rows)
        session.line(
            session.word("schemas_written", folder=shown(into)) if into else session.word("schemas_how")
        )
        session.line(f"  {found.line}")
    session.answer(found)
