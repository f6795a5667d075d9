"""The commands `tricenter ipam …`: who holds what, taking and giving back, lint, files, reverse DNS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.session import Session, leave, now, session_of, shown
from cmp.errors import Invalid

if TYPE_CHECKING:
    from cmp.model.addresses import Holding, Labels, Request
    from cmp.model.network import Prefix

app = typer.Typer(
    help="Addresses of both families: who holds what.", no_args_is_help=True, rich_markup_mode=None
)

RegionName = Annotated[str, typer.Option("--region", help="The routing table (VRF) that is meant.")]
LONGEST = {4: 24, 6: 64}
"""The lengths of subnets that are asked for without a length."""


@app.command()
def show(
    context: typer.Context,
    region: Annotated[str | None, typer.Option("--region", help="Only this region.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Only this zone.")] = None,
    center: Annotated[str | None, typer.Option("--center", help="Only this center.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only what they hold.")] = None,
) -> None:
    """List prefixes and addresses."""
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415 - `--help` has to be quick

    session = session_of(context)
    with opened(session.layout) as store:
        held = store.holdings(region)
    wanted = {"zone": zone, "center": center, "owner": owner}
    tell(
        session,
        [
            each
            for each in held
            if all(value in {None, getattr(each.labels, name)} for name, value in wanted.items())
        ],
    )


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
    from cmp.model.addresses import Labels, Request, Status  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415

    session = session_of(context)
    labels = checked(
        Labels, zone=zone, center=center, owner=owner, purpose=purpose, dns_name=dns_name.lower().rstrip(".")
    )
    status = Status.CONTAINER if container else Status.ACTIVE
    with opened(session.layout, now) as store:
        prefixes = [network(text) for text in within or ()] or sites(store.holdings(region), labels)
        lengths: list[int | None] = list(length or ())
        if not within and not lengths:
            lengths = [LONGEST[prefix.version] for prefix in prefixes]
        lengths += [None] * (len(prefixes) - len(lengths))
        requests: list[Request] = [
            checked(
                Request,
                region=region,
                name=name,
                within=prefix,
                length=each,
                status=status if each is not None else Status.ACTIVE,
                labels=labels,
            )
            for prefix, each in zip(prefixes, lengths, strict=False)
        ]
        tell(session, store.allocate_many(requests))


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
    from ipaddress import ip_address  # noqa: PLC0415

    from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Status  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415
    from cmp.store.ports import AddressChange  # noqa: PLC0415

    session = session_of(context)
    labels = checked(
        Labels, zone=zone, center=center, owner=owner, purpose=purpose, dns_name=dns_name.lower()
    )
    holding: Holding = checked(
        Holding,
        region=region,
        name=name,
        prefix=network(prefix),
        kind=HoldingKind.PREFIX if "/" in prefix else HoldingKind.ADDRESS,
        status=Status.CONTAINER if container else Status.ACTIVE,
        gateway=ip_address(gateway) if gateway else None,
        labels=labels,
    )
    with opened(session.layout) as store:
        store.change(AddressChange((Region(name=region),), (holding,)))
    tell(session, (holding,))


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
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415

    session = session_of(context)
    until = now() + timedelta(hours=quarantine) if quarantine else None
    with opened(session.layout) as store:
        tell(session, store.release(region, name, until))


@app.command()
def lint(
    context: typer.Context,
    region: Annotated[str | None, typer.Option("--region", help="Only this region.")] = None,
    lab: Annotated[
        bool, typer.Option("--lab", help="Prefixes for documentation and labs are allowed.")
    ] = False,
) -> None:
    """Put all rules of address plans to what is held; exit code 2 where one is broken."""
    from cmp.model.finding import Severity  # noqa: PLC0415
    from cmp.network.addresses.rules.everything import lint_holdings  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415

    session = session_of(context)
    with opened(session.layout) as store:
        found = list(lint_holdings(store.holdings(region), production=not lab))
    rows = [(each.region, each.name, each.text, remark.severity, remark.message) for each, remark in found]
    session.table(("region", "name", "prefix", "severity", "message"), rows)
    session.line(session.word("ipam_linted", count=len(found)))
    session.answer(
        {
            "problems": [
                {
                    **document(each),
                    "code": remark.code,
                    "message": remark.message,
                    "severity": remark.severity,
                }
                for each, remark in found
            ]
        }
    )
    if any(remark.severity is Severity.ERROR for _, remark in found):
        leave(Invalid)


@app.command("import")
def take_over(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder of NetBox's CSV tables, or a JSON file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be new.")] = False,
) -> None:
    """Add everything that files hold, or nothing: every problem is told with its line."""
    from cmp.services.addresses import exchanging  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415

    session = session_of(context)
    with opened(session.layout) as store:
        taken = exchanging.take_over(store, path, dry=dry_run)
    word = "ipam_would_import" if dry_run else "ipam_imported"
    session.line(session.word(word, read=taken.read, new=taken.new))
    session.answer({"read": taken.read, "new": taken.new, "dry_run": dry_run})


@app.command()
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(help="The folder to write to.")],
    kind: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
) -> None:
    """Write everything as tables with NetBox's columns."""
    from cmp.services.addresses import exchanging  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415

    if kind not in {"csv", "json"}:
        raise Invalid(f"`{kind}` is no format", hint="csv or json")
    session = session_of(context)
    with opened(session.layout) as store:
        files = exchanging.export(store, to, kind)
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
    from cmp.network.addresses.reverse import zones_of  # noqa: PLC0415
    from cmp.services.addresses.addressing import opened  # noqa: PLC0415
    from cmp.store.files import write_atomically  # noqa: PLC0415

    session = session_of(context)
    with opened(session.layout) as store:
        zones = zones_of(store.holdings(region))
    host = server if server.endswith(".") else f"{server}."
    for zone in zones if out is not None else ():
        if out is not None:
            write_atomically(out / f"{zone.name.replace('/', '-')}.zone", zone.text(host, serial).encode())
    session.table(("name", "pointers"), [(zone.name, len(zone.pointers)) for zone in zones])
    session.answer({"zones": [{"name": zone.name, "text": zone.text(host, serial)} for zone in zones]})


