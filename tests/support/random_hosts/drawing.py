"""Draws a host as people have them from a number: its addresses, routes, rules, filters, settings and files.

Equal numbers give equal hosts. Most of what is drawn a move has to leave alone; some of it no move can give
back, and `assess` has to say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from random import Random

from support.random_hosts import filters, writing
from support.random_hosts.words import GATEWAY, Default, Line, Old

from cmp.model.network import Manager

BY_FILES = (Manager.IFUPDOWN, Manager.NETWORK_MANAGER, Manager.NETPLAN_OVER_NETWORK_MANAGER)
"""Managers of which a host without systemd has the files; the others have to run to be known."""
LENGTHS = (24, 24, 24, 24, 25, 26, 28, 23)
OTHERS = ("203.0.113.11/24", "203.0.113.11/25", "203.0.113.11/28")
ODD = 0.012
"""How often each thing is drawn that no move can give back."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """One host before its move; `shell` makes it in a bare namespace, `files` are what its manager reads."""

    number: int
    manager: Manager
    line: Line
    shell: tuple[str, ...]
    files: Mapping[str, str]
    interface: str = ""
    """What the host list says of the old addresses' interface; empty: nothing."""
    new_interface: str = ""
    fires: frozenset[str] = frozenset()
    """The phases that are first taken back by the dead-man, before they are made again."""
    odd: tuple[str, ...] = field(default=())
    """What was drawn that `assess` has to refuse."""


def a_set_up(number: int, managers: tuple[Manager, ...] = BY_FILES) -> SetUp:
    """The host of this number."""
    chance = Random(number)  # noqa: S311 - hosts to try, no secrets
    manager = chance.choice(managers)
    link, made = _link(chance)
    line = _line(chance, link)
    odd: list[str] = []
    shell = [*made, *_settings(chance, link), *_addresses(chance, line, odd), *_others(chance, line)]
    shell += [*_defaults(chance, line, odd), *_routes(chance, line, odd), *_rules(chance, line, odd)]
    shell += [*filters.some(chance), *_neighbours(chance, line)]
    if _odd(chance, odd, "IPv6 is off"):
        shell.append(f"echo 1 > /proc/sys/net/ipv6/conf/{link}/disable_ipv6")
    files = writing.files(chance, manager, line)
    if _odd(chance, odd, "no file sets an address"):
        files = writing.files(chance, manager, Line(line.link, line.olds[1:], line.defaults, line.beside))
    new = "eth2" if chance.random() < 0.2 else ""
    fires = frozenset(phase for phase in ("beside", "cutover", "retire") if chance.random() < 0.25)
    named = link if chance.random() < 0.4 else ""
    return SetUp(number, manager, line, tuple(shell), files, named, new, fires, tuple(odd))


def _odd(chance: Random, odd: list[str], what: str) -> bool:
    if chance.random() < ODD:
        odd.append(what)
        return True
    return False


def _link(chance: Random) -> tuple[str, list[str]]:
    kind = chance.choices(("plain", "bridge", "macvlan"), (6, 2, 1))[0]
    mtu = [f"ip link set eth0 mtu {chance.choice((1400, 1280, 9000))}"] if chance.random() < 0.2 else []
    if kind == "bridge":
        lines = ["ip link add br0 type bridge", "ip link set eth0 master br0", "ip link set br0 up"]
        return "br0", [*mtu, *lines]
    if kind == "macvlan":
        return "mv0", [*mtu, "ip link add mv0 link eth0 type macvlan mode bridge", "ip link set mv0 up"]
    return "eth0", mtu


def _line(chance: Random, link: str) -> Line:
    length = chance.choice(LENGTHS)
    hosts = chance.sample(range(3, 13), chance.choices((1, 2, 3), (5, 3, 2))[0])
    olds = tuple(Old(f"192.0.2.{host}", length) for host in hosts)
    metric = chance.choice((0, 0, 0, 100, 202, 1024))
    gateway = GATEWAY if chance.random() > ODD else "192.0.2.14"
    old = Default(gateway, metric) if chance.random() < 0.85 else None
    beside = (f"198.18.{chance.randrange(4)}.11/24",) if chance.random() < 0.4 else ()
    return Line(link, olds, old, beside)


