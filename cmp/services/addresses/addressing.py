"""Keeps what an environment was given in address management: its ranges, sites, clouds and moved networks.

Every environment is a region of its own. What was allocated before there was a database is read once from
its file, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Status
from cmp.model.environment import Environment
from cmp.model.migration import Renumbered, Segment
from cmp.model.network import Prefix
from cmp.model.plan import Plan, ZoneNetwork
from cmp.network.addresses.allocation import allocate, remember
from cmp.network.addresses.tree import children_of
from cmp.ports.addresses import AddressChange, Addresses
from cmp.ports.bundle import Ports

RANGE: Final = "address plan"
SITE: Final = "site"
CLOUD: Final = "subnet of a cloud"
MOVED: Final = "moved network"
OURS: Final = frozenset({RANGE, SITE, CLOUD})
"""The purposes that Plans write and take back; everything else is left alone and kept clear of."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an environment's clouds were given before, and what others hold in its region."""

    networks: tuple[ZoneNetwork, ...] = ()
    others: tuple[Prefix, ...] = ()


def given(environment: str, ports: Ports) -> Given:
    """What an environment was given before; nothing at first.

    Nothing is written: what was allocated before there was a database counts as if it were in there, until
    whoever changes something takes it over.
    """
    before = ports.addresses.before(environment)
    if ports.addresses.is_empty():
        return _given(_subnets_of(environment, before))
    with ports.addresses.opened() as store:
        held = store.holdings(environment)
        return _given(held if _is_taken_over(held) else (*held, *_subnets_of(environment, before)))


def allocated(environment: Environment, ports: Ports) -> tuple[ZoneNetwork, ...]:
    """The networks of every cloud and zone: those that were given before unchanged, new ones clear of others.

    Raises:
        NothingFits: the address plan has no room left.
    """
    known = given(environment.name, ports)
    return allocate(environment, remember(known.networks), known.others)


def keep(plan: Plan, ports: Ports) -> None:
    """Write down what a Plan gives to clouds, so that what was once given stays; what it drops is free again.

    Subnets in which somebody still holds addresses stay.

    Raises:
        Invalid: somebody else was given the same addresses meanwhile.
        TryLater: the database cannot be written.
    """
    name = plan.environment.name
    wanted = tuple(_wanted(plan.environment, plan.networks))
    with ports.addresses.opened() as store:
        _take_over(store, name, ports.addresses.before(name))
        held = store.holdings(name)
        full = {held[index].prefix for index, inside in children_of(held).items() if inside}
        gone = tuple(
            each
            for each in held
            if each.labels.purpose in OURS
            and each not in wanted
            and not (_is_subnet(each) and each.prefix in full)
        )
        if gone or set(wanted) - set(held):
            store.change(AddressChange((Region(name=name),), wanted, gone))


def keep_moved(
    environment: str, network: str, segment: Segment, moved: Iterable[Renumbered], ports: Ports
) -> None:
    """Write down the subnets that a private network has moved to, with the addresses of its hosts.

    Raises:
        Invalid: somebody else holds them.
    """
    pairs = ((segment.ipv4, segment.ipv4_gateway), (segment.ipv6, segment.ipv6_gateway))
    labels = Labels(purpose=MOVED, owner=network)
    subnets = [
        Holding(
            region=environment,
            name=network,
            prefix=prefix,
            kind=HoldingKind.PREFIX,
            gateway=gateway,
            labels=labels,
        )
        for prefix, gateway in pairs
    ]
    hosts = [
        Holding(
            region=environment,
            name=f"{network}/{each.host}/{each.old}",
            prefix=type(interface.network)(interface.ip),
            kind=HoldingKind.ADDRESS,
            labels=labels,
        )
        for each in moved
        for interface in (each.ipv4, each.ipv6)
        if interface is not None
    ]
    with ports.addresses.opened() as store:
        store.change(AddressChange((Region(name=environment),), (*subnets, *hosts)))


