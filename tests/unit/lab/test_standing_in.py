"""Nodes of a lab hold what a customer's network names around itself, and what they cannot hold is said."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from support.host_site import a_host, a_site

from cmp.errors import Invalid
from lab.hosts import names, places, sources
from lab.hosts.contents import Keys, contents
from lab.hosts.interfaces import interfaces
from lab.hosts.routing import frr
from lab.hosts.site import Login, Ports, Site
from lab.hosts.standing_in import address_in, refuse_unlike
from lab.hosts.topology import topology

USERS = "root:x:0:0:root:/root:/bin/bash\nclerk:x:1000:1000::/home/clerk:/bin/sh\n"


def standing(node: str, *addresses: str, **changes: Any) -> Site:
    return a_site(stand_ins={node: tuple(map(ip_address, addresses))}, **changes)


def files(node: str, site: Site) -> dict[str, str]:
    return dict(contents(topology(site).nodes[node], site, Keys("ssh-ed25519 AAAA\n", "p\n", "s"), USERS))


def test_the_station_holds_a_witness_alone_and_sends_from_it() -> None:
    text = interfaces(topology(standing(places.STATION, "198.18.7.7", "2001:db8:7::7")).nodes["station"])

    assert "iface lo inet static\n    address 198.18.7.7/32\n" in text
    assert "iface lo inet6 static\n    address 2001:db8:7::7/128\n    dad-attempts 0\n" in text
    assert "up ip -4 route replace default via 198.18.100.1 dev eth0 src 198.18.7.7" in text
    assert "up ip -6 route replace default via 2001:db8:100::1 dev eth0 src 2001:db8:7::7" in text


def test_an_address_that_a_node_has_already_is_not_added_twice() -> None:
    site = standing(places.STATION, "198.18.100.10", "2001:db8:100::10")
    refuse_unlike(site)

    assert interfaces(topology(site).nodes["station"]) == interfaces(topology(a_site()).nodes["station"])


def test_a_node_sends_from_the_first_address_of_each_family() -> None:
    node = topology(standing(places.STATION, "198.18.7.7", "198.18.7.53")).nodes["station"]

    assert node.senders == (ip_address("198.18.7.7"), places.STATION_IPV6)


def test_the_core_leads_what_is_stood_in_for_to_its_node() -> None:
    site = standing(places.EDGE_NEW, "198.18.9.9", "2001:db8:9::9")
    lines = frr(topology(site).nodes["core"], site, "secret").splitlines()

    assert "ip route 198.18.9.9/32 198.18.2.2" in lines
    assert "ipv6 route 2001:db8:9::9/128 2001:db8:2::2" in lines


def test_the_new_edge_has_the_interfaces_that_the_plan_names() -> None:
    site = a_site(edge_ports=Ports("ens3", "bond0.210"))
    edge = topology(site).nodes[places.EDGE_NEW]

    assert [nic.name for nic in edge.nics] == ["ens3", "bond0.210"]
    assert 'iifname != "ens3" accept' in sources.filtered(edge, site)
    assert 'iifname != "lan" accept' in sources.filtered(topology(site).nodes[places.EDGE_OLD], site)
    spoken = frr(edge, site, "secret").split("interface bond0.210")[1].split("exit")[0]
    assert "ip ospf network point-to-point" in spoken


def test_the_zone_is_under_the_customers_domain_where_he_keeps_it() -> None:
    site = a_site(domain="hosts.office.example", zone_file="/etc/bind/office.db")

    assert 'zonefile: "/etc/bind/office.db"' in names.unbound(site)
    assert files("station", site)["/etc/bind/office.db"].startswith("hosts.office.example. ")
    assert "search hosts.office.example" in names.resolver(site)


def test_whoever_administers_a_node_is_root_there_whatever_this_machine_calls_him() -> None:
    site = a_site(logins={places.STATION: Login("clerk", 2200)})
    found = files("station", site)

    assert [line for line in found["/etc/passwd"].splitlines() if line.startswith("clerk:")] == [
        "clerk:x:0:0:Operator of the network:/var/lib/operator:/bin/bash"
    ]
    assert found["/etc/ssh/sshd_config"].startswith("Port 2200\n")


def test_root_stays_as_it_is() -> None:
    found = files("station", a_site(logins={places.STATION: Login("root")}))

    assert found["/etc/passwd"] == USERS
    assert "/etc/shadow" not in found


def test_a_probe_of_a_zone_stands_where_nobody_stands_in() -> None:
    usual = places.zone_leaf(a_site(), "private")
    site = standing(places.STATION, str(usual.ipv4.ip), str(usual.ipv6.ip))

    assert places.zone_leaf(site, "private").ipv4 not in usual.ipv4.network
    refuse_unlike(site)


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (standing("station", "192.0.2.40"), "192.0.2.40 would be of station, and lies in the old network"),
        (standing("edge-new", "203.0.113.9"), "203.0.113.9 would be of edge-new, and lies in the new subnet"),
        (standing("station", "198.51.100.3"), "lies in the pool of NAT64"),
        (standing("station", "198.18.101.10"), "198.18.101.10 would be of station, and ctl has it already"),
        (standing("station", "127.0.0.9"), "is no address that is led to"),
        (a_site(hosts=(a_host("core", 11),)), "a host is called core"),
        (a_site(hosts=(a_host("zone-3", 11),)), "a host is called zone-3"),
        (a_site(hosts=(a_host("web-1", 11, user="a:0\nb"),)), "cannot be a user's name"),
        (a_site(edge_ports=Ports("ens3", "ens3")), "ens3 for both of its interfaces"),
        (a_site(zone_file="/srv/office.db"), "nodes only have their own /etc"),
        (a_site(zone_file="/etc/../srv/office.db"), "nodes only have their own /etc"),
        (a_site(zone_file="/etc/passwd"), "which is another file of the name server"),
    ],
)
def test_what_cannot_be_imitated_is_said(site: Site, why: str) -> None:
    with pytest.raises(Invalid, match="cannot imitate office") as refusal:
        refuse_unlike(site)

    assert why in str(refusal.value)


def test_the_zone_may_be_kept_where_the_lab_itself_keeps_one() -> None:
    refuse_unlike(a_site(domain="office.example", zone_file="/etc/unbound/zones/office.example"))


def test_the_gateway_of_the_new_subnet_may_be_the_address_of_the_edge() -> None:
    refuse_unlike(standing(places.EDGE_NEW, "203.0.113.1"))


def test_an_address_of_a_prefix_is_taken_beside_what_is_closed_or_held() -> None:
    closed = (ip_network("198.18.8.0/28"),)
    taken = {ip_address("198.18.8.16")}

    assert address_in(ip_network("198.18.8.0/24"), taken, closed) == ip_address("198.18.8.17")
    assert address_in(ip_network("198.18.9.4/32"), (), ()) == ip_address("198.18.9.4")
    with pytest.raises(Invalid, match="finds no free address"):
        address_in(ip_network("198.18.8.4/30"), (), closed)
