"""One change of a router is written for three makers, and its way back takes exactly that away."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from types import ModuleType
from typing import Any

import pytest
from support.network_stories import GOLDEN

from cmp.network.routers import comware, frr, vrp
from cmp.network.routers.change import Advertisement, Neighbour, Port, RouterChange, StaticRoute

BACKBONE = ip_address("0.0.0.0")
OUTER4, OUTER6 = ip_network("203.0.113.0/24"), ip_network("2001:db8:100::/40")
LAN4, LAN6 = ip_network("192.0.2.0/24"), ip_network("2001:db8:1::/64")


def a_change(**changes: Any) -> RouterChange:
    """An edge that takes a LAN beside another, joins OSPF and BGP in both families and knows a translator."""
    usual = {
        "router": "edge-b",
        "router_id": ip_address("198.18.0.2"),
        "ports": (
            Port(
                "eth1",
                (ip_interface("192.0.2.1/24"), ip_interface("2001:db8:1::1/64")),
                area=BACKBONE,
                passive=True,
                advertisement=Advertisement(LAN6),
                sources=(LAN4, LAN6),
            ),
            Port(
                "eth0",
                (ip_interface("198.18.0.2/31"), ip_interface("2001:db8:f::2/127")),
                vlan=100,
                area=BACKBONE,
                point_to_point=True,
            ),
        ),
        "asn": 64496,
        "neighbours": (
            Neighbour(ip_address("198.18.0.3"), 64497, (LAN4,), (OUTER4,)),
            Neighbour(ip_address("2001:db8:f::3"), 64497, (LAN6,), (OUTER6,)),
        ),
        "routes": (StaticRoute(ip_network("2001:db8:64::/96"), ip_address("2001:db8:f::9"), "NAT64"),),
    }
    return RouterChange(**usual | changes)


@pytest.mark.parametrize("maker", [frr, vrp, comware], ids=["frr", "vrp", "comware"])
def test_the_text_and_its_way_back_are_those_reviewed(maker: ModuleType) -> None:
    name = maker.__name__.rpartition(".")[2]

    assert maker.render(a_change()) == (GOLDEN / f"edge-b.{name}").read_text(encoding="utf-8")
    assert maker.render_back(a_change()) == (GOLDEN / f"edge-b.{name}-back").read_text(encoding="utf-8")


@pytest.mark.parametrize("maker", [vrp, comware], ids=["vrp", "comware"])
def test_a_text_for_a_maker_says_first_that_no_device_saw_it(maker: ModuleType) -> None:
    for text in (maker.render(a_change()), maker.render_back(a_change())):
        assert text.splitlines()[0].endswith("not tried on a device")


def test_hosts_make_no_addresses_of_a_prefix_until_they_are_to() -> None:
    silent = frr.render(a_change())
    port = Port(
        "eth1", (ip_interface("2001:db8:1::1/64"),), advertisement=Advertisement(LAN6, autonomous=True)
    )
    open_ = frr.render(a_change(ports=(port,)))

    assert " ipv6 nd prefix 2001:db8:1::/64 86400 14400 no-autoconfig" in silent.splitlines()
    assert " ipv6 nd prefix 2001:db8:1::/64 86400 14400" in open_.splitlines()


def test_a_router_that_routes_already_keeps_its_number() -> None:
    for maker in (frr, vrp, comware):
        assert "router-id" not in maker.render(a_change(router_id=None))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"routes": (StaticRoute(LAN6, ip_address("192.0.2.9")),)}, "two families"),
        ({"neighbours": (Neighbour(ip_address("192.0.2.9"), 64497, (LAN6,)),)}, "the other family"),
        ({"asn": None}, "of the router's own"),
        ({"ports": (Port("eth1"), Port("eth1"))}, "stands twice"),
        ({"ports": (Port("eth1\nshutdown"),)}, "no name of a port"),
        ({"ports": (Port("eth1", vlan=4095),)}, "no VLAN"),
        ({"ports": (Port("eth1", advertisement=Advertisement(LAN6)),)}, "has no IPv6 address"),
        (
            {
                "ports": (
                    Port("e", (ip_interface("2001:db8::1/64"),), advertisement=Advertisement(LAN6, valid=1)),
                )
            },
            "longer than it is valid",
        ),
    ],
)
def test_what_no_router_could_do_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        a_change(**changes)