def _take_over(store: Addresses, environment: str, before: Collection[ZoneNetwork]) -> None:
    """Write down what was allocated before there was a database, unless that was done."""
    if not before or _is_taken_over(store.holdings(environment)):
        return
    store.change(AddressChange((Region(name=environment),), _subnets_of(environment, before)))


def _is_taken_over(held: Iterable[Holding]) -> bool:
    """True once a Plan's subnets are in there; people may have made the region before."""
    return any(each.labels.purpose in OURS for each in held)


def _subnets_of(environment: str, networks: Iterable[ZoneNetwork]) -> tuple[Holding, ...]:
    """The subnets of networks as they are held, in the order in which a database tells them."""
    return tuple(
        sorted(
            (each for network in networks for each in _subnets(environment, network)),
            key=lambda each: (each.family, int(each.prefix.network_address), each.prefix.prefixlen),
        )
    )


def _given(held: tuple[Holding, ...]) -> Given:
    networks: dict[str, dict[int, Holding]] = {}
    for each in held:
        if each.labels.purpose == CLOUD:
            networks.setdefault(each.name, {})[each.family] = each
    full = {held[index].prefix for index, inside in children_of(held).items() if inside}
    others = [
        each.prefix
        for each in held
        if each.kind is HoldingKind.PREFIX
        and each.labels.purpose != MOVED
        and (each.labels.purpose not in OURS or (_is_subnet(each) and each.prefix in full))
    ]
    pairs = (_network(pair) for pair in networks.values())
    return Given(tuple(pair for pair in pairs if pair is not None), tuple(others))


def _network(pair: Mapping[int, Holding]) -> ZoneNetwork | None:
    four, six = pair.get(4), pair.get(6)
    if four is None or six is None:
        return None
    if not isinstance(four.prefix, IPv4Network) or not isinstance(six.prefix, IPv6Network):
        return None
    labels = four.labels
    return ZoneNetwork(
        center=labels.center, cloud=labels.owner, zone=labels.zone, ipv4=four.prefix, ipv6=six.prefix
    )


def _is_subnet(holding: Holding) -> bool:
    return holding.labels.purpose == CLOUD


def _wanted(environment: Environment, networks: tuple[ZoneNetwork, ...]) -> Iterator[Holding]:
    """The ranges, the block of every site, and the subnet of every cloud, in both families."""
    plan = environment.network.address_plan
    region = environment.name
    seen: set[Prefix] = {prefix for network in networks for prefix in (network.ipv4, network.ipv6)}
    for prefix in (plan.ipv4.supernet, plan.ipv6.prefix):
        if prefix not in seen:
            yield _container(region, "address plan", prefix, Labels(purpose=RANGE))
            seen.add(prefix)
    for network in networks:
        labels = Labels(purpose=SITE, center=network.center, zone=network.zone)
        blocks: tuple[Prefix, ...] = (
            network.ipv4.supernet(new_prefix=plan.ipv4.site_length),
            network.ipv6.supernet(new_prefix=plan.ipv6.site_length),
        )
        for block in blocks:
            if block not in seen:
                yield _container(region, f"{network.center} {network.zone}", block, labels)
            seen.add(block)
    for network in networks:
        yield from _subnets(region, network)


def _container(region: str, name: str, prefix: Prefix, labels: Labels) -> Holding:
    return Holding(
        region=region,
        name=name,
        prefix=prefix,
        kind=HoldingKind.PREFIX,
        status=Status.CONTAINER,
        labels=labels,
    )


def _subnets(region: str, network: ZoneNetwork) -> Iterator[Holding]:
    labels = Labels(purpose=CLOUD, owner=network.cloud, center=network.center, zone=network.zone)
    for prefix in (network.ipv4, network.ipv6):
        yield Holding(
            region=region,
            name=f"{network.cloud}/{network.zone}",
            prefix=prefix,
            kind=HoldingKind.PREFIX,
            gateway=prefix[1] if prefix.num_addresses > 2 else None,  # noqa: PLR2004 - the first that a host can have
            labels=labels,
        )