def sites(held: Iterable[Holding], labels: Labels) -> list[Prefix]:
    """The containers of a zone in a center, one of each family."""
    from cmp.model.addresses import Status  # noqa: PLC0415

    found = {
        each.family: each.prefix
        for each in held
        if each.status is Status.CONTAINER
        and (each.labels.zone, each.labels.center) == (labels.zone, labels.center)
        and labels.zone
    }
    if not found:
        raise Invalid(
            "nothing says where to take it from", hint="give --within, or --zone and --center of a container"
        )
    return [found[family] for family in sorted(found)]


def network(text: str) -> Prefix:
    """A prefix that was written on the command line."""
    from ipaddress import ip_network  # noqa: PLC0415

    try:
        return ip_network(text)
    except ValueError as error:
        raise Invalid(f"`{text}` is no prefix: {error}") from error


def checked(model: Any, **given: Any) -> Any:
    """A value of what was written on the command line."""
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise Invalid(f"{field}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": ")) from error


def document(holding: Holding) -> dict[str, Any]:
    """A holding for programs."""
    return {
        "region": holding.region,
        "name": holding.name,
        "prefix": holding.text,
        "kind": holding.kind.value,
        "status": holding.status.value,
        "gateway": str(holding.gateway) if holding.gateway else None,
        **holding.labels.model_dump(),
    }


def tell(session: Session, holdings: Sequence[Holding]) -> None:
    """Show holdings to people and programs."""
    columns = ("region", "prefix", "name", "state", "zone", "center", "owner", "purpose")
    rows = [
        (
            each.region,
            each.text,
            each.name,
            session.word(f"ipam_{each.status}"),
            each.labels.zone,
            each.labels.center,
            each.labels.owner,
            each.labels.purpose,
        )
        for each in holdings
    ]
    session.table(columns, rows)
    session.answer({"allocations": [document(each) for each in holdings]})
