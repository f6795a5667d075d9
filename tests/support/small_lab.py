"""Gives tests an OpenStack lab of two small regions, which they may stop, break and reset."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import openstack
import pytest
from openstack.connection import Connection
from support.builders import a_center, a_chip, a_cloud, a_per_host, a_pool, an_accelerator, an_estate
from support.own_ports import Ports, set_aside

from cmp.model.estate import Estate, Isa
from lab.openstack.cloud import OpenStackLab
from lab.processes import wait_until
from lab.registry import openstack_lab

EAST, WEST = "bj-a", "gy-c"
SERVER_SECONDS = 60


def small_estate() -> Estate:
    """Two regions: amd64 and loong64 hosts in bj-a, an arm64 host with accelerators in gy-c."""
    loongson = a_chip("loongson-3c6000", isa=Isa.LOONG64)
    kunpeng = a_chip("kunpeng-920", isa=Isa.ARM64)
    accelerated = a_per_host(accelerators={"ascend-910b": 8})
    return an_estate(
        chips=(a_chip(), kunpeng, loongson, an_accelerator()),
        centers=(a_center(EAST), a_center(WEST)),
        links=(),
        clouds=(a_cloud("bj-a-gov"), a_cloud("gy-c-gov")),
        pools=(
            a_pool("bj-a-hygon", hosts=2),
            a_pool("bj-a-loongson", chip=loongson.id, hosts=1),
            a_pool("gy-c-kunpeng", hosts=1, per_host=accelerated),
        ),
    )


@pytest.fixture(scope="session")
def small_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of its own, since its tests stop and reset the lab."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def made(small_state: Path) -> Iterator[OpenStackLab]:
    """The lab of the small estate, made once."""
    set_aside(small_estate(), small_state, Ports.SMALL)
    lab = openstack_lab(small_estate(), small_state)
    try:
        lab.up(print)
        yield lab
    finally:
        lab.down(print)


@pytest.fixture
def small_lab(made: OpenStackLab) -> OpenStackLab:
    """The lab, up, whatever the test before did to it."""
    made.up(print)
    return made


@dataclass
class Region:
    """An ordinary client of one region, by the lab's clouds.yaml, that removes what it made."""

    cloud: Connection
    servers: list[Any] = field(default_factory=list)
    flavors: list[Any] = field(default_factory=list)

    @cached_property
    def network(self) -> Any:
        """A network with a subnet in each family."""
        network = self.cloud.network.create_network(name="front")
        v6 = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}
        self.cloud.network.create_subnet(network_id=network.id, ip_version=4, cidr="10.64.1.0/24")
        self.cloud.network.create_subnet(network_id=network.id, ip_version=6, cidr="3fff:100:a::/64", **v6)
        return network

    def boot(self, zone: str, isa: str, needs: Mapping[str, str], **options: Any) -> Any:
        """Ask for a server in a pool's zone and wait until nova has decided."""
        name = f"flavor-{os.urandom(4).hex()}"
        flavor = self.cloud.compute.create_flavor(name=name, ram=1024, vcpus=1, disk=1)
        self.flavors.append(flavor)
        self.cloud.compute.create_flavor_extra_specs(flavor, dict(needs))
        image = self.cloud.image.find_image(f"tricenter-base-{isa}", ignore_missing=False)
        server = self.cloud.compute.create_server(
            name="web",
            image_id=image.id,
            flavor_id=flavor.id,
            availability_zone=zone,
            networks=[{"uuid": self.network.id}],
            **options,
        )
        self.servers.append(server)
        assert wait_until(lambda: self.status(server) != "BUILD", SERVER_SECONDS, pause=0.2)
        return self.cloud.compute.get_server(server.id)

    def status(self, server: Any) -> str:
        """What nova says of a server now."""
        return str(self.cloud.compute.get_server(server.id).status)

    def forget(self) -> None:
        """Take note that everything is gone already."""
        self.servers.clear()
        self.flavors.clear()
        vars(self).pop("network", None)

    def clear(self) -> None:
        """Remove everything made through this client."""
        for server in self.servers:
            self.cloud.compute.delete_server(server)
        assert wait_until(lambda: not list(self.cloud.compute.servers()), SERVER_SECONDS, pause=0.2)
        for flavor in self.flavors:
            self.cloud.compute.delete_flavor(flavor)
        if "network" in vars(self):
            self.cloud.network.delete_network(self.network)


@pytest.fixture
def east(small_lab: OpenStackLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    """A client of the first region."""
    with _client(small_lab, EAST, monkeypatch) as cloud:
        region = Region(cloud)
        yield region
        region.clear()


@pytest.fixture
def west(small_lab: OpenStackLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    """A client of the second region."""
    with _client(small_lab, WEST, monkeypatch) as cloud:
        region = Region(cloud)
        yield region
        region.clear()


def _client(lab: OpenStackLab, region: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(lab.layout.clouds_yaml))
    return openstack.connect(cloud=region)
