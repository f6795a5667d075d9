"""Says which programs of a host would set, give out or translate an old address again after it has gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

KEEPERS: Final[tuple[tuple[str, str], ...]] = (
    (
        r"/etc/keepalived/",
        (
            "keepalived sets or names {address} ({place}): its daemon would set it again; give its group"
            " a new address first"
        ),
    ),
    (
        r"/etc/(dhcp/dhcpd|kea/|dnsmasq|NetworkManager/dnsmasq-shared\.d/)",
        (
            "{place} gives out {address}, or names it (DHCP): end its pools and reservations there, or"
            " move it last"
        ),
    ),
    (
        r"/etc/libvirt/",
        "a network of libvirt names {address} ({place}): its guests would keep it; change the network first",
    ),
    (
        r"/etc/docker/",
        "docker is told to use {address} ({place}): it would not start without it; take it out first",
    ),
)
"""Where programs keep addresses that they hold themselves, by patterns of paths, and what to do about it."""
AT_BOOT: Final = (
    r"/etc/(rc\.local$|rc\.d/|init\.d/|network/if-|NetworkManager/dispatcher\.d/|networkd-dispatcher/"
    r"|systemd/system/|udev/rules\.d/)(?!.*tricenter-)"
)
"""Where people put what sets addresses beside the manager's own files; not what a move wrote itself."""
OF_ITS_OWN: Final[tuple[tuple[str, str], ...]] = (
    (
        r"/etc/firewalld/",
        (
            "firewalld has a rule for {address} ({place}), which goes: have it name no address, or the"
            " interface"
        ),
    ),
    (
        AT_BOOT,
        (
            "{place} names {address} and runs at boot or with an interface: it would set it again, or fail"
            " without it; take it out first"
        ),
    ),
)
"""The same of what matters only where it names an address of the host itself."""
OWNERS: Final = (
    ("DOCKER", "docker"),
    ("LIBVIRT", "libvirt"),
    ("libvirt", "libvirt"),
    ("FIREWALLD", "firewalld"),
)
"""How the chains and tables of programs begin."""
TRANSLATES: Final = ("snat", "dnat")
DHCP: Final = 67
"""The UDP port that servers of DHCP listen on (RFC 2131 section 4.1)."""


def keepers(facts: Mapping[str, Any], mine: set[str]) -> Iterator[str]:
    """Sentences, each with what to do; `mine` are the old addresses of the host, as text.

    Addresses of others in the old network count too where a program gives them out.
    """
    seen = set()
    for each in facts["literals"]:
        for pattern, sentence in (*KEEPERS, *(OF_ITS_OWN if each["address"] in mine else ())):
            key = (pattern, each["path"])
            if re.match(pattern, each["path"]) and key not in seen:
                seen.add(key)
                yield sentence.format(address=each["address"], place=f"{each['path']}:{each['line']}")
    yield from _servers(facts, mine)
    filters = facts.get("filters") or {}
    for chain, address in sorted({*_saved(filters, mine), *_listed(filters, mine)}):
        owner = next((name for start, name in OWNERS if chain.startswith(start)), "")
        of = f" of {owner}" if owner else ""
        yield (
            f"a rule{of} in chain {chain} translates from or to {address}, which goes: have it name the"
            " interface, or no address"
        )


def _servers(facts: Mapping[str, Any], mine: set[str]) -> Iterator[str]:
    """Servers of DHCP whose pools follow the interface's own address: networkd's, NetworkManager's `shared`.

    No file of theirs names what they give out.
    """
    holding = {
        link["ifname"]
        for link in facts["links"]
        if any(each.get("local") in mine for each in link.get("addr_info", []))
    }
    serving = {
        each["device"]
        for each in facts["listeners"]
        if (each["protocol"], each["port"]) == ("udp", DHCP) and each.get("device") in holding
    }
    for device in sorted(serving):
        yield (
            f"it gives out addresses on {device} by DHCP (udp/{DHCP}): switch that off there, or move it last"
        )


def _saved(filters: Mapping[str, Any], mine: set[str]) -> Iterator[tuple[str, str]]:
    """What iptables-save(8) lists: `-A CHAIN … -j SNAT --to-source ADDRESS`, `-d ADDRESS … -j DNAT`."""
    for line in str(filters.get("iptables") or "").splitlines():
        words = re.sub(r"^\[\d+:\d+\]\s+", "", line).split()
        if words[:1] == ["-A"] and {"SNAT", "DNAT", "NETMAP"} & set(words):
            for word in words[2:]:
                if (address := word.split("/")[0].split(":")[0]) in mine:
                    yield words[1], address


def _listed(filters: Mapping[str, Any], mine: set[str]) -> Iterator[tuple[str, str]]:
    """What `nft -j list ruleset` lists; what cannot be read is told by who reads filters."""
    try:
        items = json.loads(filters.get("nftables") or "{}").get("nftables", [])
    except ValueError:
        return
    for rule in (item["rule"] for item in items if "rule" in item):
        verbs = [verb for part in rule.get("expr", ()) for verb in TRANSLATES if verb in part]
        if verbs:
            named = set(_texts(rule["expr"])) & mine
            yield from ((_name(rule), address) for address in named)


def _name(rule: Mapping[str, Any]) -> str:
    """The chain, with its table where that tells whose it is."""
    table = str(rule["table"])
    return f"{table} {rule['chain']}" if table.startswith("libvirt") else str(rule["chain"])


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _texts(each)
    elif isinstance(part, Sequence):
        for each in part:
            yield from _texts(each)
