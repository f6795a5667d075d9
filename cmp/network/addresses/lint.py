"""Lints the address plan in both families: usable ranges, fitting lengths, no collisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from itertools import combinations
from typing import Final

from cmp.model.codes import Code
from cmp.model.container_networks import own_zones
from cmp.model.estate import Estate
from cmp.model.finding import Finding, Severity
from cmp.model.network import Ipv4Plan, Ipv6Plan, Network, Prefix
from cmp.network.addresses.space import inside, lies, overlap
from cmp.sentences import Sentence

NETWORK: Final = "network"
NO_HOSTS: Final[Sequence[tuple[Prefix, str]]] = tuple(
    (ip_network(text), what)
    for text, what in (
        ("0.0.0.0/8", "this network"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/8", "reserved, loopback and mapped IPv4"),
        ("64:ff9b::/96", "translation to IPv4"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
"""Ranges no host of ours can live in: the standard library's own table calls documentation ranges private."""


def lint_plan(network: Network) -> Iterator[Finding]:
    """Everything that the address plan and its fixed allocations can have wrong by themselves."""
    plan = network.address_plan
    yield from _range(("address_plan", "ipv4", "supernet"), plan.ipv4.supernet)
    yield from _range(("address_plan", "ipv6", "prefix"), plan.ipv6.prefix)
    yield from _lengths("ipv4", plan.ipv4.supernet.prefixlen, plan.ipv4)
    yield from _lengths("ipv6", plan.ipv6.prefix.prefixlen, plan.ipv6)
    yield from _allocations(network)
    yield from _collisions(network)
    yield from _private(network)


def lint_room(network: Network, estate: Estate) -> Iterator[Finding]:
    """A block per center and zone must fit into the plan, and a subnet per cloud into a block."""
    served = [(cloud.center, zone) for cloud in estate.clouds for zone in own_zones(cloud, network)]
    pairs = set(served)
    clouds = [served.count(pair) for pair in pairs]
    plan = network.address_plan
    families = (
        ("ipv4", "supernet", plan.ipv4.supernet.prefixlen, plan.ipv4),
        ("ipv6", "prefix", plan.ipv6.prefix.prefixlen, plan.ipv6),
    )
    for family, field, length, lengths in families:
        path = ("address_plan", family, field)
        blocks = 1 << max(0, lengths.site_length - length)
        if blocks < len(pairs):
            message = Sentence(
                "{pairs} pairs of center and zone need a block each: the plan has {blocks}",
                pairs=len(pairs),
                blocks=blocks,
            )
            yield Finding(
                NETWORK, path, Code.PLAN_TOO_SMALL, message, "take a shorter prefix or a longer `site_length`"
            )
        subnets = 1 << max(0, lengths.subnet_length - lengths.site_length)
        if clouds and subnets < max(clouds):
            message = Sentence(
                "{clouds} clouds of a center need a subnet each: a block has {subnets}",
                clouds=max(clouds),
                subnets=subnets,
            )
            yield Finding(NETWORK, path, Code.PLAN_TOO_SMALL, message, "take a longer `subnet_length`")


def _range(path: tuple[str | int, ...], prefix: Prefix) -> Iterator[Finding]:
    for taken, what in NO_HOSTS:
        if overlap(prefix, taken):
            message = Sentence(
                "{prefix} {prefix2} {taken} ({what}): no host can live there",
                prefix=prefix,
                prefix2=lies(prefix, taken),
                taken=taken,
                what=what,
            )
            yield Finding(NETWORK, path, Code.ADDRESS_RANGE, message)


def _lengths(family: str, whole: int, plan: Ipv4Plan | Ipv6Plan) -> Iterator[Finding]:
    path = ("address_plan", family)
    if plan.site_length < whole:
        message = Sentence(
            "a /{site_length} per site does not fit into the plan's /{whole}",
            site_length=plan.site_length,
            whole=whole,
        )
        yield Finding(NETWORK, path, Code.PREFIX_LENGTH, message, "take a longer `site_length`")
    if plan.subnet_length < plan.site_length:
        message = Sentence(
            "a /{subnet_length} per cloud does not fit into a site's /{site_length}",
            subnet_length=plan.subnet_length,
            site_length=plan.site_length,
        )
        yield Finding(NETWORK, path, Code.PREFIX_LENGTH, message, "take a longer `subnet_length`")


