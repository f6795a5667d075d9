"""Describes the estate: chips, locations, centers, links, clouds and pools of hosts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cmp.model.base import Count, Document, Fact, Id, Level, Positive, Quantity, Title
from cmp.model.texts import Entry, Url, Words


class Isa(StrEnum):
    """An instruction set, by the name container images use."""

    AMD64 = "amd64"
    ARM64 = "arm64"
    LOONG64 = "loong64"
    RISCV64 = "riscv64"
    SW64 = "sw64"


class ChipKind(StrEnum):
    """What a chip is for; everything but a CPU is an accelerator."""

    CPU = "cpu"
    NPU = "npu"
    GPU = "gpu"
    CRYPTO = "crypto"


class CenterRole(StrEnum):
    """A center's part in two locations, three centers (兩地三中心)."""

    PRODUCTION = "production"
    SAME_CITY = "same-city"
    REMOTE = "remote"


class CloudKind(StrEnum):
    """The kind of interface a cloud offers."""

    OPENSTACK = "openstack"
    AWS = "aws"
    KUBERNETES = "kubernetes"


class Ownership(StrEnum):
    """Who owns a cloud: the government, a lessor for the government alone, or the public market."""

    GOVERNMENT = "government"
    LEASED = "leased"
    PUBLIC = "public"


class Chip(Document):
    """A chip model. A CPU has an instruction set and a performance relative to the reference chip."""

    id: Id
    vendor: Words
    isa: Isa | None = None
    kind: ChipKind = ChipKind.CPU
    performance: Fact | None = None
    title: Title | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind is ChipKind.CPU and (self.isa is None or self.performance is None):
            raise ValueError("a cpu needs `isa` and `performance`")
        if self.kind is ChipKind.CPU and self.performance is not None and self.performance.milli < 1:
            raise ValueError("a cpu's `performance` must be at least 0.001")
        if self.kind is not ChipKind.CPU and (self.isa is not None or self.performance is not None):
            raise ValueError(
                "an accelerator has neither `isa` nor `performance`: its pool's chip is the host CPU"
            )
        return self

    @property
    def performance_milli(self) -> int:
        """Performance in thousandths of the reference chip; 0 for an accelerator."""
        return self.performance.milli if self.performance else 0


class Location(Document):
    """A city or region; `country` (ISO 3166-1 alpha-2) decides residency of data."""

    id: Id
    grid_kgco2_per_kwh: Fact | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    title: Title | None = None


class Center(Document):
    """A data center; `pue` is facility power over IT power and never below 1."""

    id: Id
    location: Id
    role: CenterRole
    pue: Fact
    title: Title | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.pue.value < 1:
            raise ValueError("`pue` is facility power over IT power and cannot be below 1")
        return self


class Link(Document):
    """A connection of two centers; without one they are not connected. RTT in ms, bandwidth in Gbit/s."""

    between: tuple[Id, Id]
    rtt_ms: Fact
    bandwidth_gbps: Fact
    synchronous: bool = False

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.between[0] == self.between[1]:
            raise ValueError("a link connects two different centers")
        if self.rtt_ms.value <= 0 or self.bandwidth_gbps.value <= 0:
            raise ValueError("a link has an `rtt_ms` and a `bandwidth_gbps` above 0")
        return self


class CloudBinding(Document):
    """Where a cloud is reached: a clouds.yaml entry, a profile with region and endpoint, or a context.

    `external_network` names an OpenStack cloud's network to the outside; none given means `extranet`.
    """

    cloud: Entry | None = None
    profile: Entry | None = None
    region: Entry | None = None
    endpoint: Url | None = None
    context: Entry | None = None
    external_network: Entry | None = None

    @property
    def outside(self) -> str:
        """The name of the network to the outside."""
        return self.external_network or "extranet"


class Cloud(Document):
    """A cloud in one center: what it is certified for, which zones it serves, who owns it."""

    id: Id
    center: Id
    kind: CloudKind
    binding: CloudBinding = CloudBinding()
    mlps_level: Level
    zones: tuple[Id, ...]
    ownership: Ownership
    title: Title | None = None


class PerHost(Document):
    """What one host of a pool has, before overcommit."""

    vcpus: Positive
    memory_gib: Positive
    disk_gib: Positive
    accelerators: Mapping[Id, Count] = Field(default_factory=dict)


class Overcommit(Document):
    """How often a host's vCPU and memory may be promised."""

    vcpus: Annotated[Quantity, Field(gt=0, le=64)] = 1.0
    memory: Annotated[Quantity, Field(gt=0, le=8)] = 1.0


class Power(Document):
    """Watts of one host, idle and at full load, and the minutes it takes to start from off."""

    idle_watts: Fact
    peak_watts: Fact
    boot_minutes: Fact = Fact(value=10)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.peak_watts.value <= 0:
            raise ValueError("`peak_watts` must be above 0: leave out `power` where nobody knows it")
        if self.peak_watts.value < self.idle_watts.value:
            raise ValueError("`peak_watts` is below `idle_watts`")
        return self


class Price(Document):
    """Prices in CNY per hour."""

    vcpu_hour: Fact
    memory_gib_hour: Fact
    accelerator_hour: Fact | None = None


class Pool(Document):
    """Hosts of one chip in one cloud; `spare_hosts` of them are kept empty for repair."""

    id: Id
    cloud: Id
    chip: Id
    hosts: Positive
    spare_hosts: Count = 0
    per_host: PerHost
    overcommit: Overcommit = Overcommit()
    power: Power | None = None
    price_cny: Price | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.spare_hosts >= self.hosts:
            raise ValueError(f"all {self.hosts} hosts are spare: none is left to place on")
        return self

    @property
    def usable_hosts(self) -> int:
        """Hosts that may be placed on."""
        return self.hosts - self.spare_hosts


class Estate(Document):
    """Everything there is to place on."""

    reference_chip: Id
    chips: tuple[Chip, ...]
    locations: tuple[Location, ...]
    centers: tuple[Center, ...]
    links: tuple[Link, ...] = ()
    clouds: tuple[Cloud, ...]
    pools: tuple[Pool, ...]

    @cached_property
    def chip(self) -> Mapping[str, Chip]:
        """Chips by id."""
        return {chip.id: chip for chip in self.chips}

    @cached_property
    def center(self) -> Mapping[str, Center]:
        """Centers by id."""
        return {center.id: center for center in self.centers}

    @cached_property
    def location(self) -> Mapping[str, Location]:
        """Locations by id."""
        return {location.id: location for location in self.locations}

    @cached_property
    def cloud(self) -> Mapping[str, Cloud]:
        """Clouds by id."""
        return {cloud.id: cloud for cloud in self.clouds}

    @cached_property
    def pool(self) -> Mapping[str, Pool]:
        """Pools by id."""
        return {pool.id: pool for pool in self.pools}

    @cached_property
    def _links(self) -> Mapping[frozenset[str], Link]:
        return {frozenset(link.between): link for link in self.links}

    def link(self, one: str, other: str) -> Link | None:
        """The link between two centers, if there is one."""
        return self._links.get(frozenset((one, other)))

    def rtt_ms(self, one: str, other: str) -> float | None:
        """Round-trip time in ms: 0 within a center, None where no link connects them."""
        if one == other:
            return 0.0
        link = self.link(one, other)
        return link.rtt_ms.value if link else None

    def center_of(self, pool: Pool) -> Center:
        """The center a pool stands in."""
        return self.center[self.cloud[pool.cloud].center]
