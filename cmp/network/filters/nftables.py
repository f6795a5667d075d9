"""Writes a policy as a table of nftables for the border of a network, one table for both families."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, summarize_address_range
from typing import Final

from cmp.model.network import Prefix
from cmp.network.addresses.space import bounds
from cmp.network.filters.icmp import ON_LINK_IPV6
from cmp.network.filters.ranges import PRIVATE, WELL_KNOWN, forbidden
from cmp.network.filters.terms import WITH_PORTS, Address, Endpoint, Message, Policy, Ports, Term

ADDRESS: Final[Mapping[int, type[IPv4Address | IPv6Address]]] = {4: IPv4Address, 6: IPv6Address}

LONGEST_COMMENT: Final = 120
"""Bytes of a comment that nft(8) takes, with some to spare."""

BEFORE_DEFRAGMENTATION: Final = -450
"""A priority at which fragments are still fragments: the kernel puts them together at -400."""

UPPER: Final = ("tcp doff >= 5", "udp length >= 8", "icmpv6 checksum >= 0", "esp spi >= 0", "sctp vtag >= 0")
"""Matches only where the packet is long enough to hold the header."""


@dataclass(frozen=True, slots=True)
class Border:
    """The two sides of a border router: interfaces, and the prefixes that live behind `lan`.

    Those of `behind` live there too, but another router still leads to them, so that they come by both sides.
    `owners` are the prefixes that each owner's traffic is counted by. With `routers` the link-local or other
    addresses of further routers on the LAN, whose advertisements are genuine.
    """

    lan: str
    uplink: str
    own: tuple[Prefix, ...]
    owners: Mapping[str, tuple[Prefix, ...]] = field(default_factory=dict)
    routers: tuple[str, ...] = ()
    behind: tuple[Prefix, ...] = ()


def table_name(policy: Policy) -> str:
    """The name of a policy's table, as nft(8) takes it."""
    return "tricenter_" + re.sub(r"[^a-z0-9_]", "_", policy.name.lower())


def render(policy: Policy, border: Border) -> str:
    """The script for `nft -f`: it replaces the policy's table as a whole and leaves every other alone."""
    name = table_name(policy)
    parts = [
        f"table inet {name}",
        f"delete table inet {name}",
        f"table inet {name} {{",
        *_indented(_counters(border)),
        *_chain("fragments", f"type filter hook prerouting priority {BEFORE_DEFRAGMENTATION}", _fragments()),
        *_chain("sources", "type filter hook prerouting priority mangle", _sources(border)),
        *_chain("forward", "type filter hook forward priority filter", _forward(policy, border), "drop"),
        *_chain("accounting", "type filter hook forward priority 10", _accounting(border)),
        "}",
    ]
    return "\n".join(parts) + "\n"


def render_back(policy: Policy) -> str:
    """The script that takes the table away again, whether it is there or not."""
    name = table_name(policy)
    return f"table inet {name}\ndelete table inet {name}\n"


def _indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    return ["  " * depth + line for line in lines]


def _chain(name: str, hook: str, rules: Iterable[str], policy: str = "accept") -> list[str]:
    body = [f"{hook}; policy {policy};", *rules]
    return _indented([f"chain {name} {{", *_indented(body), "}"])


def _counters(border: Border) -> Iterator[str]:
    for name in ("denied", "spoofed", "forbidden", "malformed", "rogue", *_owner_counters(border)):
        yield f"counter {name} {{}}"


def _owner_counters(border: Border) -> list[str]:
    return [f"owner_{_word(owner)}_{way}" for owner in sorted(border.owners) for way in ("in", "out")]


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", text.lower())


def _fragments() -> Iterator[str]:
    """First fragments without the whole header chain (RFC 9099 2.2.3), and source routes (RFC 5095)."""
    yield "rt type 0 counter name malformed drop"
    yield "ip option lsrr exists counter name malformed drop"
    yield "ip option ssrr exists counter name malformed drop"
    for header in UPPER:
        yield f"frag frag-off 0 {header} accept"
    yield "frag frag-off 0 counter name malformed drop"


def _sources(border: Border) -> Iterator[str]:
    """Neighbour discovery stays on its link, no router but those known is believed, sources are genuine."""
    kinds = ", ".join(str(message.type) for message in ON_LINK_IPV6)
    yield f"icmpv6 type {{ {kinds} }} ip6 hoplimit != 255 counter name malformed drop"
    genuine = f"ip6 saddr != {{ {', '.join(border.routers)} }} " if border.routers else ""
    yield f'iifname "{border.lan}" icmpv6 type {{ 134, 137 }} {genuine}counter name rogue drop'
    yield f"icmpv6 type {{ {kinds} }} accept"
    yield "ip6 saddr { ::, fe80::/10 } accept"
    yield "ip saddr 0.0.0.0 udp dport 67 accept"
    here = dict(_families((*border.own, *border.behind)))
    for keyword, prefixes in _families(border.own):
        yield f'iifname "{border.lan}" {keyword} saddr != {_set(here[keyword])} counter name spoofed drop'
        yield f'iifname "{border.uplink}" {keyword} saddr {_set(prefixes)} counter name spoofed drop'
    for family, keyword in ((4, "ipv4"), (6, "ipv6")):
        if not any(prefix.version == family for prefix in border.own):
            yield f'iifname "{border.lan}" meta nfproto {keyword} counter name spoofed drop'


def _families(prefixes: Iterable[Prefix]) -> Iterator[tuple[str, list[Prefix]]]:
    """The prefixes of each family that has any, with nft's word for it."""
    kept = list(prefixes)
    for family, keyword in ((4, "ip"), (6, "ip6")):
        mine = [prefix for prefix in kept if prefix.version == family]
        if mine:
            yield keyword, mine


