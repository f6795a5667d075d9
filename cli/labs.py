"""The commands `tricenter lab …`: the embedded clouds, and the hosts of private networks."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.session import Session, session_of
from cmp.model.references import EnvironmentRef

if TYPE_CHECKING:
    from cmp.services.labs.running import LabsFound

app = typer.Typer(
    help="The embedded clouds and hosts of an environment.", no_args_is_help=True, rich_markup_mode=None
)


class Name(StrEnum):
    """The labs there are."""

    OPENSTACK = "openstack"
    AWS = "aws"
    KUBERNETES = "kubernetes"
    HOSTS = "hosts"


Which = Annotated[Name | None, typer.Argument(help="One lab; by default all clouds of the environment.")]
Of = Annotated[
    EnvironmentRef | None,
    typer.Option(
        "--env",
        parser=EnvironmentRef.of,
        metavar="PATH",
        help="The environment to follow; by default the example `reference` for hosts, `lab` for clouds.",
    ),
]
Others = Annotated[bool, typer.Option("--others", help="Stop the labs of other estates instead.")]


@app.command()
def up(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Bring labs up; what runs already stays as it is."""
    from cmp.services.labs import running  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    tell(session, running.bring_up(session.means, running.LabWish(name, env)))


@app.command()
def down(context: typer.Context, name: Which = None, env: Of = None, others: Others = False) -> None:
    """Stop labs."""
    from cmp.services.labs import running  # noqa: PLC0415

    session = session_of(context)
    tell(session, running.take_down(session.means, running.LabWish(name, env), others=others))


@app.command()
def reset(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Put labs back to their clean start: everything made in them is gone."""
    from cmp.services.labs import running  # noqa: PLC0415

    session = session_of(context)
    tell(session, running.reset(session.means, running.LabWish(name, env)))


@app.command()
def status(context: typer.Context, name: Which = None, env: Of = None) -> None:
    """Tell how the labs are doing and where their APIs answer."""
    from cmp.services.labs import running  # noqa: PLC0415

    session = session_of(context)
    tell(session, running.status(session.means, running.LabWish(name, env)))


def tell(session: Session, found: LabsFound) -> None:
    """Show each component of the labs, how it is doing and where it answers."""
    rows = [(s.name, s.state, " ".join(s.endpoints.values()), s.note) for s in found.components]
    session.table(("name", "state", "endpoint", "message"), rows)
    session.answer(found)
