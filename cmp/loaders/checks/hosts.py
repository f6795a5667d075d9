"""Checks host lists: every address is one a host can have, lies in the network, and belongs to one host."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from cmp.loaders.checks.names import Path, declared, unique
from cmp.model.codes import Code
from cmp.model.finding import Finding
from cmp.model.network import HostList, NetworkHost, PrivateNetwork
from cmp.sentences import Sentence

Address = IPv4Address | IPv6Address
SMALLEST_WITH_BROADCAST = 30


def check_hosts(private: PrivateNetwork, hosts: HostList) -> Iterator[Finding]:
    """Everything the host list of one private network can have wrong."""
    document = f"hosts/{private.id}"
    yield from declared(document, "hosts", hosts.hosts)
    yield from unique(document, ("hosts",), hosts.hosts, "host", "name")
    owners: dict[Address, str] = {}
    for index, host in enumerate(hosts.hosts):
        for number, interface in enumerate(host.addresses):
            path: Path = ("hosts", index, "addresses", number)
            yield from _usable(document, path, interface.ip, private.ipv4)
            if interface.ip in owners:
                message = Sentence(
                    "{ip} is an address of `{owners}` already", ip=interface.ip, owners=owners[interface.ip]
                )
                yield Finding(document, path, Code.DUPLICATE_ADDRESS, message)
            owners.setdefault(interface.ip, host.name)
        yield from _gateways(document, index, host, private.ipv4)


def _gateways(document: str, index: int, host: NetworkHost, network: IPv4Network) -> Iterator[Finding]:
    own = {interface.ip for interface in host.addresses}
    for number, gateway in enumerate(host.gateways):
        path: Path = ("hosts", index, "gateways", number)
        yield from _usable(document, path, gateway, network, link_local=True)
        if gateway in own:
            yield Finding(
                document, path, Code.SELF_REFERENCE, Sentence("`{name}` is its own gateway", name=host.name)
            )


def _usable(
    document: str, path: Path, address: Address, network: IPv4Network, *, link_local: bool = False
) -> Iterator[Finding]:
    """An IPv4 address must lie in the network; a gateway may be a link-local IPv6 address."""
    if reason := _no_host(address, link_local=link_local):
        yield Finding(
            document,
            path,
            Code.UNUSABLE_ADDRESS,
            Sentence("{address} is {reason}, no host's address", address=address, reason=reason),
        )
    elif isinstance(address, IPv4Address):
        if address not in network:
            yield Finding(
                document,
                path,
                Code.OUTSIDE_NETWORK,
                Sentence("{address} lies outside {network}", address=address, network=network),
            )
        elif network.prefixlen <= SMALLEST_WITH_BROADCAST and address in {
            network.network_address,
            network.broadcast_address,
        }:
            message = Sentence(
                "{address} is the network or broadcast address of {network}, no host's address",
                address=address,
                network=network,
            )
            yield Finding(document, path, Code.UNUSABLE_ADDRESS, message)


def _no_host(address: Address, *, link_local: bool) -> str:
    """Why no host can have this address; empty where one can."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return "an IPv4 address written as IPv6"
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "bound to an interface of one machine"
    kinds = {
        "multicast": address.is_multicast,
        "loopback": address.is_loopback,
        "unspecified": address.is_unspecified,
        "link-local": address.is_link_local and not (link_local and isinstance(address, IPv6Address)),
    }
    return next((kind for kind, holds in kinds.items() if holds), "")
