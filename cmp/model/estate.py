"""Describes the estate: chips, locations, centers, links, clouds and pools of hosts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from cmp.model.base import Count, Document, Fact, Id, Level, Positive, Quantity, Title
from cmp.model.cards import PageSize, Slice
from cmp.model.container import ContainerCloud
from cmp.model.texts import Entry, Url, Words

MOST_PUE: Final = 10
"""Facility power over IT power; the worst that was measured anywhere is below 5."""
MOST_WATTS: Final = 1_000_000
"""What one host takes at most; a rack of accelerators takes a tenth of it."""
MOST_PERFORMANCE: Final = 1000
"""How much faster than the reference chip any is."""
MOST_PRICE: Final = 1_000_000
"""CNY per hour that nothing costs."""


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
    """Its id, which pools, images and wishes name."""
    vendor: Words
    """Who makes it; `prove --lose vendor:…` asks what happens without it."""
    isa: Isa | None = None
    """The instruction set; a CPU has one, an accelerator has none."""
    kind: ChipKind = ChipKind.CPU
    """`cpu`, or what kind of accelerator."""
    performance: Fact | None = None
    """How much one core does, relative to the reference chip (1.0); sizes of workloads are divided by it."""
    page_kib: Annotated[PageSize, Field(exclude_if=lambda page: page is None)] = None
    """KiB of a memory page where systems on it run; left out: what its instruction set has, and for arm64,
    which has several, not known."""
    slices: Annotated[tuple[Slice, ...], Field(exclude_if=lambda slices: not slices)] = ()
    """The ways in which its vendor cuts one card; a host gives whole cards, or slices of one kind."""
    title: Title | None = None
    """Its name for people."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind is ChipKind.CPU and (self.isa is None or self.performance is None):
            raise ValueError("a cpu needs `isa` and `performance`")
        if self.kind is ChipKind.CPU and self.performance is not None and self.performance.milli < 1:
            raise ValueError("a cpu's `performance` must be at least 0.001")
        if self.performance is not None and self.performance.value > MOST_PERFORMANCE:
            raise ValueError(
                f"`performance` is relative to the reference chip and at most {MOST_PERFORMANCE:,}"
            )
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
    """Its id; the loss of a location is the loss of all its centers."""
    grid_kgco2_per_kwh: Fact | None = None
    """Kilograms of CO2 for each kWh of its grid, which reports use."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    """The country, as ISO 3166-1 alpha-2."""
    title: Title | None = None
    """Its name for people."""


class Center(Document):
    """A data center; `pue` is facility power over IT power and never below 1."""

    id: Id
    """Its id."""
    location: Id
    """The location it stands in."""
    role: CenterRole
    """Its part: `production`, `same-city` or `remote`."""
    pue: Fact
    """Power usage effectiveness: facility power over IT power, never below 1."""
    title: Title | None = None
    """Its name for people."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.pue.value < 1:
            raise ValueError("`pue` is facility power over IT power and cannot be below 1")
        if self.pue.value > MOST_PUE:
            raise ValueError(f"`pue` is facility power over IT power and never above {MOST_PUE}")
        return self


class Link(Document):
    """A connection of two centers; without one they are not connected, whatever a third is linked with.

    RTT in ms, bandwidth in Gbit/s.
    """

    between: tuple[Id, Id]
    """The two centers."""
    rtt_ms: Fact
    """Round-trip time in ms."""
    bandwidth_gbps: Fact
    """Bandwidth in Gbit/s, in each direction."""
    synchronous: bool = False
    """True where data may be replicated synchronously over it."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.between[0] == self.between[1]:
            raise ValueError("a link connects two different centers")
        if self.rtt_ms.value <= 0 or self.bandwidth_gbps.value <= 0:
            raise ValueError("a link has an `rtt_ms` and a `bandwidth_gbps` above 0")
        if min(self.rtt_ms.milli, self.bandwidth_gbps.milli) < 1:
            raise ValueError("a link's `rtt_ms` and `bandwidth_gbps` are at least 0.001")
        return self


class CloudBinding(Document):
    """Where a cloud is reached: a clouds.yaml entry, a profile with region and endpoint, or a context.

    `external_network` names an OpenStack cloud's network to the outside; none given means `extranet`.
    """

    cloud: Entry | None = None
    """The entry in `clouds.yaml` (OpenStack)."""
    profile: Entry | None = None
    """The profile in the AWS configuration."""
    region: Entry | None = None
    """The region (AWS)."""
    endpoint: Url | None = None
    """The address of an AWS-compatible cloud's interface; HTTPS outside of the lab."""
    context: Entry | None = None
    """The context in the kubeconfig (Kubernetes)."""
    external_network: Entry | None = None
    """The network to the outside (OpenStack); left out: `extranet`."""

    @property
    def outside(self) -> str:
        """The name of the network to the outside."""
        return self.external_network or "extranet"


class Cloud(Document):
    """A cloud in one center: what it is certified for, which zones it serves, who owns it."""

    id: Id
    """Its id."""
    center: Id
    """The center it stands in; a cloud is in one center."""
    kind: CloudKind
    """By which interface it is driven."""
    binding: CloudBinding = CloudBinding()
    """Where it is reached, in the operator's own configuration; credentials never stand here."""
    mlps_level: Level
    """The highest protection level (GB/T 22239, 等保) that it is certified for."""
    zones: tuple[Id, ...]
    """The zones of the extranet that it serves, by their ids in `network.yaml`."""
    ownership: Ownership
    """Who owns it; data classes bind which owners they accept."""
    containers: Annotated[ContainerCloud | None, Field(exclude_if=lambda facts: facts is None)] = None
    """What a Kubernetes cloud does with packets; left out: what is usual."""
    title: Title | None = None
    """Its name for people."""