def _settings(chance: Random, link: str) -> Iterator[str]:
    each = (
        f"ipv4/conf/all/rp_filter={chance.choice((0, 1, 2))}",
        f"ipv4/conf/{link}/rp_filter={chance.choice((0, 1, 2))}",
        f"ipv4/conf/all/promote_secondaries={chance.choice((0, 1))}",
        f"ipv4/conf/{link}/promote_secondaries={chance.choice((0, 1))}",
        "ipv4/conf/all/arp_ignore=1",
        "ipv4/conf/all/arp_announce=2",
        f"ipv4/conf/{link}/arp_filter=1",
        f"ipv4/conf/{link}/accept_local=1",
        f"ipv4/conf/{link}/src_valid_mark=1",
        "ipv4/conf/eth1/log_martians=1",
        f"ipv6/conf/{link}/accept_ra=0",
        f"ipv6/conf/{link}/keep_addr_on_down=1",
        f"ipv6/conf/{link}/use_tempaddr=2",
        "ipv6/conf/all/forwarding=1",
        "ipv4/conf/all/forwarding=1",
    )
    chosen = [one for one in each if chance.random() < 0.3]
    for one in sorted(chosen, key=lambda text: "forwarding" not in text):
        name, value = one.split("=")
        yield f"echo {value} > /proc/sys/net/{name}"


def _addresses(chance: Random, line: Line, odd: list[str]) -> Iterator[str]:
    """The old addresses in any order, with what people write behind them."""
    olds = list(line.olds)
    chance.shuffle(olds)
    words = [""] * len(olds)
    for number in range(len(olds)):
        words[number] = chance.choice(("", "brd +", "brd +", "noprefixroute", f"label {line.link}:{number}"))
        if chance.random() < 0.08:
            words[number] = chance.choice(("preferred_lft 0", "metric 300", "nodad"))
        if chance.random() < ODD:
            words[number], _told = "valid_lft 3600 preferred_lft 1800", odd.append("a lifetime")
    if _odd(chance, odd, "another address behind an old one"):
        olds.append(Old("192.0.2.13", olds[0].length))
        words.append("")
    for old, word in zip(olds, words, strict=True):
        length = old.length
        if old in line.olds and _odd(chance, odd, "another length"):
            length = 27
        yield f"ip addr add {old.address}/{length} dev {line.link} {word}"
    if "noprefixroute" in words or "another length" in odd:
        network = IPv4Interface(str(olds[0])).network
        yield f"ip route replace {network} dev {line.link} scope link"


def _others(chance: Random, line: Line) -> Iterator[str]:
    """Addresses that no move may touch."""
    yield f"ip addr add {chance.choice(OTHERS)} dev eth1 {chance.choice(('', 'brd +'))}"
    for beside in line.beside:
        word = chance.choice(("", "brd +", f"label {line.link}:9", "noprefixroute", "scope site"))
        yield f"ip addr add {beside} dev {line.link} {word}"
    each = (
        "ip addr add 198.19.255.1/32 dev lo",
        f"ip addr add 2001:db8:4::11/64 dev {line.link} nodad",
        f"ip addr add 2001:db8:5::11/64 dev {line.link}",
        f"ip addr add 2001:db8:6::11/64 dev {line.link} preferred_lft 0 nodad",
        f"ip addr add 2001:db8:7::11/64 dev {line.link} valid_lft 7200 preferred_lft 3600 nodad",
        f"ip addr add 2001:db8:8::11/64 dev {line.link} noprefixroute nodad",
        f"ip addr add 2001:db8:100:1::abcd/64 dev {line.link} valid_lft 86400 preferred_lft 14400 nodad",
        f"ip addr add 198.18.7.11 peer 198.18.7.12 dev {line.link}",
        f"ip addr add 198.18.8.11/24 dev {line.link} valid_lft 900 preferred_lft 600",
        f"ip addr add 198.18.9.11/24 dev {line.link} valid_lft forever preferred_lft 600",
        f"ip -6 addr add 2001:db8:9::11 peer 2001:db8:9::12 dev {line.link} nodad",
        f"ip addr add 198.51.100.{line.olds[0].host}/24 dev {line.link}",
        f"ip addr add 198.51.100.77/24 dev {line.link}",
        f"ip maddr add 33:33:00:00:00:77 dev {line.link}",
    )
    yield from (one for one in each if chance.random() < 0.12)


def _defaults(chance: Random, line: Line, odd: list[str]) -> Iterator[str]:
    """None to three defaults; at most one of the old line."""
    old = line.defaults
    if old:
        more = chance.choice(
            ("", "", "", "mtu 1400", "advmss 1360", "onlink", f"src {line.olds[0].address}", "proto static")
        )
        yield f"ip route add default via {old.gateway} dev {line.link} {old.words} {more}"
        if _odd(chance, odd, "several next hops"):
            hops = f"nexthop via {old.gateway} dev {line.link} nexthop via 203.0.113.1 dev eth1"
            yield f"ip route replace default {old.words} {hops}"
    used = {old.metric} if old else set()
    others = (
        "via 203.0.113.1 dev eth1",
        "dev eth1 scope link",
        "via 203.0.113.2 dev eth1 proto dhcp",
        "unreachable",
        "blackhole",
    )
    for other in chance.sample(others, chance.choice((0, 0, 1, 1, 2))):
        metric = chance.choice([each for each in (0, 50, 300, 500, 4000) if each not in used])
        used.add(metric)
        kind, rest = (other, "") if " " not in other else ("", other)
        yield f"ip route add {kind} default {rest} metric {metric}"
    if _odd(chance, odd, "a default by another gateway of the old network"):
        yield f"ip route add default via 192.0.2.2 dev {line.link} onlink metric 7000"
    if chance.random() < 0.25:
        yield "ip addr add 2001:db8:3::11/64 dev eth1 nodad"
        yield f"ip -6 route add default via 2001:db8:3::1 dev eth1 metric {chance.choice((50, 1024, 2000))}"


