"""The command `tricenter init`: an environment to begin with."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated

import typer

from cli.session import session_of, shown
from cmp.model.references import EnvironmentRef


class Example(StrEnum):
    """The environments that ship with Tricenter."""

    STARTER = "starter"
    LAB = "lab"
    REFERENCE = "reference"


def _together(file: str) -> str:
    """A file as it is listed: the schemas in one line."""
    return re.sub(r"^(schema/)[a-z-]+(?=[.])", r"\1*", file)


def init(
    context: typer.Context,
    env: Annotated[
        EnvironmentRef,
        typer.Argument(parser=EnvironmentRef.of, metavar="DIR", help="A new folder, or an empty one."),
    ],
    example: Annotated[
        Example, typer.Option("--from-example", help="What it is like; the first is small and commented.")
    ] = Example.STARTER,
    name: Annotated[str, typer.Option("--name", help="The environment's name; by default DIR's.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written.")] = False,
) -> None:
    """Write an environment to begin with: commented YAML that validates, plans and is yours."""
    from cmp.services import beginning  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    begun = beginning.begin(session.means, env, example, name, dry=dry_run)
    for file in sorted({_together(name) for name in begun.files}):
        session.line(f"  {shown(str(PurePath(env.name, file)))}")
    session.line(session.word("init_would" if dry_run else "init_done", name=begun.name, example=example))
    if not dry_run:
        session.line(session.word("next"))
        for command in ("validate", "plan", "prove", "up"):
            session.line(f"  tricenter {command} {shown(str(env))}")
    session.answer(begun)
