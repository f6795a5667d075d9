"""Says what of a host's network a move could not carry over or give back: to be put right before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_address
from typing import Any

from cmp.model.network import Manager, NetworkHost
from cmp.network.moving.keepers import keepers
from cmp.network.moving.routes import NEW_TABLE, OLD_TABLE

FOREVER = 4294967295
"""The lifetime, in seconds, of an address that nobody has to renew."""
DEFAULT = "default"
MAIN = (None, "254", "main")
KERNEL = "2"
"""The protocol number of routes that the kernel makes for an address."""
EVERYWHERE = frozenset(("*", "0.0.0.0", "::"))  # noqa: S104 - compared with what others bind
"""Where a listener answers at addresses that come later too, as ss(8) shows it."""


def hindrances(
    host: NetworkHost, facts: Mapping[str, Any], old: IPv4Network, gateway: IPv4Address | None = None
) -> Iterator[str]:
    """Sentences, each with what to do; `facts` are those of the play that looked at the host.

    `gateway` is the old network's, which the plan replaces; None: whichever the host list names.
    """
    mine = [each for each in host.addresses if each.ip in old]
    yield from _of_addresses(mine, facts["links"])
    yield from _unlisted(mine, facts["links"], old)
    yield from _of_routes(facts["routes"]["-4"], old)
    named = gateway or next((each for each in host.gateways if each in old), None)
    yield from _of_defaults(named, facts["routes"]["-4"], old)
    yield from _of_sources(facts["routes"]["-4"], {str(each.ip) for each in mine}, old)
    yield from _of_tables(facts)
    yield from _of_interfaces(host, facts)
    yield from _of_listeners(host, facts["listeners"])
    yield from _of_files(host, facts["configured"])
    yield from keepers(facts, {str(each.ip) for each in mine})


def _of_addresses(mine: Sequence[IPv4Interface | Any], links: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    listed = {str(each.ip) for each in mine}
    for link in links:
        held = [each for each in link.get("addr_info", []) if each["family"] == "inet"]
        for each in held:
            given = next((one for one in mine if str(one.ip) == each["local"]), None)
            if given is None:
                continue
            if link["ifname"] == "lo":
                yield f"it holds {each['local']} on lo, which no move gives back: move it to an interface"
            if given.network.prefixlen != each["prefixlen"]:
                yield (
                    f"it holds {each['local']}/{each['prefixlen']}, and the host list says {given}:"
                    " correct whichever is wrong"
                )
            if each.get("dynamic") or each.get("valid_life_time", FOREVER) != FOREVER:
                yield (
                    f"{each['local']} was given for a time (DHCP): it would come back after it is retired;"
                    " set it for good, and end its reservation"
                )
        yield from _stranded(held, listed)


def _unlisted(
    mine: Sequence[IPv4Interface | Any], links: Sequence[Mapping[str, Any]], old: IPv4Network
) -> Iterator[str]:
    """Addresses of the old network that nobody renumbers: a virtual one, a balancer's, a forgotten one."""
    listed = {str(each.ip) for each in mine}
    for link in links:
        held = [each for each in link.get("addr_info", []) if each["family"] == "inet"]
        primaries = {_network(each) for each in held if each["local"] in listed and not each.get("secondary")}
        for each in held:
            told = each.get("secondary") and _network(each) in primaries  # by `_stranded`
            if each["local"] not in listed and _is_in(each["local"], old) and not told:
                yield (
                    f"it holds {each['local']} of the old network, which the host list does not name: add it"
                    " there, or have whoever set it (keepalived, a balancer) take it off"
                )


def _stranded(held: Sequence[Mapping[str, Any]], listed: set[str]) -> Iterator[str]:
    """Other addresses of the same network whose primary goes: their order could not be given back."""
    for number, each in enumerate(held):
        if each["local"] in listed and not each.get("secondary"):
            network = _network(each)
            others = [
                one["local"]
                for one in held[number + 1 :]
                if one.get("secondary") and _network(one) == network and one["local"] not in listed
            ]
            if others:
                yield (
                    f"{', '.join(others)} is second to {each['local']}, which goes: add it to the host list,"
                    " or make it the first"
                )


def _network(each: Mapping[str, Any]) -> IPv4Network:
    return IPv4Interface(f"{each['local']}/{each['prefixlen']}").network


def _of_routes(routes: Sequence[Mapping[str, Any]], old: IPv4Network) -> Iterator[str]:
    for route in routes:
        hops = [str(hop.get("gateway", "")) for hop in route.get("nexthops", [])]
        if route["dst"] == DEFAULT and any(_is_in(hop, old) for hop in hops):
            yield (
                f"its default route has several next hops ({', '.join(hops)}): give the others a route of"
                " their own"
            )
        gateway = str(route.get("gateway", ""))
        table = route.get("table")
        if _is_in(gateway, old) and (
            route["dst"] != DEFAULT or str(table) not in {str(each) for each in MAIN}
        ):
            where = "" if str(table) in {str(each) for each in MAIN} else f" of table {table}"
            if str(table) != str(OLD_TABLE):  # of a move that is under way, or in use and told below
                yield (
                    f"its route{where} to {route['dst']} leads by {gateway} of the old network: move it to a"
                    " gateway that stays, or take it out"
                )


