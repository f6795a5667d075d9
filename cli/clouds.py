"""The commands that look at clouds and change nothing: inventory, drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from cli.arguments import EnvironmentNamed
from cli.session import Session, leave, session_of
from cmp.errors import Differs

if TYPE_CHECKING:
    from cmp.services.verifying.differences import Difference
    from cmp.services.verifying.systems import System


def inventory(context: typer.Context, env: EnvironmentNamed) -> None:
    """List what is really there, from the clouds' own APIs."""
    from cmp.services.verifying import inventory as listing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    found = listing.inventory(session.means, env)
    rows = [
        (r.cloud, r.kind, r.name, r.id, session.word("yes" if r.managed else "no")) for r in found.resources
    ]
    session.table(("cloud", "kind", "name", "id", "managed"), rows)
    session.answer(found)
    found.require_complete()


def drift(context: typer.Context, env: EnvironmentNamed) -> None:
    """Compare what is declared with what the clouds list; exit code 4 where they differ."""
    from cmp.services.verifying.drift import look  # noqa: PLC0415

    session = session_of(context)
    found = session.ask(look, env)
    differences = found.differences
    session.line(session.word("drifted", count=len(differences)) if differences else session.word("no_drift"))
    tell_differences(session, differences)
    session.answer(found)
    if differences:
        leave(Differs)


def systems(context: typer.Context, env: EnvironmentNamed) -> None:
    """Tell system by system where it runs and what stands by; exit code 4 where not all stand."""
    from cmp.services.verifying import systems as standing  # noqa: PLC0415

    session = session_of(context)
    found = standing.systems(session.means, env)
    rows = [
        (each.id, each.basis, each.grade, _places(each), ", ".join(each.standby), _ipv6(each))
        for each in found.systems
    ]
    session.table(("workload", "basis", "grade", "runs", "standby", "ipv6"), rows)
    for each in found.systems:
        for told in each.differences:
            session.line(f"{each.id}: {told}")
    for told in found.elsewhere:
        session.line(told)
    well = sum(each.stands for each in found.systems)
    session.line(session.word("systems_stand", well=well, of=len(found.systems)))
    session.answer(found)
    if well < len(found.systems) or found.elsewhere:
        leave(Differs)


def _places(system: System) -> str:
    """Where its servers and pods are, by cloud."""
    return ", ".join(
        f"{cloud} {system.servers.get(cloud, 0) + system.pods.get(cloud, 0)}"
        for cloud in sorted({*system.servers, *system.pods})
    )


def _ipv6(system: System) -> str:
    return f"{system.with_ipv6}/{system.running} {system.address}".strip()


def tell_differences(session: Session, differences: Sequence[Difference]) -> None:
    """Show differences as a table; nothing where there are none."""
    if not differences:
        return
    rows = [(d.consequence, d.cloud, d.kind, d.resource, d.field, d.declared, d.real) for d in differences]
    session.table(("class", "cloud", "kind", "resource", "field", "declared", "real"), rows)
