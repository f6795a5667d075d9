"""Writes rule sets of nftables as people write them, by hypothesis, and packets that may match them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from hypothesis import strategies as st

from cmp.network.filters.terms import Message, Packet

SOURCES = {
    4: ("10.1.0.5", "10.1.2.3", "10.2.0.9", "172.16.5.5", "192.0.2.66"),
    6: ("2001:db8:1::5", "2001:db8:1:2::3", "2001:db8:2::9", "fd00:5::5", "2001:db8:66::1"),
}
TARGETS = {
    4: ("198.51.100.10", "198.51.100.20", "198.51.100.130", "203.0.113.7"),
    6: ("3fff:100::10", "3fff:100::20", "3fff:100:0:1::30", "3fff:113::7"),
}
PORTS = (22, 53, 80, 443, 8000, 8050, 8100, 65535)
PLACES = {
    "ip saddr": (
        "10.1.0.0/16",
        "10.0.0.0/8",
        "10.1.0.5",
        "172.16.0.0/12",
        "10.1.0.0-10.1.1.255",
        "192.0.2.66",
    ),
    "ip daddr": ("198.51.100.0/24", "198.51.100.10", "198.51.100.16-198.51.100.140", "203.0.113.0/25"),
    "ip6 saddr": (
        "2001:db8:1::/48",
        "2001:db8::/32",
        "2001:db8:1::5",
        "fd00::/8",
        "2001:db8:1::-2001:db8:1::ff",
    ),
    "ip6 daddr": ("3fff:100::/48", "3fff:100::10", "3fff:100::11-3fff:100::40", "3fff:113::/64"),
}
TYPES = {
    "icmp": (
        "echo-request",
        "echo-reply",
        "destination-unreachable",
        "8",
        "0-8",
        "timestamp-request",
        "10-13",
    ),
    "icmpv6": (
        *("echo-request", "nd-neighbor-solicit", "mld-listener-query", "packet-too-big", "1-4", "128-129"),
        *("133-137", "mld2-listener-report", "parameter-problem", "130"),
    ),
}
NAMED = {
    "web": ("type inet_service; flags interval; elements = { 80, 443, 8000-8100 }", "ports"),
    "desks": ("type ipv4_addr; flags interval; elements = { 10.1.0.0/16, 172.16.5.5 }", "ip saddr"),
    "desks6": ("type ipv6_addr; flags interval; elements = { 2001:db8:1::/48, fd00:5::5 }", "ip6 saddr"),
    "ways": (
        "type ipv4_addr . inet_service; elements = { 10.1.0.5 . 22, 10.2.0.9 . 443 }",
        "ip saddr . tcp dport",
    ),
    "kinds": ("type icmpv6_type; elements = { echo-request, nd-router-solicit }", "icmpv6 type"),
    "none": ("type inet_service; flags interval", "ports"),
}
CHAINS = ("services", "LOGDROP", "Chain-3", "office_in")
BEYOND = ("meta mark 7", "tcp sport 1024-2000", "meta length 900-1000", "limit rate over 1000/second")
"""What our terms do not say."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set as `nft -f` reads it; `family` is of its table."""

    text: str
    family: str

    @property
    def families(self) -> tuple[int, ...]:
        """The families of packets that it judges."""
        return {"ip": (4,), "ip6": (6,)}.get(self.family, (4, 6))


def _some(values: Sequence[str]) -> st.SearchStrategy[str]:
    """One value, or a set of some that do not touch each other."""
    sets = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
    return st.one_of(st.sampled_from(values), sets.map(_apart))


def _apart(values: Sequence[str]) -> str:
    return (
        "{ " + ", ".join(values[:1] if any("-" in each or "/" in each for each in values) else values) + " }"
    )


def _ports() -> st.SearchStrategy[str]:
    numbers = st.sampled_from([str(port) for port in PORTS])
    spans = st.sampled_from(["20-25", "80-8000", "8000-8100", "1-65535", "0-79"])
    sets = st.lists(numbers, min_size=1, max_size=4, unique=True).map(lambda some: f"{{ {', '.join(some)} }}")
    return st.one_of(numbers, spans, sets, st.sampled_from(["@web", "@none", "{ 22, 8000-8100 }"]))


def matches(family: str) -> st.SearchStrategy[str]:
    """One match of a rule."""
    kinds = {"ip": ("ip",), "ip6": ("ip6",)}.get(family, ("ip", "ip6"))
    not_so = st.sampled_from(["", "", "", "!= "])
    found = [
        st.tuples(st.sampled_from(["tcp dport ", "udp dport "]), not_so, _ports()).map("".join),
        _ports().map(lambda ports: f"meta l4proto {{ tcp, udp }} th dport {ports}"),
        st.sampled_from(
            [
                "meta l4proto tcp",
                "meta l4proto { tcp, udp }",
                "meta l4proto 6-17",
                "tcp flags syn / fin,syn,rst,ack",
                "tcp flags & (fin|syn) == (fin|syn)",
                "tcp flags syn",
            ]
        ),
        st.sampled_from(["ct state new", "ct state established,related", "ct state != established"]),
        st.sampled_from(['iifname "lo"', 'iifname != "lo"']),
    ]
    for kind in kinds:
        for side in ("saddr", "daddr"):
            places = PLACES[f"{kind} {side}"]
            found.append(st.tuples(st.just(f"{kind} {side} "), not_so, _some(places)).map("".join))
        icmp = "icmp" if kind == "ip" else "icmpv6"
        found.append(st.tuples(st.just(f"{icmp} type "), not_so, _some(TYPES[icmp])).map("".join))
        found.append(st.just(f"{icmp} type destination-unreachable {icmp} code port-unreachable"))
    if "ip" in kinds:
        pairs = st.sampled_from(
            ["10.1.0.5 . 22", "10.1.0.0/16 . 80-443", "10.2.0.9 . 443", "172.16.5.5 . 53"]
        )
        sets = st.lists(pairs, min_size=1, max_size=3, unique=True)
        found.append(sets.map(lambda some: f"ip saddr . tcp dport {{ {', '.join(some)} }}"))
        found += [
            st.sampled_from(["ip saddr @desks", "ip saddr . tcp dport @ways", "ip protocol { tcp, udp }"])
        ]
    if "ip6" in kinds:
        found.append(st.sampled_from(["ip6 saddr @desks6", "icmpv6 type @kinds", "ip6 nexthdr tcp"]))
    if family == "inet":
        found.append(st.sampled_from(["meta nfproto ipv4", "meta nfproto ipv6"]))
    return st.one_of(found)


