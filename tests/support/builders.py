"""Gives small sensible values of every model type; a test names only what matters to it.

`a_pool(hosts=1)` is the usual pool with one thing changed. `an_environment()` is a whole two-location,
three-center estate with one workload; hand it other workloads, pools or centers by keyword.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from ipaddress import ip_interface, ip_network
from typing import Any

import yaml

from cmp.model.base import Title
from cmp.model.environment import Environment
from cmp.model.estate import (
    Center,
    CenterRole,
    Chip,
    ChipKind,
    Cloud,
    CloudBinding,
    CloudKind,
    Estate,
    Isa,
    Link,
    Location,
    Overcommit,
    Ownership,
    PerHost,
    Pool,
)
from cmp.model.network import (
    AddressPlan,
    HostList,
    Ipv4Plan,
    Ipv6Plan,
    Network,
    NetworkHost,
    PrivateNetwork,
    Target,
    Zone,
)
from cmp.model.plan import Amounts, ObjectiveValue, Origin, Placement, Plan, ZoneNetwork
from cmp.model.policy import Policy
from cmp.model.recovery import RecoveryFramework, Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.wishes import Expose, Talk
from cmp.model.workload import Component, DataClass, Dependency, Needs, Recovery, Workload


def a_title(text: str = "Test") -> Title:
    return Title(zh=text, en=text)


def a_chip(name: str = "hygon-7390", **changes: Any) -> Chip:
    return Chip(**{"id": name, "vendor": "Hygon", "isa": Isa.AMD64, "performance": 1.0} | changes)


def an_accelerator(name: str = "ascend-910b", **changes: Any) -> Chip:
    return Chip(**{"id": name, "vendor": "Huawei", "kind": ChipKind.NPU} | changes)


def chips() -> tuple[Chip, ...]:
    """Two instruction sets (hygon-7390 = 1.00, kunpeng-920 = 0.80) and an accelerator."""
    return (
        a_chip(),
        a_chip("kunpeng-920", vendor="Huawei", isa=Isa.ARM64, performance=0.8),
        an_accelerator(),
    )


def a_center(name: str = "bj-a", **changes: Any) -> Center:
    return Center(**{"id": name, "location": "beijing", "role": CenterRole.PRODUCTION, "pue": 1.3} | changes)


def centers() -> tuple[Center, ...]:
    """bj-a and bj-b in Beijing, gy-c in Guiyang."""
    return (
        a_center(),
        a_center("bj-b", role=CenterRole.SAME_CITY),
        a_center("gy-c", role=CenterRole.REMOTE, location="guiyang"),
    )


def a_link(one: str = "bj-a", other: str = "bj-b", **changes: Any) -> Link:
    return Link(**{"between": (one, other), "rtt_ms": 1.2, "bandwidth_gbps": 40.0} | changes)


def links() -> tuple[Link, ...]:
    """A synchronous link within Beijing, two long ones to Guiyang."""
    return (
        a_link(synchronous=True),
        a_link("bj-a", "gy-c", rtt_ms=38.0, bandwidth_gbps=10.0),
        a_link("bj-b", "gy-c", rtt_ms=39.0, bandwidth_gbps=10.0),
    )


def a_cloud(name: str = "bj-a-gov", **changes: Any) -> Cloud:
    center = name.rsplit("-", 1)[0]
    usual = {
        "id": name,
        "center": center,
        "kind": CloudKind.OPENSTACK,
        "binding": CloudBinding(cloud=center),
        "mlps_level": 3,
        "zones": ("public", "private", "internet"),
        "ownership": Ownership.GOVERNMENT,
    }
    return Cloud(**usual | changes)


def clouds() -> tuple[Cloud, ...]:
    """One government OpenStack cloud a center, each serving every zone."""
    return (a_cloud("bj-a-gov"), a_cloud("bj-b-gov"), a_cloud("gy-c-gov"))


def a_per_host(**changes: Any) -> PerHost:
    return PerHost(**{"vcpus": 64, "memory_gib": 256, "disk_gib": 4000} | changes)


def a_pool(name: str = "bj-a-hygon", **changes: Any) -> Pool:
    usual = {
        "id": name,
        "cloud": "-".join(name.split("-")[:2]) + "-gov",
        "chip": "kunpeng-920" if "kunpeng" in name else "hygon-7390",
        "hosts": 4,
        "per_host": a_per_host(),
        "overcommit": Overcommit(vcpus=2.0),
    }
    return Pool(**usual | changes)


def pools() -> tuple[Pool, ...]:
    """A hygon pool and a kunpeng pool of four hosts in each center."""
    return tuple(a_pool(f"{center.id}-{chip}") for center in centers() for chip in ("hygon", "kunpeng"))


def an_estate(**changes: Any) -> Estate:
    usual = {
        "reference_chip": "hygon-7390",
        "chips": chips(),
        "locations": (Location(id="beijing"), Location(id="guiyang")),
        "centers": centers(),
        "links": links(),
        "clouds": clouds(),
        "pools": pools(),
    }
    return Estate(**usual | changes)


def an_address_plan(
    supernet: str = "10.64.0.0/12",
    prefix: str = "3fff:100::/32",
    v4: Mapping[str, int] | None = None,
    v6: Mapping[str, int] | None = None,
) -> AddressPlan:
    """The usual plan; `v4` and `v6` change `site_length` and `subnet_length`."""
    return AddressPlan(
        ipv4=Ipv4Plan(supernet=ip_network(supernet), **(v4 or {})),
        ipv6=Ipv6Plan(prefix=ip_network(prefix), **(v6 or {})),
    )


def a_network(**changes: Any) -> Network:
    usual = {
        "zones": (Zone(id="public"), Zone(id="private", isolated=True), Zone(id="internet")),
        "address_plan": an_address_plan(),
    }
    return Network(**usual | changes)


def a_private_network(name: str = "rescue-net", **changes: Any) -> PrivateNetwork:
    usual = {
        "id": name,
        "ipv4": ip_network("192.0.2.0/24"),
        "hosts": f"{name}.yaml",
        "target": Target(zone="private", center="bj-a"),
    }
    return PrivateNetwork(**usual | changes)


def a_network_host(name: str = "register-1", address: str = "192.0.2.10/24", **changes: Any) -> NetworkHost:
    return NetworkHost(**{"name": name, "addresses": (ip_interface(address),)} | changes)


def a_host_list(*hosts: NetworkHost) -> HostList:
    return HostList(hosts=hosts or (a_network_host(),))


def needs(vcpus: float = 2.0, memory_gib: float = 4.0, disk_gib: int = 20, **accelerators: int) -> Needs:
    """What a replica needs; accelerators by keyword, `_` for `-`: `needs(ascend_910b=1)`."""
    wanted = {name.replace("_", "-"): count for name, count in accelerators.items()}
    return Needs(vcpus=vcpus, memory_gib=memory_gib, disk_gib=disk_gib, accelerators=wanted)


def a_component(name: str = "web", **changes: Any) -> Component:
    usual = {
        "id": name,
        "replicas": 2,
        "needs": needs(),
        "images": {Isa.AMD64: f"{name}:1.0", Isa.ARM64: f"{name}:1.0"},
    }
    return Component(**usual | changes)


def a_talk(component: str = "db", port: int = 5432, **changes: Any) -> Talk:
    return Talk(component=component, port=port, **changes)


def an_exposure(port: int = 443, source: str = "internet", **changes: Any) -> Expose:
    return Expose(port=port, source=source, **changes)


def a_dependency(workload: str = "identity", **changes: Any) -> Dependency:
    return Dependency(workload=workload, **changes)


def a_workload(name: str = "tax-api", *, grade: int = 3, **changes: Any) -> Workload:
    usual = {
        "id": name,
        "title": a_title(name),
        "owner": "taxes",
        "mlps_level": 3,
        "data_class": (DataClass.INTERNAL,),
        "recovery": Recovery(grade=grade),
        "zone": "public",
        "components": (a_component(),),
    }
    return Workload(**usual | changes)


@cache
def a_framework() -> RecoveryFramework:
    """The recovery grades that the project ships."""
    text = (files("policies") / "data" / "gbt-20988-2007.yaml").read_text(encoding="utf-8")
    return RecoveryFramework.model_validate(yaml.safe_load(text), strict=False)


@cache
def a_takeover() -> TakeoverTimes:
    """The times of a takeover that the project ships."""
    text = (files("policies") / "data" / "takeover-2026.yaml").read_text(encoding="utf-8")
    return TakeoverTimes.model_validate(yaml.safe_load(text), strict=False)


def an_environment(*workloads: Workload, **changes: Any) -> Environment:
    """A whole environment; parts of the estate (`pools=`, `clouds=` …) may be given by keyword as well."""
    of_estate = {name: changes.pop(name) for name in list(changes) if name in Estate.model_fields}
    usual = {
        "name": "test",
        "title": a_title(),
        "bindings": "lab",
        "estate": an_estate(**of_estate),
        "network": a_network(),
        "hosts": {},
        "workloads": workloads or (a_workload(),),
        "policy": Policy(),
        "calendars": (),
        "recovery": a_framework(),
        "takeover": a_takeover(),
    }
    return Environment(**usual | changes)


def amounts(vcpu_milli: int = 2000, memory_mib: int = 4096, disk_gib: int = 20, **changes: Any) -> Amounts:
    return Amounts(vcpu_milli=vcpu_milli, memory_mib=memory_mib, disk_gib=disk_gib, **changes)


def a_placement(pool: str = "bj-a-hygon", **changes: Any) -> Placement:
    """A row on one of the usual pools: center, cloud and chip follow from the pool's name."""
    center = "-".join(pool.split("-")[:2])
    arm = "kunpeng" in pool
    usual = {
        "workload": "tax-api",
        "component": "web",
        "role": Role.PRIMARY,
        "pool": pool,
        "cloud": f"{center}-gov",
        "center": center,
        "chip": "kunpeng-920" if arm else "hygon-7390",
        "isa": Isa.ARM64 if arm else Isa.AMD64,
        "image": "web:1.0",
        "size": amounts(),
        "replicas": 2,
        "replicas_on_takeover": 2,
    }
    return Placement(**usual | changes)


def a_zone_network(cloud: str = "bj-a-gov", zone: str = "public", **changes: Any) -> ZoneNetwork:
    usual = {
        "center": cloud.rsplit("-", 1)[0],
        "cloud": cloud,
        "zone": zone,
        "ipv4": ip_network("10.64.0.0/20"),
        "ipv6": ip_network("3fff:100::/64"),
    }
    return ZoneNetwork(**usual | changes)


def a_plan(**changes: Any) -> Plan:
    """A sealed Plan; by default one workload of two replicas, placed in bj-a."""
    usual = {
        "inputs_hash": "0" * 64,
        "source": "inventories/test",
        "origin": Origin(engine="test"),
        "environment": an_environment(),
        "networks": (a_zone_network(),),
        "security_groups": (),
        "placements": (a_placement(),),
        "takeovers": (),
        "reservations": (),
        "packings": (),
        "unplaced": (),
        "objective": ObjectiveValue(total=0.0, parts={}),
    }
    return Plan(**usual | changes).sealed()
