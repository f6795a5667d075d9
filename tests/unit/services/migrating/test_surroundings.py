"""What a network names around itself is given to the nodes of a lab that can stand in for it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from support.builders import a_network_host, a_private_network, an_environment
from support.moving_network import a_segment, an_edge_router, some_hosts

from cmp.loaders.loading import load
from cmp.model.name_servers import NameServer
from cmp.model.network import Edge, Names
from cmp.model.references import EnvironmentRef
from cmp.model.ssh import Ssh
from cmp.services.migrating.planning import network_of
from cmp.services.migrating.sites import site_of
from cmp.services.migrating.surroundings import not_imitated
from cmp.settings import Layout
from cmp.store.file_ports import file_ports
from lab.hosts.site import Login, Ports, Site
from lab.hosts.topology import topology

ROOT = Path(__file__).parents[4]


def a_customers_site() -> Site:
    """A network that names no address of the lab."""
    server = NameServer(
        name="ns-1",
        ssh=Ssh(user="keeper", address=ip_address("198.51.100.54"), port=2200),
        zone_file="/etc/bind/desks.db",
    )
    private = a_private_network(
        "desk-net",
        witnesses=(ip_address("198.51.100.7"), ip_address("3fff:7::7")),
        administered_from=(ip_network("198.18.101.0/24"), ip_network("3fff:40::/64")),
        names=Names(domain="desks.example", resolvers=(ip_address("198.51.100.53"),), server=server),
        edge=Edge(
            router=an_edge_router(
                interface="ens3",
                uplink="ens4",
                ssh=Ssh(user="carrier", address=ip_address("3fff:2::5"), port=2222),
            )
        ),
    )
    return site_of(an_environment(), private, some_hosts(2), a_segment())


def test_the_station_answers_for_witnesses_resolvers_and_the_name_server() -> None:
    site = a_customers_site()

    assert site.stand_ins["station"] == tuple(
        map(ip_address, ("198.51.100.7", "3fff:7::7", "198.51.100.53", "198.51.100.54"))
    )
    assert (site.domain, site.zone_file) == ("desks.example", "/etc/bind/desks.db")


def test_the_controller_has_an_address_in_every_prefix_that_hosts_are_administered_from() -> None:
    assert a_customers_site().stand_ins["ctl"] == (ip_address("198.18.101.10"), ip_address("3fff:40::1"))


def test_the_new_edge_is_reached_as_the_customer_reaches_it() -> None:
    site = a_customers_site()

    assert site.stand_ins["edge-new"] == (ip_address("3fff:2::5"),)
    assert site.edge_ports == Ports("ens3", "ens4")
    assert site.logins == {"station": Login("keeper", 2200), "edge-new": Login("carrier", 2222)}


def test_a_host_that_is_administered_elsewhere_is_told() -> None:
    host = a_network_host(
        "desk-1", "192.0.2.11/24", ssh=Ssh(user="netops", address=ip_address("198.51.100.9"))
    )

    assert list(not_imitated([host])) == [
        "desk-1 is reached at 192.0.2.11 here: the lab does not imitate 198.51.100.9"
    ]


@pytest.mark.parametrize("name", ["lab", "reference"])
def test_the_networks_of_our_own_inventories_name_what_the_lab_has_already(name: str, tmp_path: Path) -> None:
    folder = ROOT / "inventories" / name
    environment = load(folder).environment
    layout = Layout(tmp_path)

    for private in environment.network.private_networks:
        found = network_of(EnvironmentRef.of(folder), file_ports(layout), private.id)
        nodes = topology(site_of(environment, private, found.hosts, found.segment)).nodes
        assert not any(node.beside for node in nodes.values())