def _of_defaults(named: Any, routes: Sequence[Mapping[str, Any]], old: IPv4Network) -> Iterator[str]:
    """The default by one gateway of the old network is replaced; another's would be lost with the address."""
    every = [
        route
        for route in routes
        if route["dst"] == DEFAULT and str(route.get("table")) in {str(each) for each in MAIN}
    ]
    mine = [route for route in every if _is_in(str(route.get("gateway", "")), old)]
    metrics = {route.get("metric", 0) for route in mine}
    for each in every:
        if each not in mine and each.get("metric", 0) in metrics:
            via = each.get("gateway") or each.get("dev")
            yield (
                f"its default by {via} has the metric of the one by the old network"
                f" ({each.get('metric', 0)}): give it another, since one of them would be replaced"
            )
    for route in mine:
        own = {name: value for each in route.get("metrics", ()) for name, value in each.items()}
        if own:
            told = ", ".join(f"{name} {value}" for name, value in sorted(own.items()))
            yield f"its default has {told}, which the new one would not have: set it on the interface instead"
    leading = {str(route["gateway"]) for route in mine}
    if len(leading) > 1:
        told = ", ".join(sorted(leading))
        yield f"its defaults lead by {told} of the old network, of which one is replaced: leave one"
    elif named and leading - {str(named)}:
        (other,) = leading
        yield (
            f"its default leads by {other}, and the old network's gateway is {named}:"
            " correct whichever is wrong"
        )


def _of_sources(routes: Sequence[Mapping[str, Any]], mine: set[str], old: IPv4Network) -> Iterator[str]:
    """The kernel drops every route whose source goes (fib_sync_down_addr)."""
    for route in routes:
        leaves = _is_in(str(route.get("gateway", "")), old) or str(route.get("protocol")) == KERNEL
        if route.get("prefsrc") in mine and not leaves and route.get("type") not in ("local", "broadcast"):
            yield (
                f"its route to {route['dst']} sends from {route['prefsrc']}, which goes: take the source"
                " out of it, or the route"
            )


def _of_tables(facts: Mapping[str, Any]) -> Iterator[str]:
    """A table that somebody else has filled would be overwritten, and his packets led astray."""
    taken = {
        str(route.get("table"))
        for routes in facts["routes"].values()
        for route in routes
        if str(route.get("table")) in {str(OLD_TABLE), str(NEW_TABLE)}
    }
    if taken and not facts.get("moving"):
        told = ", ".join(sorted(taken))
        yield f"its routing table {told} is in use, which moves need: give it another number"


def _of_interfaces(host: NetworkHost, facts: Mapping[str, Any]) -> Iterator[str]:
    links = {link["ifname"]: link for link in facts["links"]}
    holding = [
        name
        for name, link in links.items()
        if any(each.get("local") == str(host.addresses[0].ip) for each in link.get("addr_info", []))
    ]
    names = [name for name in (host.new_interface or host.interface, *holding) if name][:1]
    for name in names:
        if name not in links:
            yield f"it has no interface {name}"
        elif "UP" not in links[name].get("flags", ["UP"]):
            yield f"{name} is down: bring it up, at every boot too"
        if host.ipv6_capable and name in facts["ipv6"].get("disabled_on", ()):
            yield f"IPv6 is switched off on {name}: net.ipv6.conf.{name}.disable_ipv6=1"


def _of_listeners(host: NetworkHost, listeners: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Plays log in at the new addresses, and from outside each has to answer on the port of SSH."""
    port = host.ssh.port if host.ssh else 22
    at = {each["address"] for each in listeners if each["protocol"] == "tcp" and each["port"] == port}
    if at and at.isdisjoint(EVERYWHERE):
        told = ", ".join(sorted(at))
        yield f"sshd listens on {told} alone (ListenAddress): nobody could log in afterwards"


def _of_files(host: NetworkHost, written: Mapping[str, Any]) -> Iterator[str]:
    """What the next boot reads: it has to be known, editable, and not written anew by others."""
    if written["cloud_init"]:
        yield (
            "cloud-init writes its network files at every boot: tell it not to"
            " (network: {config: disabled} in /etc/cloud/cloud.cfg.d)"
        )
    if written["ifcfg"]:
        yield f"{written['ifcfg'][0]} sets its network, which is not written by moves: use a keyfile instead"
    for address, told in sorted(written["addresses"].items()):
        if told["problem"]:
            yield told["problem"]
        elif not told["files"]:
            yield f"nothing that is known sets {address} at boot: it would be back after it is retired"
    for gateway, told in sorted(written["gateways"].items()):
        if told["problem"]:
            yield told["problem"]
        elif not told["files"]:
            yield f"nothing that is known leads the default by {gateway} at boot: it would be back as well"
    if host.manager is Manager.IFUPDOWN and host.new_interface and not written["read"]:
        yield "/etc/network/interfaces does not `source /etc/network/interfaces.d/*`, where moves write"
    for name, file in sorted(written["network_files"].items()):
        if host.manager is Manager.NETWORKD and file and not file.startswith("/etc/"):
            yield f"{file} sets up {name}: copy it to /etc/systemd/network, where people's files lie"


def _is_in(address: str, network: IPv4Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False
