"""FRR takes what is written for it, routes by it in both families, and forgets all of it on the way back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from support.needs import needs
from support.own_namespaces import Node, Wires, until, wires

from cmp.network.routers import frr
from cmp.network.routers.change import Advertisement, Neighbour, Port, RouterChange, StaticRoute

pytestmark = [pytest.mark.lab, needs("ip", "unshare", "nsenter", "vtysh")]

PROGRAMS = Path("/usr/lib/frr")
DAEMONS = ("zebra", "staticd", "ospfd", "ospf6d", "bgpd")
AREA = ip_address("0.0.0.0")


class Router:
    """A node with the daemons of FRR, whose sockets lie in a folder of their own."""

    def __init__(self, made: Wires, folder: Path) -> None:
        self.node: Node = made.node()
        self.folder = folder
        folder.mkdir()
        shutil.chown(folder, "frr", "frr")
        self.node.set(ipv4__ip_forward="1", ipv6__conf__all__forwarding="1")
        for name in DAEMONS:
            socket = (
                "--vty_socket",
                str(folder),
                "-z",
                str(folder / "zserv.api"),
                "-i",
                str(folder / f"{name}.pid"),
            )
            made.start(
                self.node,
                [
                    str(PROGRAMS / name),
                    "-A",
                    "127.0.0.1",
                    "-u",
                    "frr",
                    "-g",
                    "frr",
                    "-f",
                    "/dev/null",
                    *socket,
                ],
            )
            until((folder / f"{name}.vty").exists, f"{name} listens")

    def ask(self, *commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        return self.node.run("vtysh", "--vty_socket", str(self.folder), *words)

    def take(self, text: str) -> None:
        """Check the text first, then apply it."""
        file = self.folder / "change.conf"
        file.write_text(text, encoding="utf-8")
        self.node.run("vtysh", "-C", "-f", str(file))
        self.node.run("vtysh", "--vty_socket", str(self.folder), "-f", str(file))

    def routes(self) -> str:
        return self.ask("show ip route", "show ipv6 route")


@pytest.fixture
def pair() -> Iterator[tuple[Router, Router]]:
    folder = Path(tempfile.mkdtemp(prefix="tricenter-frr-"))
    folder.chmod(0o755)
    try:
        with wires() as made:
            routers = (Router(made, folder / "a"), Router(made, folder / "b"))
            made.cable(routers[0].node, "up0", routers[1].node, "up0")
            for router in routers:
                router.node.run("ip", "link", "add", "lan0", "type", "bridge")
                router.node.run("ip", "link", "set", "lan0", "up")
            yield routers
    finally:
        shutil.rmtree(folder)


def a_change(number: int, *, bgp: bool) -> RouterChange:
    """What router 1 or 2 adds: a link to the other, a LAN, and one of the two ways to tell of it."""
    other = 3 - number
    area = None if bgp else AREA
    lan4, lan6 = ip_network(f"192.0.2.{64 * number}/26"), ip_network(f"2001:db8:{number}::/64")
    theirs4, theirs6 = ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")
    ports = (
        Port(
            "up0",
            (ip_interface(f"198.18.0.{number}/30"), ip_interface(f"2001:db8:f::{number}/126")),
            area=area,
            point_to_point=not bgp,
        ),
        Port(
            "lan0",
            (ip_interface((lan4[1], 26)), ip_interface((lan6[1], 64))),
            area=area,
            passive=not bgp,
            advertisement=Advertisement(lan6),
        ),
    )
    neighbours = (
        Neighbour(ip_address(f"198.18.0.{other}"), 64495 + other, (lan4,), (theirs4,)),
        Neighbour(ip_address(f"2001:db8:f::{other}"), 64495 + other, (lan6,), (theirs6,)),
    )
    return RouterChange(
        router=f"edge-{number}",
        router_id=ip_address(f"198.18.0.{number}"),
        ports=ports,
        asn=64495 + number if bgp else None,
        neighbours=neighbours if bgp else (),
        routes=(StaticRoute(ip_network("2001:db8:64::/96"), ip_address(f"2001:db8:f::{other}"), "NAT64"),),
    )


@pytest.mark.parametrize("bgp", [False, True], ids=["ospf", "bgp"])
def test_routers_learn_of_each_other_in_both_families_and_forget_again(
    pair: tuple[Router, Router], *, bgp: bool
) -> None:
    before = [router.ask("show running-config") for router in pair]

    for number, router in enumerate(pair, 1):
        router.take(frr.render(a_change(number, bgp=bgp)))

    until(lambda: "192.0.2.128/26" in pair[0].routes(), "IPv4 arrives", 90)
    until(lambda: "2001:db8:2::/64" in pair[0].routes(), "IPv6 arrives", 90)
    until(lambda: "192.0.2.64/26" in pair[1].routes(), "IPv4 arrives at the other", 90)
    assert "2001:db8:64::/96" in pair[0].routes()

    for number, router in enumerate(pair, 1):
        router.take(frr.render_back(a_change(number, bgp=bgp)))

    for router, was in zip(pair, before, strict=True):
        left = [
            line for line in router.ask("show running-config").splitlines() if line not in was.splitlines()
        ]
        assert [line for line in left if "router" not in line and line.strip() not in {"exit", "!"}] == []
        until(lambda router=router: "192.0.2" not in router.routes(), "the routes are gone")
