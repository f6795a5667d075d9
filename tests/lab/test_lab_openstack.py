"""An OpenStack lab follows its estate, and comes up, goes down and resets as a whole and by region."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import openstack
import pytest
from builders import a_center, a_chip, a_cloud, a_per_host, a_pool, an_accelerator, an_estate
from openstack.connection import Connection

from cmp.errors import Invalid, TryLater
from cmp.model.estate import Estate, Isa
from lab.base import State
from lab.elsewhere import running_elsewhere, stop_elsewhere
from lab.openstack.cloud import OpenStackLab
from lab.openstack.layout import SHARED
from lab.processes import Process, recorded, wait_until
from lab.registry import openstack_lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

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


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of this module's own, since its tests stop and reset the lab."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def made(state: Path) -> Iterator[OpenStackLab]:
    """The lab of the small estate, made once."""
    lab = openstack_lab(small_estate(), state)
    try:
        lab.up(print)
        yield lab
    finally:
        lab.down(print)


@pytest.fixture
def lab(made: OpenStackLab) -> OpenStackLab:
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
def east(lab: OpenStackLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    """A client of the first region."""
    with _client(lab, EAST, monkeypatch) as cloud:
        region = Region(cloud)
        yield region
        region.clear()


@pytest.fixture
def west(lab: OpenStackLab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    """A client of the second region."""
    with _client(lab, WEST, monkeypatch) as cloud:
        region = Region(cloud)
        yield region
        region.clear()


def _client(lab: OpenStackLab, region: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(lab.layout.clouds_yaml))
    return openstack.connect(cloud=region)


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


def _processes(lab: OpenStackLab) -> tuple[Process, ...]:
    return recorded(lab.layout.run)


def test_every_component_runs_and_names_its_endpoints(lab: OpenStackLab) -> None:
    states = {component.name: component for component in lab.status()}

    assert set(states) == {"openstack/keystone", f"openstack/{EAST}", f"openstack/{WEST}"}
    assert {component.state for component in states.values()} == {State.RUNNING}
    assert set(states[f"openstack/{EAST}"].endpoints) == {"compute", "placement", "image", "network"}


def test_up_leaves_a_lab_that_is_up_as_it_is(lab: OpenStackLab) -> None:
    before = _processes(lab)
    lines: list[str] = []

    lab.up(lines.append)

    assert _processes(lab) == before
    assert lines == [f"openstack is up already: {EAST}, {WEST}"]


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


def test_reset_brings_the_clean_cloud_back(lab: OpenStackLab, east: Region) -> None:
    clean = _counts(east.cloud)
    east.boot("bj-a-hygon", "amd64", {})
    used = _counts(east.cloud)

    lab.reset(print)

    assert used != clean
    assert _counts(east.cloud) == clean
    assert {component.state for component in lab.status()} == {State.RUNNING}
    east.forget()


def test_one_region_stops_and_comes_back_alone_with_its_servers(
    lab: OpenStackLab, east: Region, west: Region
) -> None:
    server = west.boot("gy-c-kunpeng", "arm64", {})
    others = {process for process in _processes(lab) if not process.name.endswith(WEST)}

    lab.down(print, region=WEST)

    states = {component.name: component.state for component in lab.status()}
    assert states[f"openstack/{WEST}"] is State.STOPPED
    assert states[f"openstack/{EAST}"] is State.RUNNING
    assert list(east.cloud.compute.aggregates())
    assert {process for process in _processes(lab) if process.is_running} == others

    lab.up(print, region=WEST)

    assert west.status(server) == "ACTIVE"
    west.cloud.compute.stop_server(server)
    assert wait_until(lambda: west.status(server) == "SHUTOFF", SERVER_SECONDS, pause=0.2)
    assert others < set(_processes(lab))


def test_a_killed_process_shows_as_broken_and_up_starts_it_again(lab: OpenStackLab) -> None:
    victim = next(process for process in _processes(lab) if process.name == f"neutron.{EAST}")
    os.kill(victim.pid, signal.SIGKILL)
    assert wait_until(lambda: not victim.is_running, 10)
    broken = {component.name for component in lab.status() if component.state is State.BROKEN}

    lab.up(print)

    assert broken == {f"openstack/{EAST}"}
    assert {component.state for component in lab.status()} == {State.RUNNING}


def test_a_killed_parent_takes_its_regions_along_and_up_repairs_all(lab: OpenStackLab) -> None:
    parent = next(process for process in _processes(lab) if process.name == "glance")
    children = [process for process in _processes(lab) if process.name.startswith("glance.")]
    os.kill(parent.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(child.is_running for child in children), 10)

    lab.up(print)

    assert {component.state for component in lab.status()} == {State.RUNNING}


def test_down_leaves_no_process_and_is_harmless_twice(lab: OpenStackLab) -> None:
    before = _processes(lab)

    lab.down(print)
    lab.down(print)

    assert not [process for process in before if process.is_running]
    assert _processes(lab) == ()
    assert {component.state for component in lab.status()} == {State.STOPPED}


def test_a_port_held_by_a_stranger_is_named_with_its_holder(lab: OpenStackLab) -> None:
    lab.down(print)
    port = lab.layout.region_ports(WEST)["glance"]
    taken = rf"port {port}, .* is taken by process {os.getpid()}"
    with closing(socket.create_server(("127.0.0.1", port))), pytest.raises(TryLater, match=taken):
        lab.up(print)

    assert not [process for process in _processes(lab) if process.is_running]


def test_an_unknown_region_is_refused(lab: OpenStackLab) -> None:
    with pytest.raises(Invalid, match="no region nowhere"):
        lab.down(print, region="nowhere")


def test_only_the_owner_may_read_secrets(lab: OpenStackLab) -> None:
    secret = lab.layout.folder.rglob("*")
    readable = [path for path in secret if path.suffix in {".conf", ".yaml"} and path.stat().st_mode & 0o077]

    assert readable == []
    assert stat.S_IMODE((lab.layout.folder / "passwords.json").stat().st_mode) == 0o600


def test_no_password_is_in_the_logs(lab: OpenStackLab) -> None:
    passwords = (lab.layout.folder / "passwords.json").read_text().split('"')[3::4]
    logs = [path for name in (SHARED, EAST, WEST) for path in (lab.layout.region(name) / "log").iterdir()]

    assert len(passwords) == 3
    assert not [path for path in logs for password in passwords if password in path.read_text()]


def test_another_estate_gets_its_own_lab_and_the_old_one_is_named(lab: OpenStackLab, state: Path) -> None:
    changed = small_estate().model_copy(update={"pools": (a_pool("bj-a-hygon", hosts=3),)})

    other = openstack_lab(changed, state)

    assert other.layout.folder != lab.layout.folder
    assert not set(other.layout.ports) & set(lab.layout.ports)
    assert running_elsewhere(changed, state) == (lab.layout.folder.parent.name,)
    assert running_elsewhere(small_estate(), state) == ()


def test_labs_of_other_estates_can_be_stopped_and_come_back(lab: OpenStackLab, state: Path) -> None:
    changed = small_estate().model_copy(update={"pools": (a_pool("bj-a-hygon", hosts=3),)})
    before = _processes(lab)

    stop_elsewhere(changed, state, print)

    assert not [process for process in before if process.is_running]
    assert {component.state for component in lab.status()} == {State.STOPPED}
