"""Checks the rules of security groups, which have one shape for every kind of cloud."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from stacks.provider.fields import any_text, count, has_unknown, one_of, text

WITH_PORTS = ("tcp", "udp", "sctp")
WITHOUT_PORTS = ("icmp", "icmpv6", "any")
FAMILY_OF = {"icmp": 4, "icmpv6": 6}
HIGHEST_PORT = 65535

_KNOWN = {"direction", "protocol", "port", "port_end", "prefix", "why"}


def rules(value: Any) -> list[dict[str, Any]]:
    """The allowed flows of a security group, each once, in a fixed order; all else is denied."""
    if not isinstance(value, list):
        raise ValueError("must be a list of rules")  # noqa: TRY004 - checks raise ValueError
    checked = [_numbered(position, item) for position, item in enumerate(value, start=1)]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for item in checked:
        if identity(item) in found:
            raise ValueError(f"two rules allow the same: {say(item)}")
        found[identity(item)] = item
    return [found[name] for name in sorted(found)]


def identity(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a rule the same as another: everything but its reason."""
    return tuple(str(rule.get(name, "")) for name in ("direction", "protocol", "port", "port_end", "prefix"))


def flows(value: Any) -> list[tuple[str, ...]]:
    """What checked rules allow, without their reasons."""
    return [identity(rule) for rule in value]


def say(rule: Mapping[str, Any]) -> str:
    """A rule in words: `ingress tcp 443 192.0.2.0/24`."""
    return " ".join(str(rule[name]) for name in ("direction", "protocol", "port", "prefix") if name in rule)


def _numbered(position: int, item: Any) -> dict[str, Any]:
    try:
        return _rule(item)
    except ValueError as error:
        raise ValueError(f"rule {position}: {error}") from None


def _rule(item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise ValueError("must have direction, protocol, port and prefix")  # noqa: TRY004 - the same
    if unknown := sorted(set(item) - _KNOWN):
        raise ValueError(f"unknown field {', '.join(unknown)}; known are {', '.join(sorted(_KNOWN))}")
    if has_unknown(item):
        return dict(item)
    prefix = ip_network(text(item.get("prefix")))
    protocol = one_of(*WITH_PORTS, *WITHOUT_PORTS)(item.get("protocol"))
    if FAMILY_OF.get(protocol, prefix.version) != prefix.version:
        raise ValueError(f"{protocol} does not exist in IPv{prefix.version}")
    return {
        "direction": one_of("ingress", "egress")(item.get("direction")),
        "protocol": protocol,
        "prefix": str(prefix),
        **_ports(protocol, item),
        "why": any_text(item.get("why", "")),
    }


def _ports(protocol: str, item: Mapping[str, Any]) -> dict[str, int]:
    if protocol in WITHOUT_PORTS:
        if "port" in item or "port_end" in item:
            raise ValueError(f"{protocol} has no ports")
        return {}
    if "port" not in item:
        raise ValueError(f"{protocol} needs a port")
    first = count(item["port"])
    last = count(item.get("port_end", first))
    if not first <= last <= HIGHEST_PORT:
        raise ValueError(f"ports {first} to {last} are no range within 1 to {HIGHEST_PORT}")
    return {"port": first} | ({"port_end": last} if last != first else {})
