"""Names follow a network by signed updates of a real BIND, service names and wildcards with them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.bind import NAMED
from support.builders import a_network_host, a_private_network
from support.moving_lab import STATIONS, Moving, at_once, moving_lab
from support.needs import needs, needs_host_lab

from cmp.errors import Refused
from cmp.model.migration import Phase
from cmp.model.migration_journal import Looked, MoveState
from cmp.model.name_servers import Authority, NameServer, ReverseZone, ZoneWay
from cmp.model.network import HostService, Names
from cmp.model.ssh import Ssh
from cmp.network.moving.planning import MOVING
from cmp.services.migrating.migrating import migrate, roll_back
from cmp.services.migrating.naming import told_at
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from lab.hosts.places import STATION

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(600), needs_host_lab(), needs(NAMED)]

DOMAIN = "desk-net.example"
REVERSE = (
    "2.0.192.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "0.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
)
ALL = (*MOVING, Phase.RETIRE)
SAID = """
import sys, dns.query, dns.tsig, dns.update
name, algorithm, secret, *lines = sys.argv[1:]
update = dns.update.UpdateMessage("desk-net.example", keyring=dns.tsig.Key(name, secret, algorithm))
for line in lines:
    what, owner, kind, value = line.split(" ", 3)
    if what == "add":
        update.add(owner, 5, kind, value)
    else:
        update.delete(owner, kind, value)
print(dns.query.tcp(update, "127.0.0.1", 5).rcode())
"""


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """Three hosts; their zone is kept by BIND on the station, which takes updates."""
    authority = Authority(address=STATIONS[0], key="desk-ddns")
    server = NameServer(name="names", how=ZoneWay.UPDATE, authority=authority)
    private = a_private_network(
        "desk-net",
        witnesses=STATIONS,
        names=Names(
            domain=DOMAIN,
            resolvers=STATIONS,
            server=server,
            reverse=tuple(ReverseZone(zone=zone) for zone in REVERSE),
        ),
    )
    service = (HostService(port=443, name="https"),)
    hosts = tuple(
        a_network_host(f"desk-{index}", f"192.0.2.{index + 10}/24", ssh=Ssh(user="netops"), services=service)
        for index in range(1, 4)
    )
    with moving_lab(tmp_path / "lab", hosts, private) as found:
        found.plan = at_once(found.plan)
        yield found


def run_of(moving: Moving) -> Run:
    door = moving.lab.door(STATION)
    place = replace(moving.place(), station=door, sources={STATION: door}, tsig=moving.lab.names_key)
    return replace(moving.run(), place=place)


def said(moving: Moving, *lines: str) -> None:
    """Change the zone as its keeper does."""
    key = moving.lab.names_key("desk-ddns")
    words = [key["name"], key["algorithm"], key["secret"], *lines]
    done = subprocess.run(
        [*moving.lab.door(STATION), sys.executable, "-c", SAID, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in {"0", "NOERROR"}, done.stdout


def told(moving: Moving, name: str) -> set[str]:
    found = told_at(moving.plan, run_of(moving).place, [f"{name}.{DOMAIN}"])
    return {value for answer in found.values() for value in answer.values}


def called(moving: Moving, *every: str) -> set[str]:
    """What the resolvers call each of these addresses; empty where one has no name."""
    names = [ip_address(each).reverse_pointer for each in every]
    return {
        " ".join(each.values) for each in told_at(moving.plan, run_of(moving).place, names, ("PTR",)).values()
    }


def addresses(moving: Moving, host: str) -> tuple[str, set[str]]:
    each = moving.plan.move(host).addresses[0]
    assert each.ipv6 is not None
    return str(each.old), {str(each.ipv4.ip), str(each.ipv6.ip)}


def test_all_names_of_a_zone_follow_by_updates_and_go_back(moving: Moving, tmp_path: Path) -> None:
    where = moving.planned(tmp_path / "kept")
    old, new = addresses(moving, "desk-1")
    said(moving, f"add www A {old}", f"add *.apps A {old}", "add mail MX 10 www", "add shop CNAME www")
    said(
        moving, f"del desk-3 A {addresses(moving, 'desk-3')[0]}", f"add * A {addresses(moving, 'desk-2')[0]}"
    )

    moved = migrate(where, run_of(moving))

    assert moved.state is MoveState.DONE
    step = moved.step(Looked.PUBLISHED)
    assert step is not None
    assert step.ok, step.said
    for name in ("desk-1", "www", "x.apps", "shop"):
        assert told(moving, name) == {old, *new}
    assert called(moving, old, *new) == {f"desk-1.{DOMAIN}."}

    an_alias_elsewhere_keeps_the_old_address(moving, where)
    retired = migrate(where, run_of(moving), phases=ALL)
    left = retired.step(Looked.LEFT)
    assert left is not None
    assert left.ok, left.said
    for name in ("desk-1", "www", "x.apps", "shop"):
        assert told(moving, name) == new
    assert (called(moving, old), called(moving, *new)) == ({""}, {f"desk-1.{DOMAIN}."})
    assert told(moving, "desk-3") == addresses(moving, "desk-2")[1]  # the wildcard's, none of its own

    assert roll_back(where, run_of(moving)).state is MoveState.TAKEN_BACK
    assert told(moving, "www") == told(moving, "desk-1") == {old}
    assert (called(moving, old), called(moving, *new)) == ({f"desk-1.{DOMAIN}."}, {""})


def an_alias_elsewhere_keeps_the_old_address(moving: Moving, where: Planned) -> None:
    """A hint that leads to an old address keeps all of them, until its keeper takes it out."""
    old, _ = addresses(moving, "desk-1")
    hint = f"_dns SVCB 1 desk-1 ipv4hint={old}"
    said(moving, f"add {hint}")

    with pytest.raises(Refused, match=rf"_dns.{DOMAIN} SVCB leads to {old}"):
        migrate(where, run_of(moving), phases=ALL)

    shown = subprocess.run(
        [*moving.lab.door("desk-1"), "ip", "addr"], capture_output=True, text=True, check=True
    )
    assert old in shown.stdout
    said(moving, f"del {hint}")
