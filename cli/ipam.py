"""The commands `tricenter ipam …`: who holds what, taking and giving back, lint, files, reverse DNS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.session import Session, leave, session_of, shown
from cmp.errors import Invalid

if TYPE_CHECKING:
    from cmp.model.addresses import Holding
    from cmp.services.addresses.documents import Holdings

app = typer.Typer(
    help="Addresses of both families: who holds what.", no_args_is_help=True, rich_markup_mode=None
)

SELDOM = ("gateway", "dns_name", "description")
"""Columns of which nothing is shown where nothing is in them."""

RegionName = Annotated[str, typer.Option("--region", help="The routing table (VRF) that is meant.")]


@app.command()
def show(
    context: typer.Context,
    region: Annotated[str | None, typer.Option("--region", help="Only this region.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Only this zone.")] = None,
    center: Annotated[str | None, typer.Option("--center", help="Only this center.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only what they hold.")] = None,
) -> None:
    """List prefixes and addresses."""
    from cmp.services.addresses import managing  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    labels = {"zone": zone, "center": center, "owner": owner}
    tell(session, managing.show(session.means, region, labels))


@app.command()
def allocate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is called; asked again, the answer is the same.")],
    region: RegionName = "global",
    within: Annotated[
        list[str] | None, typer.Option("--within", help="The prefix to take from; twice for both families.")
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="With --center instead of --within: a subnet there.")
    ] = "",
    center: Annotated[str, typer.Option("--center", help="The center.")] = "",
    length: Annotated[
        list[int] | None,
        typer.Option("--length", help="Of a prefix, in the order of --within; else an address."),
    ] = None,
    owner: Annotated[str, typer.Option("--owner", help="Who holds it.")] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", help="What for, such as user-lan or router-link.")
    ] = "",
    dns_name: Annotated[str, typer.Option("--dns-name", help="The name that its PTR record says.")] = "",
    container: Annotated[bool, typer.Option("--container", help="A prefix that holds prefixes.")] = False,
) -> None:
    """Take the first free prefix or address, in one family or in both at once."""
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    labels = {"zone": zone, "center": center, "owner": owner, "purpose": purpose, "dns_name": dns_name}
    wish = managing.AllocationWish(name, region, tuple(within or ()), tuple(length or ()), labels, container)
    tell(session, managing.allocate(session.means, wish))


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    prefix: Annotated[str, typer.Argument(help="The prefix, or an address without a length.")],
    region: RegionName = "global",
    container: Annotated[bool, typer.Option("--container", help="It holds prefixes, not addresses.")] = False,
    gateway: Annotated[str | None, typer.Option("--gateway", help="The router's address in it.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="Its zone.")] = "",
    center: Annotated[str, typer.Option("--center", help="Its center.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who holds it.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What for.")] = "",
    dns_name: Annotated[str, typer.Option("--dns-name", help="The name of an address.")] = "",
) -> None:
    """Write down what is held already; a region that is new is made."""
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    labels = {"zone": zone, "center": center, "owner": owner, "purpose": purpose, "dns_name": dns_name}
    wish = managing.HoldingWish(name, prefix, region, container, gateway, labels)
    tell(session, managing.add(session.means, wish))


@app.command()
def release(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What is given back, in both families.")],
    region: RegionName = "global",
    quarantine: Annotated[
        float, typer.Option("--quarantine", min=0, metavar="HOURS", help="Nobody gets it so long.")
    ] = 0.0,
) -> None:
    """Give back what a name holds."""
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    tell(session, managing.release(session.means, region, name, quarantine))


@app.command()
def lint(
    context: typer.Context,
    region: Annotated[str | None, typer.Option("--region", help="Only this region.")] = None,
    lab: Annotated[
        bool, typer.Option("--lab", help="Prefixes for documentation and labs are allowed.")
    ] = False,
) -> None:
    """Put all rules of address plans to what is held; exit code 2 where one is broken."""
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    found = managing.lint(session.means, region, production=not lab)
    rows = [
        (each.region, each.name, each.text, remark.severity, remark.message) for each, remark in found.remarks
    ]
    session.table(("region", "name", "prefix", "severity", "message"), rows)
    session.line(session.word("ipam_linted", count=len(found.remarks)))
    session.answer(found)
    if found.is_broken:
        leave(Invalid)


@app.command("import")
def take_over(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder of NetBox's CSV tables, or a JSON file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be new.")] = False,
) -> None:
    """Add everything that files hold, or nothing: every problem is told with its line."""
    from cmp.handing import handed_tables  # noqa: PLC0415
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    taken = managing.take_over(session.means, handed_tables(path), dry=dry_run)
    word = "ipam_would_import" if dry_run else "ipam_imported"
    if dry_run:
        columns = ("region", "name", "prefix", "status", "owner", "purpose")
        rows = [
            (each.region, each.name, each.text, each.status.value, each.labels.owner, each.labels.purpose)
            for each in taken.added
        ]
        session.table(columns, rows)
    session.line(session.word(word, read=taken.read, new=taken.new))
    session.answer(taken)


@app.command()
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(help="The folder to write to.")],
    kind: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
) -> None:
    """Write everything as tables with NetBox's columns."""
    from cmp.handing import write_out  # noqa: PLC0415
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    files = write_out(managing.export(session.means, kind).files, to)
    session.line(session.word("ipam_exported", files=", ".join(shown(file) for file in files)))
    session.answer({"files": [str(file) for file in files]})


@app.command()
def reverse(
    context: typer.Context,
    region: RegionName = "global",
    server: Annotated[
        str, typer.Option("--name-server", help="The zones' first name server.")
    ] = "ns1.internal.",
    serial: Annotated[int, typer.Option("--serial", min=1, help="The zones' serial number.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the zones' files into this folder.")
    ] = None,
) -> None:
    """List the reverse zones of all subnets, or write their files."""
    from cmp.handing import write_out  # noqa: PLC0415
    from cmp.services.addresses import managing  # noqa: PLC0415

    session = session_of(context)
    found = managing.reverse(session.means, region, server, serial)
    if out is not None:
        write_out(found.files, out)
    session.table(("name", "pointers"), [(zone.name, len(zone.pointers)) for zone in found.zones])
    session.answer(found)


def tell(session: Session, found: Holdings) -> None:
    """Show holdings to people and programs; names, gateways and descriptions where there are any."""
    columns = ["region", "prefix", "name", "state", "zone", "center", "owner", "purpose"]
    columns += [name for name in SELDOM if any(_cell(session, each, name) for each in found.holdings)]
    session.table(columns, [[_cell(session, each, name) for name in columns] for each in found.holdings])
    waiting = [(each.region, each.text, f"{each.until:%Y-%m-%d %H:%M}Z") for each in found.quarantine]
    if waiting:
        session.table(("region", "prefix", "until_when"), waiting, title=session.word("ipam_quarantine"))
    session.answer(found)


def _cell(session: Session, holding: Holding, column: str) -> str:
    own = {
        "region": holding.region,
        "prefix": holding.text,
        "name": holding.name,
        "state": session.word(f"ipam_{holding.status}"),
        "gateway": str(holding.gateway or ""),
    }
    return own[column] if column in own else str(getattr(holding.labels, column))