def _set(prefixes: Iterable[Prefix]) -> str:
    """Prefixes as an anonymous set, neighbours joined: nft refuses overlapping ones.

    Where all of them are one span they are written as one: nft(8) lists a set of one span with braces, but
    what it lists, read again, without, and a revert compares listings.
    """
    spans = _joined(prefixes)
    texts = [text for first, last in spans for text in _span(first, last)]
    if len(texts) == 1:
        return texts[0]
    if len(spans) == 1:
        return "-".join(map(str, spans[0]))
    return "{ " + ", ".join(texts) + " }"


def _joined(prefixes: Iterable[Prefix]) -> list[tuple[Address, Address]]:
    """The spans that the prefixes cover, from first to last address, IPv4 first; no two touch."""
    found: list[tuple[int, int, int]] = []
    for version, low, high in sorted({(each.version, *bounds(each)) for each in prefixes}):
        if found and found[-1][0] == version and low <= found[-1][2] + 1:
            _, first, last = found.pop()
            found.append((version, first, max(last, high)))
        else:
            found.append((version, low, high))
    return [(ADDRESS[version](first), ADDRESS[version](last)) for version, first, last in found]


def _span(first: Address, last: Address) -> Iterator[str]:
    """A span as the fewest prefixes; one address is written alone."""
    if first == last:
        yield str(first)
        return
    for part in summarize_address_range(first, last):
        yield str(part.network_address if part.prefixlen == part.max_prefixlen else part)


def _forward(policy: Policy, border: Border) -> Iterator[str]:
    used = [*border.own, *_named(policy)]
    for family, keyword in ((4, "ip"), (6, "ip6")):
        ranges = _set(forbidden(used, family))
        yield f"{keyword} saddr {ranges} counter name forbidden drop"
        yield f"{keyword} daddr {ranges} counter name forbidden drop"
    yield f"ip6 daddr {_set(_behind_well_known())} counter name forbidden drop"
    established = "ct state established,related accept"
    for term in policy.terms:
        if _is_stateless(term):
            yield from lines(term)
    yield "ct state invalid counter name malformed drop"
    yield established
    for term in policy.terms:
        if not _is_stateless(term):
            yield from lines(term)
    if policy.default.passes:
        yield "accept"
    else:
        yield f'limit rate 10/second log prefix "{table_name(policy)} denied " level info'
        yield "counter name denied"


def _is_stateless(term: Term) -> bool:
    """True for errors that pass whatever is known of the flow they tell of."""
    return bool(term.messages) and term.per_second is None


def _named(policy: Policy) -> Iterator[Prefix]:
    for term in policy.terms:
        for prefix in (*term.source.prefixes, *term.target.prefixes):
            if prefix.prefixlen:
                yield prefix


def _behind_well_known() -> list[Prefix]:
    """Private targets behind the well-known prefix, which no translator may take (RFC 6052 3.1)."""
    start = int(WELL_KNOWN.network_address)
    return [
        IPv6Network((ip_address(start + int(prefix.network_address)), 96 + prefix.prefixlen))
        for prefix in PRIVATE
    ]


def _accounting(border: Border) -> Iterator[str]:
    """Counts what has passed, by the owner of the hosts it came from or went to."""
    for owner, prefixes in sorted(border.owners.items()):
        for keyword, mine in _families(prefixes):
            hosts = _set(mine)
            yield f"{keyword} daddr {hosts} counter name owner_{_word(owner)}_in"
            yield f"{keyword} saddr {hosts} counter name owner_{_word(owner)}_out"


def lines(term: Term) -> Iterator[str]:
    """A term as rules: one for both families where it names no address, else one for each."""
    comment = f' comment "{_comment(term)}"' if term.purpose else ""
    limit = f"limit rate {term.per_second}/second burst {term.per_second} packets " if term.per_second else ""
    for addresses in _addresses(term):
        for what in _what(term):
            match = " ".join(part for part in (addresses, what) if part)
            yield f"{match} {limit}counter {term.verdict}{comment}".strip()


def _comment(term: Term) -> str:
    return re.sub(r'["\\\n]', "'", term.purpose).encode()[:LONGEST_COMMENT].decode(errors="ignore")


def _addresses(term: Term) -> Iterator[str]:
    if term.source.is_everywhere and term.target.is_everywhere:
        yield ""
        return
    for family in term.families:
        keyword = "ip" if family == 4 else "ip6"  # noqa: PLR2004 - a family
        parts = [*_side(keyword, "saddr", term.source, family), *_side(keyword, "daddr", term.target, family)]
        yield " ".join(parts) or f"meta nfproto ipv{family}"


def _side(keyword: str, side: str, place: Endpoint, family: int) -> Iterator[str]:
    prefixes = place.of(family)
    if all(prefix.prefixlen for prefix in prefixes):
        yield f"{keyword} {side} {_set(prefixes)}"


def _what(term: Term) -> Iterator[str]:
    if term.protocol is None:
        yield ""
    elif term.messages:
        yield from (_message(str(term.protocol), message) for message in term.messages)
    elif term.protocol in WITH_PORTS:
        yield _ports(term.protocol, term.ports)
    else:
        yield f"meta l4proto {'ipv6-icmp' if term.protocol == 'icmpv6' else term.protocol}"


def _message(protocol: str, message: Message) -> str:
    code = "" if message.code is None else f" {protocol} code {message.code}"
    return f"{protocol} type {message.type}{code}"


def _ports(protocol: str, ports: tuple[Ports, ...]) -> str:
    if not ports:
        return f"meta l4proto {protocol}"
    words = [str(each) for each in ports]
    return f"{protocol} dport " + (words[0] if len(words) == 1 else "{ " + ", ".join(words) + " }")
