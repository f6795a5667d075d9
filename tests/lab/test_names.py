"""A real resolver with DNS64 before a real authority, asked over each family by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network
from pathlib import Path

import pytest
from support.needs import needs
from support.small_network import STATION4, STATION6, SmallNetwork, a_small_network, needs_network

from cmp.network.measurement.naming import Question, disagreements, lasting, missynthesised
from cmp.probes.names import answers
from lab.processes import wait_until

pytestmark = [
    pytest.mark.lab,
    needs_network,
    needs("unbound"),
]

PREFIX = IPv6Network("3fff:0:64::/96")
SERVERS = (STATION4, STATION6)
AUTHORITY = """
server:
  interface: 127.0.0.1@5301
  local-zone: "example." static
  local-data: "old.example. 60 A 203.0.113.10"
  local-data: "dual.example. 60 A 203.0.113.11"
  local-data: "dual.example. 60 AAAA 3fff:0:100::11"
"""
RESOLVER = f"""
server:
  interface: {STATION4}
  interface: {STATION6}
  module-config: "dns64 iterator"
  dns64-prefix: {PREFIX}
  do-not-query-localhost: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@5301
"""
COMMON = """
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  chroot: ""
  username: ""
  do-daemonize: no
  use-syslog: no
  logfile: "{folder}/{name}.log"
  pidfile: "{folder}/{name}.pid"
remote-control:
  control-enable: no
"""


@dataclass(frozen=True, slots=True)
class Names:
    """The network in whose station both servers run."""

    network: SmallNetwork


@pytest.fixture
def names(tmp_path: Path) -> Iterator[Names]:
    with a_small_network() as network:
        running = [
            served(network, tmp_path, name, text)
            for name, text in (("authority", AUTHORITY), ("resolver", RESOLVER))
        ]
        try:
            made = Names(network)
            asked = [Question(server, "old.example", "A") for server in SERVERS]
            assert wait_until(lambda: set(told(made, asked).values()) == {("203.0.113.10",)}, 20, pause=0.2)
            yield made
        finally:
            for process in running:
                process.terminate()
                process.wait(10)


def served(network: SmallNetwork, folder: Path, name: str, text: str) -> subprocess.Popen[bytes]:
    file = folder / f"{name}.conf"
    head, _, tail = text.partition("forward-zone:")
    common = COMMON.format(folder=folder, name=name)
    file.write_text(head.rstrip() + common + (f"forward-zone:{tail}" if tail else ""))
    return subprocess.Popen(
        [*network.door("station"), "unbound", "-d", "-c", str(file)], stderr=subprocess.DEVNULL
    )


def told(names: Names, questions: list[Question]) -> dict[Question, tuple[str, ...]]:
    found = answers(questions, names.network.door("host"), wait=1.0)
    return {question: each.values for question, each in found.items()}


def test_dns64_makes_an_address_only_where_none_exists(names: Names) -> None:
    asked = [Question(server, f"{name}.example", "AAAA") for server in SERVERS for name in ("old", "dual")]
    known = [
        Question("127.0.0.1", f"{name}.example", kind, 5301)
        for name in ("old", "dual")
        for kind in ("A", "AAAA")
    ]

    resolver = answers(asked, names.network.door("host"))
    authority = answers(known, names.network.door("station"))

    assert resolver[asked[0]].values == ("3fff:0:64::cb00:710a",)
    assert resolver[asked[1]].values == ("3fff:0:100::11",)
    assert list(disagreements(resolver)) == []
    assert list(lasting(resolver, 60)) == []
    assert list(missynthesised(resolver, authority, PREFIX)) == []


def test_a_resolver_that_is_dead_over_one_family_is_found(names: Names) -> None:
    asked = [Question(server, "dual.example", "A") for server in SERVERS]
    names.network.filter("meta nfproto ipv6 udp dport 53 drop", "meta nfproto ipv6 tcp dport 53 drop")

    found = answers(asked, names.network.door("host"), wait=0.5)

    assert list(disagreements(found)) == [f"{STATION6} (IPv6) does not answer for dual.example A"]
