"""A host lab is laid out from its site alone: the same nodes, addresses and links every time."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface

import pytest
from support.host_site import a_host, a_segment, a_site

from cmp.model.network import HostKind
from lab.hosts import places
from lab.hosts.links import bridges, pairs, unplugged
from lab.hosts.topology import new_lan, topology


def test_every_site_has_two_edges_a_core_a_station_and_a_controller() -> None:
    nodes = topology(a_site()).nodes

    assert {"edge-old", "edge-new", "core", "station", "ctl", "nat64", "zone-private"} <= set(nodes)
    assert {"web-1", "dns-1", "scanner-1"} <= set(nodes)


def test_without_translation_there_is_no_translator() -> None:
    assert places.TRANSLATOR not in topology(a_site(translation=None)).nodes


def test_routers_start_first_since_their_protocols_take_longest() -> None:
    assert list(topology(a_site()).nodes)[:3] == ["core", "edge-old", "edge-new"]


def test_the_old_edge_has_every_gateway_that_a_host_names() -> None:
    site = a_site(hosts=(a_host("web-1", 11), a_host("web-2", 12, gateway=ip_address("192.0.2.254"))))

    lan = topology(site).nodes["edge-old"].nics[0]

    assert lan.addresses == (ip_interface("192.0.2.1/24"), ip_interface("192.0.2.254/24"))


def test_old_and_new_line_share_the_lan_until_a_host_has_a_second_interface() -> None:
    assert new_lan(a_site()) == places.LAN
    assert new_lan(a_site(hosts=(a_host("web-1", 11, new_interface="eth1"),))) == places.NEW_LAN


def test_a_host_with_a_second_interface_has_it_on_the_new_line() -> None:
    site = a_site(hosts=(a_host("web-1", 11, new_interface="eth1"),))

    old, new = topology(site).nodes["web-1"].nics

    assert (old.bridge, new.name, new.bridge, new.addresses) == (places.LAN, "eth1", places.NEW_LAN, ())


def test_the_link_of_the_new_edge_has_the_mtu_of_the_site_at_both_ends() -> None:
    nodes = topology(a_site()).nodes

    narrow = {(node.name, nic.name) for node in nodes.values() for nic in node.nics if nic.mtu == 1400}

    assert narrow == {("core", "edge-new"), ("edge-new", "core")}


@pytest.mark.parametrize("kind", [HostKind.WINDOWS, HostKind.APPLIANCE, HostKind.SWITCH])
def test_nobody_logs_in_to_a_host_that_plays_cannot_change(kind: HostKind) -> None:
    assert topology(a_site(hosts=(a_host("box-1", 11, kind=kind),))).nodes["box-1"].user is None


def test_the_probe_of_a_zone_takes_none_of_the_addresses_that_the_site_moves_to() -> None:
    segment = a_segment(ipv4=IPv4Network("10.64.255.0/24"), ipv4_gateway=ip_address("10.64.255.1"))

    leaf = places.zone_leaf(a_site(segment=segment), "private")

    assert leaf.ipv4.network == IPv4Network("10.64.254.248/29")
    assert leaf.ipv6.network == IPv6Network("3fff:100:f:ffff::/64")


def test_a_zone_without_room_for_a_probe_is_refused() -> None:
    site = a_site(zones={"private": (IPv4Network("203.0.113.0/25"), IPv6Network("3fff:100:f::/48"))})

    with pytest.raises(ValueError, match="no room for a probe"):
        places.zone_leaf(site, "private")


def test_well_known_places_are_where_their_links_are() -> None:
    station, controller = places.leaf(places.STATION_LEAF), places.leaf(places.CONTROLLER_LEAF)

    assert (station.ipv4.ip, station.ipv6.ip) == (places.STATION_IPV4, places.STATION_IPV6)
    assert (controller.ipv4.ip, controller.ipv6.ip) == (places.CONTROLLER_IPV4, places.CONTROLLER_IPV6)


def test_a_machine_keeps_its_mac_addresses_and_no_two_share_one() -> None:
    macs = [nic.mac for node in topology(a_site()).nodes.values() for nic in node.nics]

    assert len(set(macs)) == len(macs)
    assert macs == [nic.mac for node in topology(a_site()).nodes.values() for nic in node.nics]


def test_names_of_interfaces_fit_the_kernel() -> None:
    laid_out = topology(a_site(zones={"z" * 40: a_site().zones["private"]}))

    names = [*laid_out.bridges, *laid_out.ports.values()]
    names += [nic.name for node in laid_out.nodes.values() for nic in node.nics]

    assert max(map(len, names)) <= 15


def test_a_node_is_plugged_in_with_the_same_port_that_it_was_unplugged_from() -> None:
    laid_out = topology(a_site())

    plugged = list(pairs(laid_out, {"web-1": 4711}))
    port = laid_out.ports["web-1", "eth0"]

    assert plugged[0].startswith(f"link add {port} type veth peer name eth0 address 02:")
    assert plugged[0].endswith("netns 4711")
    assert plugged[1] == f"link set {port} mtu 1500 master lan up"
    assert list(unplugged(laid_out, ["web-1"])) == [f"link del {port}"]
    assert "link set lan up" in list(bridges(laid_out))
