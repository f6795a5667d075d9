"""Keeps the first address of a subnet whose gateway nobody named: that is where routers usually are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final

from cmp.model.addresses import Holding, HoldingKind, Labels, Request, Status
from cmp.model.happenings import Event
from cmp.network.addresses.rooms import span_of, usable
from cmp.network.addresses.rules.subject import PrefixRole
from cmp.ports.addresses import AddressChange, Addresses

PURPOSE: Final = "gateway"
SUFFIX: Final = "-gateway"
LONGEST_NAME: Final = 128 - len(SUFFIX)
WITHOUT: Final = frozenset({PrefixRole.LINK, PrefixRole.LOOPBACK})
"""Purposes of prefixes in which no router stands for others."""


def keep_gateways(store: Addresses, requests: Sequence[Request]) -> Iterator[Event]:
    """Reserve the first address of each subnet that addresses are asked from and whose gateway is not known.

    Nothing is kept where that address is held, or where the subnet has two addresses (RFC 3021, 6164) or
    one. Tells what was kept.

    Raises:
        TryLater: the database cannot be written.
    """
    asked = {(each.region, each.within) for each in requests if each.length is None}
    for region in sorted({name for name, _ in asked}):
        held = store.holdings(region)
        for subnet in held:
            if (region, subnet.prefix) in asked and (kept := _kept(subnet, held)):
                store.change(AddressChange(added=(kept,)))
                names = {"name": subnet.name, "address": kept.text, "kept": kept.name}
                yield Event("gateway-kept", subnet.text, names)


def _kept(subnet: Holding, held: Iterable[Holding]) -> Holding | None:
    """The address to be kept in a subnet; None where there is none, or somebody has it or its name."""
    first, last = span_of(subnet.prefix)
    says_none = subnet.labels.purpose in WITHOUT or len(subnet.name) > LONGEST_NAME
    is_subnet = subnet.kind is HoldingKind.PREFIX and subnet.status is not Status.CONTAINER
    if not is_subnet or subnet.gateway is not None or last - first <= 1 or says_none:
        return None
    number = usable(subnet)[0][0]
    address = IPv4Address(number) if subnet.family == 4 else IPv6Address(number)  # noqa: PLR2004 - the version
    prefix, name = ip_network(address), f"{subnet.name}{SUFFIX}"
    if any(each.prefix == prefix or (each.name, each.family) == (name, subnet.family) for each in held):
        return None
    return Holding(
        region=subnet.region,
        name=name,
        prefix=prefix,
        kind=HoldingKind.ADDRESS,
        status=Status.RESERVED,
        labels=Labels(purpose=PURPOSE, zone=subnet.labels.zone, center=subnet.labels.center),
    )
