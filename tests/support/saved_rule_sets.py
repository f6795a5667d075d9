"""Writes rule sets of iptables as people have them, by hypothesis, as iptables-restore(8) reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from support.rule_sets import CHAINS, PORTS

SIDES = {
    4: {
        "-s": ("10.1.0.0/16", "10.0.0.0/8", "10.1.0.5", "172.16.0.0/12", "192.0.2.66/32"),
        "-d": ("198.51.100.0/24", "198.51.100.10", "203.0.113.0/25"),
        "--src-range": ("10.1.0.0-10.1.1.255", "10.1.0.5-10.2.0.9"),
        "--dst-range": ("198.51.100.16-198.51.100.140", "203.0.113.7-203.0.113.7"),
    },
    6: {
        "-s": ("2001:db8:1::/48", "2001:db8::/32", "2001:db8:1::5", "fd00::/8"),
        "-d": ("3fff:100::/48", "3fff:100::10", "3fff:113::/64"),
        "--src-range": ("2001:db8:1::-2001:db8:1::ff",),
        "--dst-range": ("3fff:100::11-3fff:100::40",),
    },
}
MESSAGES = {4: ("8", "0", "3/3", "13", "any"), 6: ("128", "133", "135", "130", "1/4")}
ICMP = {4: ("icmp", "icmp", "--icmp-type"), 6: ("ipv6-icmp", "icmp6", "--icmpv6-type")}
PROGRAM = {4: "iptables", 6: "ip6tables"}


@dataclass(frozen=True, slots=True)
class SavedSet:
    """The filter table of one family, 4 or 6."""

    text: str
    family: int


@st.composite
def _rule(draw: st.DrawFn, family: int, later: Sequence[str]) -> str:
    """The words of a rule behind its chain; it jumps to chains that come later alone."""
    words: list[str] = []
    for option in ("-s", "-d"):
        if draw(st.integers(0, 2)) == 0:
            not_so = draw(st.sampled_from(["", "", "", "! "]))
            words.append(f"{not_so}{option} {draw(st.sampled_from(SIDES[family][option]))}")
    if draw(st.integers(0, 7)) == 0:
        side = draw(st.sampled_from(["--src-range", "--dst-range"]))
        words.append(f"-m iprange {side} {draw(st.sampled_from(SIDES[family][side]))}")
    words += draw(st.sampled_from([[], [], ["-i lo"], ["! -i lo"]])) if draw(st.integers(0, 9)) == 0 else []
    words.append(draw(_transport(family)))
    if draw(st.integers(0, 5)) == 0:
        states = draw(st.sampled_from(["NEW", "RELATED,ESTABLISHED", "INVALID", "NEW,RELATED", "UNTRACKED"]))
        words.append(f"-m conntrack {draw(st.sampled_from(['', '! ']))}--ctstate {states}")
    if draw(st.integers(0, 3)) == 0:
        words.append('-m comment --comment "the office: -j DROP (old)"')
    ends = ["-j ACCEPT", "-j ACCEPT", "-j DROP", "-j DROP", "-j RETURN", "-j REJECT", "", "-j LOG"]
    words.append(
        draw(st.sampled_from([*ends, *(f"{way} {chain}" for chain in later for way in ("-j", "-j", "-g"))]))
    )
    return " ".join(word for word in words if word)


@st.composite
def _transport(draw: st.DrawFn, family: int) -> str:
    kind = draw(st.sampled_from(["", "tcp", "udp", "icmp", "many"]))
    ports = draw(st.sampled_from([*map(str, PORTS), "20:25", "8000:8100", ":79", "443:"]))
    not_so = draw(st.sampled_from(["", "", "", "! "]))
    if kind == "icmp":
        protocol, module, option = ICMP[family]
        return f"-p {protocol} -m {module} {option} {draw(st.sampled_from(MESSAGES[family]))}"
    if kind == "many":
        protocol = draw(st.sampled_from(["tcp", "udp"]))
        several = draw(
            st.lists(st.sampled_from(["22", "53", "80:443", "8050"]), min_size=1, max_size=4, unique=True)
        )
        return f"-p {protocol} -m multiport {not_so}--dports {','.join(several)}"
    if kind == "tcp":
        flags = draw(st.sampled_from(["", "", " --syn", " ! --syn", " --tcp-flags SYN,ACK SYN"]))
        return f"-p tcp -m tcp {not_so}--dport {ports}{flags}"
    return (
        f"-p udp -m udp {not_so}--dport {ports}" if kind else draw(st.sampled_from(["", "-p tcp", "-p udp"]))
    )


@st.composite
def saved_sets(draw: st.DrawFn) -> SavedSet:
    """A filter table with the chain that the kernel enters and others that it jumps to."""
    family = draw(st.sampled_from([4, 4, 6]))
    names = CHAINS[: draw(st.integers(0, len(CHAINS)))]
    policy = draw(st.sampled_from(["ACCEPT", "DROP"]))
    lines = ["*filter", f":INPUT {policy} [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"]
    lines += [f":{name} - [0:0]" for name in names]
    for rule in draw(st.lists(_rule(family, names), min_size=2, max_size=9)):
        lines.append(f"-A INPUT {rule}")
    for index, name in enumerate(names):
        for rule in draw(st.lists(_rule(family, names[index + 1 :]), min_size=1, max_size=4)):
            lines.append(f"-A {name} {rule}")
    return SavedSet("\n".join([*lines, "COMMIT"]) + "\n", family)
