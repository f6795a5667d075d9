"""An OpenStack lab follows its estate in zones, hosts, traits and images, and can be made clean again."""

from __future__ import annotations

import stat
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection

import pytest
from openstack.connection import Connection
from support.small_lab import EAST, SERVER_SECONDS, WEST, Region

from lab.base import Health
from lab.openstack.cloud import OpenStackLab
from lab.openstack.layout import SHARED
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


def _needs(trait: str) -> dict[str, str]:
    return {f"trait:{trait}": "required"}


def _counts(cloud: Connection) -> dict[str, int]:
    """How much of everything there is."""
    kinds = {
        "servers": cloud.compute.servers(),
        "flavors": cloud.compute.flavors(),
        "aggregates": cloud.compute.aggregates(),
        "networks": cloud.network.networks(),
        "ports": cloud.network.ports(),
        "images": cloud.image.images(),
    }
    return {kind: len(list(things)) for kind, things in kinds.items()}


def test_every_component_runs_and_names_its_endpoints(small_lab: OpenStackLab) -> None:
    states = {component.name: component for component in small_lab.status()}

    assert set(states) == {"openstack/keystone", f"openstack/{EAST}", f"openstack/{WEST}"}
    assert {component.state for component in states.values()} == {Health.RUNNING}
    assert set(states[f"openstack/{EAST}"].endpoints) == {"compute", "placement", "image", "network"}


def test_zones_aggregates_and_hosts_follow_the_pools(east: Region) -> None:
    aggregates = {aggregate.name: aggregate for aggregate in east.cloud.compute.aggregates()}

    assert aggregates["bj-a-hygon"].hosts == ["bj-a-hygon-1", "bj-a-hygon-2"]
    assert aggregates["bj-a-loongson"].hosts == ["bj-a-loongson-1"]
    assert {zone.name for zone in east.cloud.compute.availability_zones()} >= set(aggregates)


def test_overcommit_and_accelerators_follow_the_pools(west: Region) -> None:
    (provider,) = west.cloud.placement.resource_providers()

    inventories = west.cloud.placement.resource_provider_inventories(provider)
    totals = {
        inventory.resource_class: (inventory.total, inventory.allocation_ratio) for inventory in inventories
    }

    assert totals == {
        "VCPU": (64, 2.0),
        "MEMORY_MB": (256 * 1024, 1.0),
        "DISK_GB": (4000, 1.0),
        "CUSTOM_ACCELERATOR_ASCEND_910B": (8, 1.0),
    }


def test_routers_have_an_outer_network_in_both_families(east: Region) -> None:
    outer = east.cloud.network.find_network("extranet", ignore_missing=False)

    prefixes = {subnet.cidr for subnet in east.cloud.network.subnets(network_id=outer.id)}

    assert outer.is_router_external
    assert prefixes == {"203.0.113.0/26", "3fff:fff:0:1::/64"}


def test_a_server_boots_in_its_pools_zone_with_an_address_of_each_family(east: Region) -> None:
    server = east.boot("bj-a-hygon", "amd64", _needs("CUSTOM_CHIP_HYGON_7390"))

    addresses = [address["version"] for nets in server.addresses.values() for address in nets]
    assert (server.status, server.availability_zone) == ("ACTIVE", "bj-a-hygon")
    assert server.compute_host in {"bj-a-hygon-1", "bj-a-hygon-2"}
    assert sorted(addresses) == [4, 6]


def test_a_server_of_a_chip_unknown_to_nova_boots_by_its_trait(east: Region) -> None:
    right = east.boot("bj-a-loongson", "loong64", _needs("CUSTOM_CHIP_LOONGSON_3C6000"))
    other = east.boot("bj-a-loongson", "amd64", {})

    assert (right.status, right.compute_host) == ("ACTIVE", "bj-a-loongson-1")
    assert (other.status, other.compute_host) == ("ERROR", None)


def test_a_chip_that_the_zone_lacks_finds_no_host(east: Region) -> None:
    server = east.boot("bj-a-hygon", "amd64", _needs("CUSTOM_CHIP_LOONGSON_3C6000"))

    assert server.status == "ERROR"
    assert "No valid host" in server.fault["message"]


def test_accelerators_run_out(west: Region) -> None:
    six = {"resources:CUSTOM_ACCELERATOR_ASCEND_910B": "6"}

    states = [west.boot("gy-c-kunpeng", "arm64", six).status for _ in range(2)]

    assert states == ["ACTIVE", "ERROR"]


def test_a_host_takes_one_member_of_a_group_that_keeps_apart(west: Region) -> None:
    group = west.cloud.compute.create_server_group(name="apart", policy="anti-affinity")
    hints = {"scheduler_hints": {"group": group.id}}

    states = [west.boot("gy-c-kunpeng", "arm64", {}, **hints).status for _ in range(2)]

    assert states == ["ACTIVE", "ERROR"]
    west.cloud.compute.delete_server_group(group)


def test_a_floating_address_shows_on_its_server(east: Region) -> None:
    network = east.cloud.network
    server = east.boot("bj-a-hygon", "amd64", {})
    outer = network.find_network("extranet", ignore_missing=False)
    (inner,) = network.subnets(network_id=east.network.id, ip_version=4)
    router = network.create_router(name="way-out", external_gateway_info={"network_id": outer.id})
    network.add_interface_to_router(router, subnet_id=inner.id)
    (port,) = network.ports(device_id=server.id)

    address = network.create_ip(floating_network_id=outer.id, port_id=port.id)

    def shows() -> bool:
        found = east.cloud.compute.get_server(server.id).addresses.values()
        return address.floating_ip_address in {item["addr"] for items in found for item in items}

    assert wait_until(shows, SERVER_SECONDS, pause=0.2)
    network.delete_ip(address)
    network.remove_interface_from_router(router, subnet_id=inner.id)
    network.delete_router(router)


def test_reset_brings_the_clean_cloud_back(small_lab: OpenStackLab, east: Region) -> None:
    clean = _counts(east.cloud)
    east.boot("bj-a-hygon", "amd64", {})
    used = _counts(east.cloud)

    small_lab.reset(print)

    assert used != clean
    assert _counts(east.cloud) == clean
    assert {component.state for component in small_lab.status()} == {Health.RUNNING}
    east.forget()


def test_only_the_owner_may_read_secrets(small_lab: OpenStackLab) -> None:
    secret = small_lab.layout.folder.rglob("*")
    readable = [path for path in secret if path.suffix in {".conf", ".yaml"} and path.stat().st_mode & 0o077]

    assert readable == []
    assert stat.S_IMODE((small_lab.layout.folder / "passwords.json").stat().st_mode) == 0o600


def test_no_service_answers_a_web_page(small_lab: OpenStackLab) -> None:
    urls = [url for component in small_lab.status() for url in component.endpoints.values()]
    pages = ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"})

    assert len(urls) == 1 + 2 * 4
    for url in urls:
        host, port = url.removeprefix("http://").split("/")[0].split(":")
        for headers in ({}, *pages):
            with closing(HTTPConnection(host, int(port), timeout=60)) as line:
                line.request("GET", "/", headers=headers)
                assert (line.getresponse().status == HTTPStatus.FORBIDDEN) is bool(headers), (url, headers)


def test_no_password_is_in_the_logs(small_lab: OpenStackLab) -> None:
    passwords = (small_lab.layout.folder / "passwords.json").read_text().split('"')[3::4]
    logs = [
        path for name in (SHARED, EAST, WEST) for path in (small_lab.layout.region(name) / "log").iterdir()
    ]

    assert len(passwords) == 3
    assert not [path for path in logs for password in passwords if password in path.read_text()]
