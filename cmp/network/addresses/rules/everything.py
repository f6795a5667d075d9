"""Lists all rules in order and puts them to an environment, or to what address management holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv6Interface, IPv6Network, ip_network
from typing import Final, NamedTuple

from cmp.model.addresses import Holding, HoldingKind, Status
from cmp.model.finding import Finding
from cmp.model.network import HostList, Network, Prefix
from cmp.network.addresses.rooms import usable
from cmp.network.addresses.rules import hosts, lengths, ranges, translation
from cmp.network.addresses.rules.subject import PrefixRole, Remark, Rule, Subject
from cmp.network.addresses.space import overlap
from cmp.network.addresses.tree import children_of, parents

RULES: Final[Sequence[Rule]] = (
    ranges.documentation_stays_in_tests,
    ranges.benchmarks_stay_in_labs,
    ranges.retired_ranges_are_not_used,
    ranges.unique_local_is_random,
    lengths.delegated_on_nibbles,
    lengths.site_is_large,
    lengths.lan_is_a_64,
    lengths.router_link_is_a_127,
    lengths.loopback_is_single,
    lengths.room_to_double,
    hosts.identifier_is_a_hosts,
    hosts.address_is_a_hosts,
    hosts.local_names_stay_inside,
    translation.pref64_has_a_length,
    translation.well_known_prefix_leads_outside,
)
"""What one prefix can have wrong; what several have wrong together is told by the tree and by `lint_plan`."""

ROUTER_RULES: Final[Sequence[Rule]] = (hosts.address_is_a_hosts,)
"""The rules of hosts that hold for the router of a prefix too; it may have an anycast identifier."""

_LINK: Final = {6: 64}
"""The length of a subnet that nobody wrote down."""

NOT_GLOBAL: Final = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)

LENGTHS_ONLY: Final = IPv6Network("2000::/128")
"""Where no range is special: for subjects of which only the length counts."""

Path = tuple[str | int, ...]


class PlacedSubject(NamedTuple):
    """A subject with the place in a document that it comes from."""

    document: str
    path: Path
    subject: Subject


def remarks(subject: Subject) -> Iterator[Remark]:
    """What every rule says of a subject."""
    for rule in RULES:
        yield from rule(subject)


def lint_environment(
    network: Network, listed: Mapping[str, HostList], *, production: bool
) -> Iterator[Finding]:
    """Put all rules to network.yaml and its host lists; where only labs are, documentation is allowed."""
    for place in _places(network, listed):
        subject = replace(place.subject, production=production)
        for remark in remarks(subject):
            yield Finding(
                place.document, place.path, remark.code, remark.message, remark.hint, remark.severity
            )


def lint_holdings(holdings: Sequence[Holding], *, production: bool) -> Iterator[tuple[Holding, Remark]]:
    """Put all rules to what is held."""
    inside = children_of(holdings)
    above = parents(holdings)
    for index, holding in enumerate(holdings):
        parent = above[index]
        link = _LINK.get(holding.family, 0) if parent is None else holdings[parent].prefix.prefixlen
        subject = _held(holding, len(inside.get(index, ())), link, production=production)
        for remark in (*remarks(subject), *_gateway(holding, production=production)):
            yield holding, remark


def _gateway(holding: Holding, *, production: bool) -> Iterator[Remark]:
    """What the rules of hosts say of a prefix's router."""
    if holding.gateway is not None:
        single = ip_network(holding.gateway)
        link = holding.prefix.prefixlen
        subject = Subject(single, PrefixRole.HOST, production=production, link=link)
        yield from (each for rule in ROUTER_RULES for each in rule(subject))


def _held(holding: Holding, inside: int, link: int, *, production: bool) -> Subject:
    room = sum(high - low + 1 for low, high in usable(holding))
    return Subject(
        prefix=holding.prefix,
        role=_role(holding),
        production=production,
        used=inside / room if room else 0.0,
        dns_name=holding.labels.dns_name,
        link=link if holding.kind is HoldingKind.ADDRESS else 0,
    )


def _role(holding: Holding) -> PrefixRole:
    """What a holding's purpose says, where it is a role; else by its place in the tree."""
    said = holding.labels.purpose
    if said in set(PrefixRole):
        return PrefixRole(said)
    if holding.kind is HoldingKind.ADDRESS:
        return PrefixRole.HOST
    if holding.status is not Status.CONTAINER:
        return PrefixRole.SUBNET
    return PrefixRole.SITE if said == "site" else PrefixRole.RANGE


def _places(network: Network, listed: Mapping[str, HostList]) -> Iterator[PlacedSubject]:
    yield from _plan(network)
    for index, allocation in enumerate(network.allocations):
        for family, prefix in (("ipv4", allocation.ipv4), ("ipv6", allocation.ipv6)):
            yield PlacedSubject("network", ("allocations", index, family), Subject(prefix, PrefixRole.SITE))
    for index, private in enumerate(network.private_networks):
        yield PlacedSubject(
            "network", ("private_networks", index, "ipv4"), Subject(private.ipv4, PrefixRole.OLD)
        )
        if private.id in listed:
            yield from _hosts(f"hosts/{private.id}", listed[private.id])
    if network.translation is not None:
        inside = any(_is_private(prefix) for prefix in _targets(network))
        subject = Subject(network.translation.prefix, PrefixRole.TRANSLATION, inside_only=inside)
        yield PlacedSubject("network", ("translation", "prefix"), subject)
        yield PlacedSubject(
            "network", ("translation", "pool"), Subject(network.translation.pool, PrefixRole.POOL)
        )


def _plan(network: Network) -> Iterator[PlacedSubject]:
    """The ranges; and of sites and subnets the lengths alone, at the fields that say them."""
    plan = network.address_plan
    yield PlacedSubject(
        "network", ("address_plan", "ipv4", "supernet"), Subject(plan.ipv4.supernet, PrefixRole.RANGE)
    )
    yield PlacedSubject(
        "network", ("address_plan", "ipv6", "prefix"), Subject(plan.ipv6.prefix, PrefixRole.RANGE)
    )
    for field, length, role in (
        ("site_length", plan.ipv6.site_length, PrefixRole.SITE),
        ("subnet_length", plan.ipv6.subnet_length, PrefixRole.SUBNET),
    ):
        first = IPv6Network((int(LENGTHS_ONLY.network_address), length))
        yield PlacedSubject("network", ("address_plan", "ipv6", field), Subject(first, role))


def _hosts(document: str, listed: HostList) -> Iterator[PlacedSubject]:
    """IPv6 addresses of hosts; the IPv4 ones lie in the old network, of which everything is said once."""
    for index, host in enumerate(listed.hosts):
        for number, interface in enumerate(host.addresses):
            if isinstance(interface, IPv6Interface):
                single = IPv6Network(interface.ip)
                subject = Subject(single, PrefixRole.HOST, link=interface.network.prefixlen)
                yield PlacedSubject(document, ("hosts", index, "addresses", number), subject)


def _targets(network: Network) -> Iterator[Prefix]:
    """The IPv4 addresses that IPv6 clients reach through the translator."""
    yield network.address_plan.ipv4.supernet
    yield from (private.ipv4 for private in network.private_networks)


def _is_private(prefix: Prefix) -> bool:
    return any(overlap(prefix, private) for private in NOT_GLOBAL)
