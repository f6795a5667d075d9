"""Defines the plain values that rules judge, so that planner, preview and host checks can build them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from cmp.model.estate import Cloud, Estate, Ownership
from cmp.model.workload import Component, DataClass, Workload

Prefix = IPv4Network | IPv6Network
ANY_PORT = (1, 65535)


@dataclass(frozen=True, slots=True)
class Tenant:
    """What is to run somewhere: its name for people, zone, protection level and classes of data."""

    name: str
    zone: str
    level: int
    data_classes: frozenset[DataClass]

    @classmethod
    def of(cls, workload: Workload, component: Component) -> Tenant:
        """The tenant that a component of a workload is."""
        return cls(
            f"{workload.id}/{component.id}",
            workload.zone_of(component),
            workload.mlps_level,
            frozenset(workload.data_class),
        )


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where it would run: a cloud's name, zones, certified level, owner and country (ISO 3166-1 alpha-2)."""

    name: str
    zones: frozenset[str]
    level: int
    ownership: Ownership
    country: str

    @classmethod
    def of(cls, cloud: Cloud, estate: Estate) -> Standpoint:
        """The site that a cloud of an estate is."""
        location = estate.location[estate.center[cloud.center].location]
        return cls(cloud.id, frozenset(cloud.zones), cloud.mlps_level, cloud.ownership, location.country)


@dataclass(frozen=True, slots=True)
class Opening:
    """One allowed inbound flow: ports `first` to `last` of a resource, from a prefix.

    `source` None means any address: of both families, or of `family` (4 or 6) where that is given.
    A rule for any protocol or any port is written with `ANY_PORT`.
    """

    resource: str
    first: int
    last: int
    source: Prefix | None
    family: int | None = None

    def sources(self) -> Iterable[Prefix]:
        """The prefixes it lets in, `any` spelled out."""
        if self.source is not None:
            return (self.source,)
        both = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
        return tuple(prefix for prefix in both if self.family in {None, prefix.version})
