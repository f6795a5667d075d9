"""Judges from a host's facts how ready it is to move, and names everything that has to be done before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

from cmp.model.base import Document, Id
from cmp.model.network import Manager, NetworkHost
from cmp.network.moving.hindrances import hindrances

LONG_SESSION = 60.0
"""Seconds without a packet after which a living session is called long: it will meet the switch."""
OLDEST_PYTHON = (3, 8)


class Capability(StrEnum):
    """What a host can do in IPv6 (RFC 7381 section 2.2)."""

    READY = "ready"
    UPGRADE = "upgrade"
    """It can speak IPv6 once something named has been put right."""
    IPV4_ONLY = "ipv4-only"
    UNKNOWN = "unknown"
    """Nobody could look: it counts as a failure."""


class Readiness(Document):
    """One row of the readiness matrix: sentences to act on, and what they were judged from."""

    host: Id
    capability: Capability
    blocks: tuple[str, ...] = ()
    """What forbids the move until it is put right."""
    upgrades: tuple[str, ...] = ()
    """What keeps a service from answering over IPv6."""
    notes: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    """Places where old addresses are written down, as path:line address."""
    long_sessions: int = 0
    ipv4_only_ports: tuple[str, ...] = ()


def judge(
    host: NetworkHost, facts: Mapping[str, Any], old: IPv4Network, gateway: IPv4Address | None = None
) -> Readiness:
    """The readiness of one host.

    `facts` are those of the play that looked at it, `gateway` is the old network's.
    """
    blocks = tuple(dict.fromkeys((*_blocks(host, facts), *hindrances(host, facts, old, gateway))))
    ports = tuple(_ipv4_only(facts))
    upgrades = tuple(_upgrades(facts, ports))
    capability = Capability.READY
    if not host.ipv6_capable or not facts["ipv6"]["available"]:
        capability = Capability.IPV4_ONLY
    elif upgrades or blocks:
        capability = Capability.UPGRADE
    return Readiness(
        host=host.name,
        capability=capability,
        blocks=blocks,
        upgrades=upgrades,
        notes=tuple(_notes(host, facts)),
        literals=tuple(f"{each['path']}:{each['line']} {each['address']}" for each in facts["literals"]),
        long_sessions=sum(
            1 for each in facts["sessions"] if each["idle"] >= LONG_SESSION and _is_in(each["local"], old)
        ),
        ipv4_only_ports=ports,
    )


def not_looked_at(host: NetworkHost, why: str) -> Readiness:
    """The row of a host nobody could look at."""
    return Readiness(host=host.name, capability=Capability.UNKNOWN, blocks=(why,))


def not_managed(host: NetworkHost) -> Readiness:
    """The row of a host that plays cannot look into: it moves behind the edge."""
    capability = Capability.UPGRADE if host.ipv6_capable else Capability.IPV4_ONLY
    return Readiness(host=host.name, capability=capability, notes=(f"a {host.kind}: moves behind the edge",))


def _blocks(host: NetworkHost, facts: Mapping[str, Any]) -> Iterator[str]:
    system = facts["system"]
    if not system["iproute2"]:
        yield "iproute2 is missing: the dead-man needs ip(8)"
    if tuple(int(part) for part in system["python"].split(".")[:2]) < OLDEST_PYTHON:
        yield f"Python {system['python']} is older than {'.'.join(map(str, OLDEST_PYTHON))}"
    held = {each["local"] for link in facts["links"] for each in link.get("addr_info", [])}
    for interface in host.addresses:
        if str(interface.ip) not in held:
            yield f"the host list says {interface.ip}, but the host does not hold it"
    if system["manager"] not in {host.manager, "unknown"} and system["manager"] in set(Manager):
        yield f"the host list says {host.manager} brings its network up, but {system['manager']} does"


def _upgrades(facts: Mapping[str, Any], ports: Sequence[str]) -> Iterator[str]:
    if facts["ipv6"]["available"] and facts["ipv6"]["disabled"]:
        yield "IPv6 is switched off: net.ipv6.conf.all.disable_ipv6=1"
    for port in ports:
        yield f"{port} answers IPv4 alone"


def _ipv4_only(facts: Mapping[str, Any]) -> Iterator[str]:
    families: dict[tuple[str, int], set[int]] = {}
    for each in facts["listeners"]:
        families.setdefault((each["protocol"], each["port"]), set()).update(each["families"])
    for (protocol, port), answered in sorted(families.items()):
        if answered == {4}:
            yield f"{protocol}/{port}"


def _notes(host: NetworkHost, facts: Mapping[str, Any]) -> Iterator[str]:
    if facts["ipv6"]["forwards"]:
        yield "it forwards IPv6, and so ignores router advertisements"
    if any(str(route.get("protocol")) == "9" for route in facts["routes"]["-6"]):
        yield "it already has routes from router advertisements"
    known = {service.port for service in host.services} | {host.ssh.port if host.ssh else 22}
    extra = sorted({each["port"] for each in facts["listeners"]} - known)
    if extra:
        yield f"listens on ports that the host list does not name: {', '.join(map(str, extra))}"
    yield from (f"not seen: {gap}" for gap in facts["gaps"])


def _is_in(address: str, prefix: IPv4Network) -> bool:
    found = ip_address(address.split("%", maxsplit=1)[0].removeprefix("::ffff:"))
    return found in prefix