def _routes(chance: Random, line: Line, odd: list[str]) -> Iterator[str]:
    each = (
        "ip route add 198.18.20.0/24 via 203.0.113.1 dev eth1",
        "ip route add 198.18.20.0/24 via 203.0.113.2 dev eth1 metric 9",
        "ip route add blackhole 198.18.21.0/24",
        "ip route add prohibit 198.18.22.0/24 metric 5",
        f"ip route add 198.18.23.0/24 dev {line.link} scope link",
        "ip route add 198.18.24.0/24 nexthop via 203.0.113.1 weight 2 nexthop via 203.0.113.2",
        "ip route add 198.18.25.0/24 via inet6 fe80::1 dev eth1",
        "ip route add 198.18.26.0/24 via 203.0.113.1 tos 0x10",
        "ip route add local 198.18.27.0/24 dev lo",
        "ip nexthop add id 7 via 203.0.113.1 dev eth1; ip route add 198.18.28.0/24 nhid 7",
        "ip route add 198.18.29.0/24 via 203.0.113.1 mtu lock 1300 rto_min 50ms initcwnd 20 quickack 1",
        "ip route add 198.18.30.0/24 via 203.0.113.1 table 77 proto 99",
        "ip route add throw default table 78",
        "ip -6 route add 2001:db8:20::/48 dev eth1 metric 77",
        "ip -6 route add blackhole 2001:db8:21::/48",
        "ip -6 route add 2001:db8:22::/48 nexthop via fe80::1 dev eth1 nexthop via fe80::2 dev eth1",
        "ip -6 route add 2001:db8:23::/48 via fe80::1 dev eth1 pref high mtu 1400",
        f"ip -6 route add 2001:db8:24::/48 via fe80::9 dev {line.link} proto ra expires 600",
    )
    yield from (one for one in each if chance.random() < 0.12)
    if _odd(chance, odd, "a route by the old network"):
        yield f"ip route add 198.18.40.0/24 via 192.0.2.2 dev {line.link} onlink"
    if _odd(chance, odd, "a route from an old address"):
        yield f"ip route add 198.18.41.0/24 dev eth1 src {line.olds[0].address}"


def _rules(chance: Random, line: Line, odd: list[str]) -> Iterator[str]:
    each = (
        "ip rule add pref 100 from 203.0.113.0/24 lookup 77",
        "ip rule add pref 100 to 198.18.99.0/24 lookup 77",
        "ip rule add pref 200 fwmark 0x10/0xf0 lookup 77",
        "ip rule add pref 300 iif eth1 lookup main suppress_prefixlength 0",
        "ip rule add pref 400 ipproto tcp dport 25 lookup 78",
        "ip rule add pref 500 uidrange 1000-2000 lookup 77",
        "ip rule add pref 600 not from 198.18.0.0/15 lookup 78",
        "ip rule add pref 700 to 198.18.98.0/24 prohibit",
        "ip rule add pref 40000 from all lookup 77",
        "ip rule add pref 650 from all goto 40001; ip rule add pref 40001 lookup main",
        "ip rule add pref 5011 to 198.18.97.0/24 lookup 77",
        "ip rule add pref 5020 to 198.18.96.0/24 lookup 77",
        "ip -6 rule add pref 100 from 2001:db8:3::/64 lookup 77",
        "ip -6 rule add pref 5020 to 2001:db8:96::/48 lookup 77",
        "ip rule add pref 800 tos 0x10 lookup 78",
    )
    yield from (one for one in each if chance.random() < 0.1)
    if _odd(chance, odd, "a rule from an old address"):
        yield f"ip rule add pref 900 from {line.olds[0].address} lookup 78"
    if _odd(chance, odd, "a table of a move"):
        yield "ip route add default via 203.0.113.1 dev eth1 table 5020"


def _neighbours(chance: Random, line: Line) -> Iterator[str]:
    each = (
        f"ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev {line.link} nud permanent",
        "ip neigh add 203.0.113.1 lladdr 02:00:00:00:00:02 dev eth1 nud permanent",
        f"ip -6 neigh add 2001:db8:100:1::1 lladdr 02:00:00:00:00:03 dev {line.link} nud permanent",
    )
    yield from (one for one in each if chance.random() < 0.1)
