"""Filters come first: a zone that nothing was declared for stays out before, during and after a move."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from support.builders import a_network, a_network_host
from support.moving_lab import STATIONS, Moving, moving_lab
from support.moving_network import behind_an_edge
from support.needs import needs_host_lab
from support.own_namespaces import until

from cmp.model.migration import Phase
from cmp.model.migration_journal import MigrationJournal, MoveState
from cmp.model.network import Allocation, HostKind, HostService, Network, NetworkHost, Translation
from cmp.model.ssh import Ssh
from cmp.network.filters.zones import embedded
from cmp.network.moving.stages import backward
from cmp.services.migrating.carrying import carry
from cmp.services.migrating.rehearsing import fire_each_type
from lab.hosts.places import CONTROLLER, EDGE_NEW, STATION, zone_node

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(600),
    needs_host_lab(),
]

STRANGER = zone_node("internet")
SSH, SERVICE = 22, 443
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()"


def zoned() -> Network:
    """An isolated zone that takes the network, and a foreign one with a probe of its own."""
    blocks = {
        "public": ("198.51.100.0/26", "2001:db8:1a::/48"),
        "internet": ("198.51.100.64/26", "2001:db8:2a::/48"),
    }
    return a_network(
        allocations=tuple(
            Allocation(center="bj-a", zone=zone, ipv4=IPv4Network(ipv4), ipv6=IPv6Network(ipv6))
            for zone, (ipv4, ipv6) in blocks.items()
        ),
        translation=Translation(
            prefix=IPv6Network("2001:db8:64::/96"), pool=IPv4Network("198.51.100.128/25")
        ),
    )


def desks() -> tuple[NetworkHost, ...]:
    """Three hosts that plays change, and a device that they cannot."""
    service = HostService(port=SERVICE, name="https")
    managed = (
        a_network_host(
            f"desk-{index}", f"192.0.2.{index + 10}/24", ssh=Ssh(user="netops"), services=(service,)
        )
        for index in range(1, 4)
    )
    device = a_network_host("tape", "192.0.2.99/24", kind=HostKind.APPLIANCE, services=(service,))
    return (*managed, device)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """A network with a named edge, in an isolated zone."""
    private = behind_an_edge(witnesses=STATIONS)
    with moving_lab(tmp_path_factory.mktemp("isolation"), desks(), private, zoned()) as found:
        yield found


def on(moving: Moving, node: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*moving.lab.door(node), *command], capture_output=True, text=True, check=False, timeout=60
    )


def connects(moving: Moving, node: str, target: object, port: int) -> bool:
    return on(moving, node, sys.executable, "-c", CONNECT, str(target), str(port)).returncode == 0


def opens(moving: Moving, node: str, target: object, port: int) -> None:
    """Wait until a way that has to be open is: the first packet may find no neighbour yet."""
    until(lambda: connects(moving, node, target, port), f"{node} reaches {target} port {port}")


def moved(moving: Moving) -> MigrationJournal:
    """The journal of the move, which is made by whichever test comes first."""
    done = [journal for journal in moving.kept if journal.state is MoveState.DONE]
    return done[-1] if done else moving.move()


def news(moving: Moving, host: str = "desk-1") -> tuple[IPv4Address, IPv6Address]:
    new = moving.plan.move(host).addresses[0]
    assert new.ipv6 is not None
    return new.ipv4.ip, new.ipv6.ip


def is_led_there(moving: Moving, node: str) -> bool:
    """True when routes lead from a node to the new subnets in both families: their edge answers."""
    segment = moving.plan.segment
    return all(
        on(moving, node, "ping", "-c", "2", "-W", "1", str(gateway)).returncode == 0
        for gateway in (segment.ipv4_gateway, segment.ipv6_gateway)
    )


def denied(moving: Moving) -> int:
    listed = json.loads(on(moving, EDGE_NEW, "nft", "-j", "list", "counters").stdout)["nftables"]
    return sum(
        each["counter"]["packets"] for each in listed if each.get("counter", {}).get("name") == "denied"
    )


def test_the_kernel_of_an_edge_takes_the_filters(moving: Moving) -> None:
    script = moving.plan.move("desk-edge").phases[Phase.BESIDE].forward.nft

    done = subprocess.run(
        [*moving.lab.door(EDGE_NEW), "nft", "-c", "-f", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_edge_goes_back_by_itself_and_exactly(moving: Moving) -> None:
    before = on(moving, EDGE_NEW, "nft", "-s", "list", "ruleset").stdout

    fired = fire_each_type(moving.plan, moving.carrier())

    assert {each.host: (each.exact, each.said) for each in fired}["desk-edge"] == (True, "")
    assert on(moving, EDGE_NEW, "nft", "-s", "list", "ruleset").stdout == before


def test_a_zone_that_nothing_is_declared_for_stays_out_while_a_network_moves_and_loses_nothing(
    moving: Moving,
) -> None:
    assert is_led_there(moving, STRANGER)
    assert not any(connects(moving, STRANGER, target, SERVICE) for target in news(moving))

    with moving.watched() as watcher:
        done = moving.move(watcher=watcher)

    assert done.state is MoveState.DONE
    report = watcher.report
    assert report is not None
    assert report.sent > 0
    assert report.lost == 0
    assert all(each.alive for each in report.connections)

    assert is_led_there(moving, STRANGER)
    assert not any(
        connects(moving, STRANGER, target, port) for target in news(moving) for port in (SSH, SERVICE)
    )
    assert denied(moving) > 0
    for target in news(moving):
        opens(moving, CONTROLLER, target, SSH)  # declared: administration
        assert not connects(moving, CONTROLLER, target, SERVICE)
        opens(moving, STATION, target, SERVICE)  # declared: a witness


def test_a_device_behind_the_edge_is_judged_like_any_host(moving: Moving) -> None:
    moved(moving)
    device = moving.plan.move("tape").addresses[0]
    translation = moving.plan.translation
    assert translation is not None

    opens(moving, STATION, device.ipv4.ip, SERVICE)
    opens(moving, STATION, device.old, SERVICE)
    assert not connects(moving, STRANGER, device.ipv4.ip, SERVICE)
    assert not connects(moving, CONTROLLER, device.ipv4.ip, SERVICE)
    assert not connects(moving, STRANGER, embedded(device.ipv4.ip, translation.prefix), SERVICE)


def test_the_filters_are_there_after_a_reboot_of_the_edge(moving: Moving) -> None:
    moved(moving)

    moving.lab.reboot(EDGE_NEW)

    assert "policy drop" in on(moving, EDGE_NEW, "nft", "list", "ruleset").stdout


def test_it_is_the_filters_that_keep_the_stranger_out_and_the_way_back_takes_them_away(
    moving: Moving,
) -> None:
    done = moved(moving)
    on(moving, EDGE_NEW, "nft", "delete table inet tricenter_desk_net")
    for target in news(moving):
        opens(moving, STRANGER, target, SERVICE)

    back = carry(backward(done, None), moving.carrier())

    assert back.state is MoveState.TAKEN_BACK
    assert "tricenter" not in on(moving, EDGE_NEW, "nft", "list", "ruleset").stdout
    assert on(moving, EDGE_NEW, "sh", "-c", "ls /etc/nftables.d/tricenter* 2>/dev/null").stdout == ""