def _allocations(network: Network) -> Iterator[Finding]:
    plan = network.address_plan
    for index, allocation in enumerate(network.allocations):
        families: tuple[tuple[str, Prefix, Prefix, int], ...] = (
            ("ipv4", allocation.ipv4, plan.ipv4.supernet, plan.ipv4.site_length),
            ("ipv6", allocation.ipv6, plan.ipv6.prefix, plan.ipv6.site_length),
        )
        for family, prefix, whole, length in families:
            path = ("allocations", index, family)
            if not inside(prefix, whole):
                message = Sentence(
                    "{prefix} lies outside the address plan's {whole}", prefix=prefix, whole=whole
                )
                yield Finding(NETWORK, path, Code.OUTSIDE_PLAN, message)
            elif prefix.prefixlen != length:
                message = Sentence(
                    "{prefix} is not a /{length}, the plan's length per site", prefix=prefix, length=length
                )
                yield Finding(NETWORK, path, Code.PREFIX_LENGTH, message)


def _collisions(network: Network) -> Iterator[Finding]:
    for (one, first), (two, second) in combinations(enumerate(network.allocations), 2):
        if (first.center, first.zone) == (second.center, second.zone):
            message = Sentence(
                "{zone} in {center} is allocated twice", zone=second.zone, center=second.center
            )
            hint = Sentence("the first is number {one} of the list", one=one + 1)
            yield Finding(NETWORK, ("allocations", two), Code.DUPLICATE_ENTRY, message, hint)
        pairs: tuple[tuple[str, Prefix, Prefix], ...] = (
            ("ipv4", first.ipv4, second.ipv4),
            ("ipv6", first.ipv6, second.ipv6),
        )
        for family, left, right in pairs:
            if overlap(left, right):
                where = f"{first.zone} in {first.center}"
                basis = "GB/T 22239" if first.zone != second.zone else "RFC 7381 2.6"
                message = Sentence(
                    "{right} {right2} {left} of {where} ({basis})",
                    right=right,
                    right2=lies(right, left),
                    left=left,
                    where=where,
                    basis=basis,
                )
                yield Finding(NETWORK, ("allocations", two, family), Code.OVERLAP, message)
    yield from _translated(network)


def _translated(network: Network) -> Iterator[Finding]:
    """What a translator stands for is nobody's site: its pool and its prefix belong to the same region."""
    if network.translation is None:
        return
    for allocation in network.allocations:
        pairs: tuple[tuple[str, Prefix, Prefix], ...] = (
            ("pool", network.translation.pool, allocation.ipv4),
            ("prefix", network.translation.prefix, allocation.ipv6),
        )
        for field, mine, theirs in pairs:
            if overlap(mine, theirs):
                message = Sentence(
                    "{mine} {mine2} {theirs} of {zone} in {center} (RFC 7381 2.6)",
                    mine=mine,
                    mine2=lies(mine, theirs),
                    theirs=theirs,
                    zone=allocation.zone,
                    center=allocation.center,
                )
                yield Finding(NETWORK, ("translation", field), Code.OVERLAP, message)


def _private(network: Network) -> Iterator[Finding]:
    """Old networks often overlap each other and the plan: they are renumbered, the file is not wrong."""
    for index, private in enumerate(network.private_networks):
        others: list[tuple[str, Prefix]] = [("the address plan", network.address_plan.ipv4.supernet)]
        others += [(f"`{other.id}`", other.ipv4) for other in network.private_networks[:index]]
        for name, prefix in others:
            if overlap(private.ipv4, prefix):
                message = Sentence(
                    "{ipv4} of `{id}` {ipv42} {prefix} of {name}",
                    ipv4=private.ipv4,
                    id=private.id,
                    ipv42=lies(private.ipv4, prefix),
                    prefix=prefix,
                    name=name,
                )
                hint = "its hosts get new addresses when it moves"
                path = ("private_networks", index, "ipv4")
                yield Finding(NETWORK, path, Code.OVERLAP_NOTE, message, hint, Severity.NOTE)
