"""Manages addresses as people ask for it: shows, gives out, writes down, takes back, lints, exchanges.

What is asked for comes as it was written, since a command line and an API are given the same texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Request, Status
from cmp.model.named_file import NamedFile
from cmp.model.network import Prefix
from cmp.network.addresses.reverse import zones_of
from cmp.network.addresses.rules.everything import lint_holdings
from cmp.network.addresses.spelling import gateway_of, in_words, plain, prefix_of
from cmp.ports.addresses import AddressChange
from cmp.sentences import Sentence
from cmp.services.addresses import exchanging
from cmp.services.addresses.documents import Exported, Holdings, Linted, ReverseZones, TakenOver
from cmp.services.addresses.gateways import keep_gateways
from cmp.services.addresses.waiting import waiting

M = TypeVar("M", bound=BaseModel)

LONGEST: Final = {4: 24, 6: 64}
"""The lengths of subnets that are asked for without a length."""

FORMATS: Final = ("csv", "json")


@dataclass(frozen=True, slots=True)
class AllocationWish:
    """What is wanted: in one prefix or in one of each family, or in the containers of a zone in a center.

    `lengths` are those of prefixes, in the order of `within`; without one it is an address. `labels` are
    fields of `Labels`, as they were written.
    """

    name: str
    region: str
    within: tuple[str, ...] = ()
    lengths: tuple[int, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    container: bool = False


@dataclass(frozen=True, slots=True)
class HoldingWish:
    """What is held already: a prefix, or an address without a length; `labels` as in `AllocationWish`."""

    name: str
    prefix: str
    region: str
    container: bool = False
    gateway: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def show(means: Means, region: str | None, labels: Mapping[str, str | None]) -> Holdings:
    """Prefixes and addresses of one region or all that bear these labels; None asks for nothing.

    Where no label is asked for, what is in quarantine too: that bears none any more.

    Raises:
        TryLater: the database cannot be read.
    """
    with means.ports.addresses.opened() as store:
        held = store.holdings(region)
        every = all(value is None for value in labels.values())
        kept = tuple(waiting(store, region, means.now())) if every else ()
    found = tuple(
        each
        for each in held
        if all(value in {None, getattr(each.labels, name)} for name, value in labels.items())
    )
    return Holdings(found, kept)


def allocate(means: Means, wish: AllocationWish) -> Holdings:
    """The first free prefix or address, in one family or in both at once; asked again, the same.

    In a subnet whose gateway nobody named the first address is kept for it, which is said.

    Raises:
        Invalid: something of the wish is wrong, or there is no such region or prefix.
        Conflict: the name holds something else.
        NothingFits: there is no room left.
        TryLater: the database cannot be written.
    """
    labels = _labels(wish.labels)
    with means.ports.addresses.opened(means.now) as store:
        prefixes = [_network(text) for text in wish.within] or _sites(store.holdings(wish.region), labels)
        requests = _requests(wish, prefixes, labels)
        for kept in keep_gateways(store, requests):
            means.say(kept)
        return Holdings(store.allocate_many(requests))


def add(means: Means, wish: HoldingWish) -> Holdings:
    """Write down what is held already; a region that is new is made.

    Raises:
        Invalid: something of the wish is wrong, or it has no place in the tree.
        TryLater: the database cannot be written.
    """
    prefix = _network(wish.prefix)
    holding = _checked(
        Holding,
        region=wish.region,
        name=wish.name,
        prefix=prefix,
        kind=HoldingKind.PREFIX if "/" in plain(wish.prefix) else HoldingKind.ADDRESS,
        status=Status.CONTAINER if wish.container else Status.ACTIVE,
        gateway=_gateway(wish.gateway, prefix) if wish.gateway else None,
        labels=_labels(wish.labels),
    )
    with means.ports.addresses.opened() as store:
        store.change(AddressChange((Region(name=wish.region),), (holding,)))
    return Holdings((holding,))


def release(means: Means, region: str, name: str, quarantine_hours: float = 0) -> Holdings:
    """Give back what a name holds, in both families; in quarantine nobody else gets it.

    Raises:
        Invalid: the name holds nothing.
        Refused: others lie in it.
        TryLater: the database cannot be written.
    """
    until = means.now() + timedelta(hours=quarantine_hours) if quarantine_hours else None
    with means.ports.addresses.opened() as store:
        return Holdings(store.release(region, name, until))


def lint(means: Means, region: str | None, *, production: bool = True) -> Linted:
    """Put all rules of address plans to what is held; without `production` prefixes for labs are allowed.

    Raises:
        TryLater: the database cannot be read.
    """
    with means.ports.addresses.opened() as store:
        return Linted(tuple(lint_holdings(store.holdings(region), production=production)))


def take_over(means: Means, files: Sequence[NamedFile], *, dry: bool) -> TakenOver:
    """Add everything that files for NetBox hold, or nothing; with `dry` only say what would be new.

    Raises:
        Invalid: something is wrong; every problem is told with its line, and nothing is changed.
        TryLater: the database cannot be written.
    """
    with means.ports.addresses.opened() as store:
        taken = exchanging.take_over(store, files, dry=dry)
    return TakenOver(taken.read, taken.new, dry, taken.added)


def export(means: Means, kind: str = FORMATS[0]) -> Exported:
    """Everything as tables with NetBox's columns, in one of `FORMATS`.

    Raises:
        Invalid: there is no such format.
        TryLater: the database cannot be read.
    """
    if kind not in FORMATS:
        raise Invalid(Sentence("`{kind}` is no format", kind=kind), hint=" or ".join(FORMATS))
    with means.ports.addresses.opened() as store:
        return Exported(exchanging.export(store, kind))


def reverse(means: Means, region: str, server: str, serial: int = 1) -> ReverseZones:
    """The reverse zones of all subnets of a region.

    Args:
        means: what the use case works with.
        region: the routing table.
        server: the zones' first name server.
        serial: the zones' serial number.

    Raises:
        TryLater: the database cannot be read.
    """
    with means.ports.addresses.opened() as store:
        zones = zones_of(store.holdings(region))
    return ReverseZones(tuple(zones), server if server.endswith(".") else f"{server}.", serial)


def _requests(wish: AllocationWish, prefixes: Sequence[Prefix], labels: Labels) -> list[Request]:
    lengths: list[int | None] = list(wish.lengths)
    if not wish.within and not lengths:
        lengths = [LONGEST[prefix.version] for prefix in prefixes]
    if len(lengths) > len(prefixes):
        raise Invalid(
            Sentence(
                "{lengths} lengths are given for {prefixes} prefixes",
                lengths=len(lengths),
                prefixes=len(prefixes),
            ),
            hint="give --length once for each --within, in their order",
        )
    lengths += [None] * (len(prefixes) - len(lengths))
    status = Status.CONTAINER if wish.container else Status.ACTIVE
    return [
        _checked(
            Request,
            region=wish.region,
            name=wish.name,
            within=prefix,
            length=length,
            status=status if length is not None else Status.ACTIVE,
            labels=labels,
        )
        for prefix, length in zip(prefixes, lengths, strict=False)
    ]


def _sites(held: Iterable[Holding], labels: Labels) -> list[Prefix]:
    """The containers of a zone in a center, one of each family."""
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


def _labels(given: Mapping[str, str]) -> Labels:
    name = given.get("dns_name", "").lower().rstrip(".")
    return _checked(Labels, **{**given, "dns_name": name})


def _network(text: str) -> Prefix:
    try:
        return prefix_of(text)
    except ValueError as error:
        raise Invalid(str(error)) from error


def _gateway(text: str, prefix: Prefix) -> IPv4Address | IPv6Address:
    try:
        return gateway_of(text, prefix)
    except ValueError as error:
        raise Invalid(str(error)) from error


def _checked(model: type[M], **given: object) -> M:
    """A value of what was written; what is wrong with it is told by its field."""
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise Invalid(in_words(place, said, first["type"])) from error
