"""The commands `tricenter lab …`: the embedded clouds, and the hosts of private networks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.session import session_of
from cmp.installation import HERE

app = typer.Typer(
    help="The embedded clouds and hosts of an environment.", no_args_is_help=True, rich_markup_mode=None
)


class Name(StrEnum):
    """The labs there are."""

    OPENSTACK = "openstack"
    AWS = "aws"
    HOSTS = "hosts"


Which = Annotated[Name | None, typer.Argument(help="One lab; by default all clouds of the environment.")]
Of = Annotated[
    Path | None,
    typer.Option(
        "--env",
        help="The environment to follow; by default the example `reference` for hosts, `lab` for clouds.",
    ),
]
Others = Annotated[bool, typer.Option("--others", help="Stop the labs of other estates instead.")]
CLOUDS_OF = HERE.shipped("inventories/lab")
HOSTS_OF = HERE.shipped("inventories/reference")
"""Its private networks are those that docs and examples move."""


@app.command()
def up(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Bring labs up; what runs already stays as it is."""
    from cmp.loaders.loading import load  # noqa: PLC0415 - `--help` has to be quick
    from cmp.services.labs import labs  # noqa: PLC0415

    session = session_of(context)
    labs.start(load(_folder(name, env)).environment, session.layout, session.report, _names(name))
    status(context, name, env)


@app.command()
def down(context: typer.Context, name: Which = None, env: Of = None, others: Others = False) -> None:
    """Stop labs."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services.labs import labs  # noqa: PLC0415

    session = session_of(context)
    environment = load(_folder(name, env)).environment
    if others:
        labs.stop_others(environment, session.layout, session.report)
    else:
        labs.stop(environment, session.layout, session.report, _names(name))
    status(context, name, env)


@app.command()
def reset(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Put labs back to their clean start: everything made in them is gone."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services.labs import labs  # noqa: PLC0415

    session = session_of(context)
    labs.reset(load(_folder(name, env)).environment, session.layout, session.report, _names(name))
    status(context, name, env)


@app.command()
def status(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Tell how the labs are doing and where their APIs answer."""
    from cmp.loaders.loading import load  # noqa: PLC0415
    from cmp.services.labs import labs  # noqa: PLC0415

    session = session_of(context)
    states = labs.status(load(_folder(name, env)).environment, session.layout, _names(name))
    rows = [(state.name, state.state, " ".join(state.endpoints.values()), state.note) for state in states]
    session.table(("name", "state", "endpoint", "message"), rows)
    session.answer(
        {
            "components": [
                {"name": s.name, "state": s.state, "endpoints": dict(s.endpoints), "note": s.note}
                for s in states
            ]
        }
    )


def _folder(name: Name | None, env: Path | None) -> Path:
    return env or (HOSTS_OF if name is Name.HOSTS else CLOUDS_OF)


def _names(name: Name | None) -> tuple[str, ...]:
    return (name.value,) if name else ()
