"""Builds a host, a router and a station out of network namespaces, and removes them afterwards."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic

from support.needs import needs

from cmp.network.measurement.probing import Stream
from cmp.probes.spec import Route, Spec, Talk
from lab.processes import wait_until

HOST4, HOST6 = "192.0.2.2", "2001:db8:1::2"
NEW4, NEW6 = "198.51.100.2", "2001:db8:2::2"
STATION4, STATION6 = "198.18.0.2", "2001:db8:ffff::2"
_SETTINGS = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
_AT_ONCE = ("net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.dad_transmits=0")
"""Link-local addresses are there at once: no neighbour is found without."""
_numbers = itertools.count()

needs_network = needs("ip", "unshare", "nsenter", "ping")


@dataclass(frozen=True, slots=True)
class SmallNetwork:
    """Three namespaces; `eth0` of host and station end at the router's `host` and `station`."""

    name: str

    def netns(self, place: str) -> str:
        return f"{self.name}-{place}"

    def path(self, place: str) -> str:
        return f"/run/netns/{self.netns(place)}"

    def door(self, place: str) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.netns(place))

    def run(self, place: str, *command: str, feed: str | None = None) -> str:
        ended = subprocess.run(
            [*self.door(place), *command], input=feed, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def ip(self, place: str, *lines: str) -> None:
        self.run(place, "ip", "-batch", "-", feed="\n".join(lines))

    def filter(self, *rules: str, place: str = "router", hook: str = "forward") -> None:
        """Let a router drop by these rules, and by no others."""
        lines = ["table inet t {}", "delete table inet t", "table inet t {", "chain f {"]
        lines += [f"type filter hook {hook} priority 0;", *rules, "}", "}"]
        self.run(place, "nft", "-f", "-", feed="\n".join(lines) + "\n")

    def open(self) -> None:
        """Let everything through again."""
        self.filter("accept")

    @contextmanager
    def outage(self, seconds: float, *rules: str) -> Iterator[None]:
        """Drop for so long, then let through."""
        self.filter(*(rules or ("drop",)))
        pass_time(seconds)
        yield
        self.open()

    def give(self, *addresses: str) -> None:
        """Give the host new addresses, with routes of the router to them."""
        self.ip("host", *(f"addr add {each} dev lo{' nodad' if ':' in each else ''}" for each in addresses))
        for each in addresses:
            gateway = HOST6 if ":" in each else HOST4
            self.run("router", "ip", "route", "add", each.partition("/")[0], "via", gateway)


@contextmanager
def a_small_network(*, narrow: bool = False) -> Iterator[SmallNetwork]:
    """Host, router and station with both families, up and reachable; or with a narrow link of 1400 bytes."""
    network = SmallNetwork(f"tp{os.getpid()}x{next(_numbers)}")
    places = ("host", "router", "station", *(("edge",) if narrow else ()))
    try:
        for place in places:
            subprocess.run(["ip", "netns", "add", network.netns(place)], check=True)
            network.run(place, "sysctl", "-qw", *_AT_ONCE)
        connect(network, "edge" if narrow else "router")
        if narrow:
            narrow_down(network)
        for address in (HOST4, HOST6):  # a new link resolves no IPv6 neighbour for its first second
            assert wait_until(partial(answers, network, address), 20)
        yield network
    finally:
        for place in places:
            subprocess.run(["ip", "netns", "del", network.netns(place)], check=False)


def answers(network: SmallNetwork, address: str) -> bool:
    """True when the host answers a ping of the station's, and quickly."""
    command = [*network.door("station"), "ping", "-c1", "-W1", address]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode == 0 and float(ended.stdout.rpartition("time=")[2].split()[0]) < 100


def connect(network: SmallNetwork, last: str) -> None:
    """Join host and router, and station and the router that is `last` on the way to it."""
    for router, end in (("router", "host"), (last, "station")):
        network.run(router, "sysctl", "-qw", *_SETTINGS)
        network.ip(
            router, "link set lo up", f"link add {end} type veth peer name eth0 netns {network.netns(end)}"
        )
    network.ip(
        "router", "link set host up", "addr add 192.0.2.1/30 dev host",
        "addr add 2001:db8:1::1/64 dev host nodad",
    )  # fmt: skip
    network.ip(
        last, "link set station up", "addr add 198.18.0.1/24 dev station",
        "addr add 2001:db8:ffff::1/64 dev station nodad",
    )  # fmt: skip
    furnish(network, "host", f"{HOST4}/30", f"{HOST6}/64")
    furnish(network, "station", f"{STATION4}/24", f"{STATION6}/64")


def narrow_down(network: SmallNetwork) -> None:
    """Join router and edge by a link of 1400 bytes."""
    network.ip(
        "router", f"link add edge mtu 1400 type veth peer name router mtu 1400 netns {network.netns('edge')}"
    )
    for place, link, own, other in (("router", "edge", 1, 2), ("edge", "router", 2, 1)):
        network.ip(
            place, f"link set {link} up", f"addr add 198.18.1.{own}/30 dev {link}",
            f"addr add 2001:db8:e::{own}/64 dev {link} nodad", f"route add default via 198.18.1.{other}",
            f"route add default via 2001:db8:e::{other}",
        )  # fmt: skip


def furnish(network: SmallNetwork, place: str, ipv4: str, ipv6: str) -> None:
    gateway4 = ipv4.partition("/")[0].rpartition(".")[0] + ".1"
    gateway6 = ipv6.partition("/")[0].rpartition(":")[0] + ":1"
    network.ip(
        place, "link set lo up", "link set eth0 up", f"addr add {ipv4} dev eth0",
        f"addr add {ipv6} dev eth0 nodad", f"route add default via {gateway4}",
        f"route add default via {gateway6}",
    )  # fmt: skip


def a_route(direction: str, address: str, **changes: object) -> Route:
    """A stream between an address of the host and the station's of the same family."""
    family = 6 if ":" in address else 4
    given = {"name": f"{direction} {address}", "host": "host", "era": "old", "settles": False}
    kind = changes.pop("kind", "udp")
    port = changes.pop("port", 0)
    stream = Stream(direction=direction, family=family, address=address, **given | changes)  # type: ignore[arg-type]
    return Route(stream, STATION6 if family == 6 else STATION4, kind, port)  # type: ignore[arg-type]


def a_spec(network: SmallNetwork, *routes: Route, talks: tuple[Talk, ...] = (), **changes: object) -> Spec:
    """All streams of the host's old addresses, unless others are given."""
    usual = [a_route(way, address) for address in (HOST4, HOST6) for way in ("out", "in")]
    places = {place: network.path(place) for place in ("host", "station")}
    given = {"slow": 0.1, "fast": 0.01, "grace": 0.5}
    return Spec(routes or tuple(usual), talks, places, **given | changes)  # type: ignore[arg-type]


def pass_time(seconds: float) -> None:
    """Let the probes run for so long."""
    end = monotonic() + seconds
    assert wait_until(lambda: monotonic() >= end, seconds + 10, pause=0.01)
