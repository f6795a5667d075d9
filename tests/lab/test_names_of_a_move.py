"""Names follow a network that moves: to both addresses, away from the old ones, and back with it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from support.builders import a_network_host, a_private_network
from support.moving_lab import STATIONS, Moving, at_once, moving_lab
from support.needs import needs_host_lab

from cmp.errors import Refused
from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import Looked, MoveState
from cmp.model.name_servers import NameServer, ReverseZone
from cmp.model.network import HostService, Names
from cmp.model.ssh import Ssh
from cmp.network.moving.planning import MOVING
from cmp.services.migrating.migrating import migrate, roll_back
from cmp.services.migrating.naming import named, told_at, told_of
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.run import Run
from lab.hosts.places import STATION

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(1500),
    needs_host_lab(),
]

ZONE = "/etc/unbound/zones/desk-net.example"
REVERSE = (
    "2.0.192.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "0.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
)
CONFIG = "/etc/unbound/unbound.conf"
SILENCE = (
    "add table ip6 mute; add chain ip6 mute in { type filter hook input priority 0; };"
    " add rule ip6 mute in tcp dport 443 drop"
)
UNNAMED = "desk-4"
ALL = (*MOVING, Phase.RETIRE)


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    """Four hosts with a service and a name; plays may change the zone on the station."""
    server = NameServer(name="names", ssh=Ssh(user="netops", address=STATIONS[0]), zone_file=ZONE)
    reverse = tuple(ReverseZone(zone=zone, zone_file=f"/etc/unbound/zones/{zone}") for zone in REVERSE)
    private = a_private_network(
        "desk-net",
        witnesses=STATIONS,
        names=Names(domain="desk-net.example", resolvers=STATIONS, server=server, reverse=reverse),
    )
    service = (HostService(port=443, name="https"),)
    hosts = tuple(
        a_network_host(f"desk-{index}", f"192.0.2.{index + 10}/24", ssh=Ssh(user="netops"), services=service)
        for index in range(1, 5)
    )
    with moving_lab(tmp_path / "lab", hosts, private) as found:
        found.plan = at_once(found.plan)
        yield found


def run_of(moving: Moving) -> Run:
    door = moving.lab.door(STATION)
    return replace(moving.run(), place=replace(moving.place(), station=door, sources={STATION: door}))


def planned(moving: Moving, folder: Path, plan: MigrationPlan | None = None) -> Planned:
    return replace(moving.planned(folder), plan=plan or moving.plan)


def told(moving: Moving) -> dict[str, set[str]]:
    """What every resolver tells of each host in both families, which has to be the same."""
    found: dict[str, set[str]] = {}
    for question, answer in told_of(moving.plan, run_of(moving).place, named(moving.plan)).items():
        found.setdefault(question.name.partition(".")[0], set()).update(answer.values)
    return found


def called(moving: Moving, *every: str) -> set[str]:
    """What the resolvers call each of these addresses; empty where one has no name."""
    names = [ip_address(each).reverse_pointer for each in every]
    found = told_at(moving.plan, run_of(moving).place, names, ("PTR",))
    return {" ".join(each.values).removesuffix(".desk-net.example.") for each in found.values()}


def at(moving: Moving, node: str, *command: str) -> str:
    done = subprocess.run([*moving.lab.door(node), *command], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def addresses(moving: Moving, host: str) -> tuple[str, str, str]:
    each = moving.plan.move(host).addresses[0]
    assert each.ipv6 is not None
    return str(each.old), str(each.ipv4.ip), str(each.ipv6.ip)


def test_names_lead_to_both_then_to_the_new_then_back_to_the_old(moving: Moving, tmp_path: Path) -> None:
    """One lab for the whole life of a move, which is dear; each refusal leaves all as it is."""
    where = planned(moving, tmp_path / "kept")
    nothing_moves_while_resolvers_keep_names_for_long(moving, where)
    some_names_are_published_and_the_rest_later(moving, where)
    old_addresses_stay_while_the_zone_cannot_be_read(moving, tmp_path)
    old, ipv4, ipv6 = addresses(moving, "desk-1")

    retired = migrate(where, run_of(moving), phases=ALL)
    assert retired.state is MoveState.DONE
    left = retired.step(Looked.LEFT)
    assert left is not None
    assert left.ok, left.said
    for host, values in told(moving).items():
        assert values == (set(addresses(moving, host)[1:]) if host != UNNAMED else set())
    assert (called(moving, old), called(moving, ipv4, ipv6)) == ({""}, {"desk-1"})

    back = roll_back(where, run_of(moving))
    assert back.state is MoveState.TAKEN_BACK
    for host, values in told(moving).items():
        assert values == ({addresses(moving, host)[0]} if host != UNNAMED else set())
    assert (called(moving, old), called(moving, ipv4, ipv6)) == ({"desk-1"}, {""})


def nothing_moves_while_resolvers_keep_names_for_long(moving: Moving, where: Planned) -> None:
    edited(moving, r"s/^\(desk-2\S*\) 5 /\1 3600 /")

    with pytest.raises(Refused, match=r"keeps desk-2.desk-net.example A for 3600 s, at most 300 s wanted"):
        migrate(where, run_of(moving))

    assert "203.0.113." not in at(moving, "desk-1", "ip", "addr")
    edited(moving, r"s/^\(desk-2\S*\) 3600 /\1 5 /")
    # what the resolver keeps would last for an hour: nobody waits for that here
    at(moving, STATION, "unbound-control", "-c", CONFIG, "flush_zone", "desk-net.example")


def some_names_are_published_and_the_rest_later(moving: Moving, where: Planned) -> None:
    """A host whose service is silent over IPv6 is not published there; one that has no name gets none."""
    at(moving, "desk-2", "nft", SILENCE)
    edited(moving, f"/^{UNNAMED}/d")

    moved = migrate(where, run_of(moving))

    assert moved.state is MoveState.DONE
    step = moved.step(Looked.PUBLISHED)
    assert step is not None
    assert not step.ok
    assert "desk-2 is not published over IPv6" in step.said
    old, ipv4, ipv6 = addresses(moving, "desk-1")
    assert {old, ipv4, ipv6} == told(moving)["desk-1"]
    assert addresses(moving, "desk-2")[2] not in told(moving)["desk-2"]
    assert called(moving, old, ipv4, ipv6) == {"desk-1"}
    assert called(moving, addresses(moving, "desk-2")[2]) == {""}

    at(moving, "desk-2", "nft", "delete table ip6 mute")
    again = migrate(where, run_of(moving)).step(Looked.PUBLISHED)
    assert again is not None
    assert again.ok, again.said
    assert set(addresses(moving, "desk-2")) == told(moving)["desk-2"]


def old_addresses_stay_while_the_zone_cannot_be_read(moving: Moving, tmp_path: Path) -> None:
    assert moving.plan.names is not None
    nowhere = Ssh(user="netops", address=IPv4Address("198.18.100.77"))
    server = NameServer(name="names", ssh=nowhere, zone_file=ZONE)
    lost = moving.plan.model_copy(update={"names": moving.plan.names.model_copy(update={"server": server})})

    with pytest.raises(
        Refused, match=r"which stay: the zone desk-net.example could not be read whole: names: "
    ):
        migrate(planned(moving, tmp_path / "kept", lost), run_of(moving), phases=ALL)

    for host, values in told(moving).items():
        assert host == UNNAMED or addresses(moving, host)[0] in values
        assert addresses(moving, host)[0] in at(moving, host, "ip", "addr")


def edited(moving: Moving, script: str) -> None:
    """Change the zone on the station as its keeper does, by a script of sed(1)."""
    at(moving, STATION, "sed", "-i", script, ZONE)
    at(moving, STATION, "unbound-control", "-c", CONFIG, "auth_zone_reload", "desk-net.example")