class PerHost(Document):
    """What one host of a pool has, before overcommit."""

    vcpus: Positive
    """Logical CPUs."""
    memory_gib: Positive
    """Memory in GiB."""
    disk_gib: Positive
    """Disk in GiB."""
    accelerators: Mapping[Id, Count] = Field(default_factory=dict)
    """Whole cards, by the id of their chip."""


class Overcommit(Document):
    """How often a host's vCPU and memory may be promised."""

    vcpus: Annotated[Quantity, Field(ge=0.001, le=64)] = 1.0
    """How often each vCPU may be promised; 1: once."""
    memory: Annotated[Quantity, Field(ge=0.001, le=8)] = 1.0
    """How often each GiB of memory may be promised; 1: once."""


class Power(Document):
    """Watts of one host, idle and at full load, and the minutes it takes to start from off."""

    idle_watts: Fact
    """Watts of a host that runs nothing."""
    peak_watts: Fact
    """Watts of a host at full load."""
    boot_minutes: Fact = Fact(value=10)
    """Minutes from off until it can carry load."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.peak_watts.value <= 0:
            raise ValueError("`peak_watts` must be above 0: leave out `power` where nobody knows it")
        if self.peak_watts.value < self.idle_watts.value:
            raise ValueError("`peak_watts` is below `idle_watts`")
        if self.peak_watts.value > MOST_WATTS:
            raise ValueError(f"no host takes more than {MOST_WATTS:,} W: `peak_watts` is of one host")
        return self


class Price(Document):
    """Prices in CNY per hour."""

    vcpu_hour: Fact
    """CNY for a vCPU and hour."""
    memory_gib_hour: Fact
    """CNY for a GiB of memory and hour."""
    accelerator_hour: Fact | None = None
    """CNY for an accelerator and hour."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        each = (self.vcpu_hour, self.memory_gib_hour, self.accelerator_hour)
        if any(fact is not None and fact.value > MOST_PRICE for fact in each):
            raise ValueError(f"a price is in CNY per hour and at most {MOST_PRICE:,}")
        return self


class Pool(Document):
    """Hosts of one chip in one cloud; `spare_hosts` of them are kept empty for repair."""

    id: Id
    """Its id."""
    cloud: Id
    """The cloud it belongs to."""
    chip: Id
    """The CPU of its hosts."""
    hosts: Positive
    """How many hosts there are, spare ones included."""
    spare_hosts: Count = 0
    """How many of them are kept empty for repair."""
    per_host: PerHost
    """What one host has."""
    overcommit: Overcommit = Overcommit()
    """How often what a host has may be promised."""
    power: Power | None = None
    """What one host draws; left out: not known, taken for the hungriest pool's by the search."""
    price_cny: Price | None = None
    """What its capacity costs; left out: not known, and not part of the objective."""
    dedicated_to: Annotated[tuple[Id, ...], Field(exclude_if=lambda owners: not owners)] = ()
    """The only owners whose workloads may stand here, copies included; empty: everybody's."""
    page_kib: Annotated[PageSize, Field(exclude_if=lambda page: page is None)] = None
    """KiB of a memory page of the systems here, where it differs from what its chip has."""
    collation: Annotated[Entry | None, Field(exclude_if=lambda name: name is None)] = None
    """The library that sorts texts here, with its version (`glibc-2.28`); left out: the image brings it."""

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
    """The chip that sizes of workloads are stated on, unless `sized_on` says otherwise."""
    chips: tuple[Chip, ...]
    """The kinds of CPU and accelerator."""
    locations: tuple[Location, ...]
    """Cities or regions, whose loss takes all their centers."""
    centers: tuple[Center, ...]
    """The data centers."""
    links: tuple[Link, ...] = ()
    """The connections of centers; two centers without one are not connected."""
    clouds: tuple[Cloud, ...]
    """The clouds, each in one center."""
    pools: tuple[Pool, ...]
    """Groups of equal hosts, on which components are placed."""

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

    @cached_property
    def per_card(self) -> Mapping[str, int]:
        """How many of each device one card gives: 1 for a whole card, more for slices (`chip/slice`)."""
        cards = [chip for chip in self.chips if chip.kind is not ChipKind.CPU]
        cut = {f"{chip.id}/{each.id}": each.per_card for chip in cards for each in chip.slices}
        return {chip.id: 1 for chip in cards} | cut

    def link(self, one: str, other: str) -> Link | None:
        """The link between two centers, if there is one."""
        return self._links.get(frozenset((one, other)))

    def connects(self, one: str, other: str) -> bool:
        """True within a center and where a link leads from one to the other; nothing goes through a third."""
        return one == other or self.link(one, other) is not None

    @cached_property
    def is_connected(self) -> bool:
        """True where each two centers are linked."""
        names = sorted(self.center)
        return all(self.link(one, other) for place, one in enumerate(names) for other in names[:place])

    def rtt_ms(self, one: str, other: str) -> float | None:
        """Round-trip time in ms: 0 within a center, None where no link connects them."""
        link = self.link(one, other)
        return 0.0 if one == other else link.rtt_ms.value if link else None

    def center_of(self, pool: Pool) -> Center:
        """The center a pool stands in."""
        return self.center[self.cloud[pool.cloud].center]