def rules(family: str, later: Sequence[str]) -> st.SearchStrategy[str]:
    """One rule; it jumps to chains that are written later alone, so that no chain calls itself."""
    ends = ["accept", "accept", "drop", "drop", "reject", "return", "counter", ""]
    ends += [f"{way} {chain}" for chain in later for way in ("jump", "jump", "goto")]
    tails = st.sampled_from(["", "", ' comment "the office; { (old"'])
    plain = st.tuples(st.lists(matches(family), max_size=2).map(_fitting), st.sampled_from(ends))
    words = plain.map(lambda parts: " ".join((*parts[0], parts[1])).strip() or "counter")
    usual = st.tuples(words, tails).map("".join)
    target = later[0] if later else ""
    maps = ["ct state vmap { established : accept, related : accept, invalid : drop }"]
    maps.append(
        f"tcp dport vmap {{ 22 : drop, 80-443 : accept{f', 8050 : jump {target}' if target else ''} }}"
    )
    if family != "ip6":
        maps.append(
            f"ip saddr vmap {{ 10.1.0.0/16 : {f'goto {target}' if target else 'accept'}, 10.2.0.9 : drop }}"
        )
    beyond = st.sampled_from([f"{each} drop" for each in BEYOND])
    return st.integers(0, 399).flatmap(
        lambda roll: beyond if roll in {151, 293} else st.sampled_from(maps) if roll % 10 == 7 else usual
    )


def _fitting(parts: Sequence[str]) -> list[str]:
    """Matches that nft takes in one rule: one of each family and protocol."""
    kept: list[str] = []
    for part in parts:
        words = {
            word
            for word in part.split()
            if word in {"tcp", "udp", "icmp", "icmpv6", "ip", "ip6", "l4proto", "nfproto", "iifname", "ct"}
        }
        families = {"icmp": "ip", "icmpv6": "ip6"}
        words |= {families[word] for word in words if word in families}
        words |= (
            {"transport"}
            if words & {"tcp", "udp", "icmp", "icmpv6", "l4proto"} or "protocol" in part or "nexthdr" in part
            else set()
        )
        seen = {word for each in kept for word in each.split()}
        if not kept or not (
            words & seen
            or ("transport" in words and any(_transport(each) for each in kept))
            or _clash(kept, words)
        ):
            kept.append(part)
    return kept


def _transport(part: str) -> bool:
    return bool({"tcp", "udp", "icmp", "icmpv6", "l4proto", "protocol", "nexthdr"} & set(part.split()))


def _clash(kept: Sequence[str], words: set[str]) -> bool:
    """True where one is of IPv4 alone and the other of IPv6."""
    before = set(" ".join(kept).split())
    ipv4, ipv6 = {"ip", "icmp", "nfproto"}, {"ip6", "icmpv6", "nfproto"}
    return bool((before & ipv4 and words & ipv6) or (before & ipv6 and words & ipv4))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """A table with named sets, a chain that the kernel enters and others that it jumps to."""
    family = draw(st.sampled_from(["inet", "inet", "inet", "ip", "ip6"]))
    names = CHAINS[: draw(st.integers(0, len(CHAINS)))]
    lines = [f"table {family} t {{"]
    for name, (told, key) in NAMED.items():
        if family == "inet" or not key.startswith({"ip": ("ip6", "icmpv6"), "ip6": ("ip ",)}[family]):
            lines.append(f"set {name} {{ {told}; }}")
    for index, name in reversed(list(enumerate(names))):
        body = draw(st.lists(rules(family, names[index + 1 :]), min_size=1, max_size=4))
        lines += [f"chain {name} {{", *body, "}"]
    policy = draw(st.sampled_from(["accept", "drop"]))
    body = draw(st.lists(rules(family, names), min_size=2, max_size=8))
    lines += ["chain input {", f"type filter hook input priority filter; policy {policy};", *body, "}", "}"]
    return RuleSet("\n".join(lines) + "\n", family)


@st.composite
def packets(draw: st.DrawFn, family: int) -> Packet:
    """The first packet of a flow."""
    source = ip_address(draw(st.sampled_from(SOURCES[family])))
    target = ip_address(draw(st.sampled_from(TARGETS[family])))
    kind = draw(st.sampled_from(["tcp", "tcp", "udp", "icmp"]))
    if kind != "icmp":
        return Packet(source, target, kind, draw(st.sampled_from(PORTS)))
    number = draw(st.sampled_from([8, 13] if family == 4 else [128, 133, 135, 136, 130, 143]))
    return Packet(source, target, "icmp" if family == 4 else "icmpv6", message=Message(number, 0))
