"""Turns an estate's OpenStack clouds into regions with hosts, traits and accelerators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmp.errors import Invalid
from cmp.model.estate import Chip, Cloud, CloudKind, Estate, Isa, Pool
from cmp.sentences import Sentence

_ARCHITECTURES = {Isa.AMD64: "x86_64", Isa.ARM64: "aarch64", Isa.RISCV64: "riscv64"}
_UNKNOWN_TO_NOVA = "mips64el"
"""What hosts of an instruction set without a nova architecture report: images that name an architecture
never land there, those without one do, and the chip's trait decides."""


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One compute host; memory in MiB, disk in GiB, `ratios` by placement's resource class."""

    name: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    architecture: str
    traits: tuple[str, ...]
    ratios: Mapping[str, float]
    accelerators: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """The hosts of one pool: a host aggregate and an availability zone, both named by the pool."""

    name: str
    chip: str
    isa: Isa
    hosts: tuple[HostSpec, ...]


@dataclass(frozen=True, slots=True)
class RegionSpec:
    """One OpenStack region: one cloud of the estate, named as its binding names it."""

    name: str
    cloud: str
    pools: tuple[PoolSpec, ...]
    outside: str
    """The name of its network to the outside."""

    @property
    def hosts(self) -> tuple[HostSpec, ...]:
        """All hosts of the region, pool by pool."""
        return tuple(host for pool in self.pools for host in pool.hosts)

    @property
    def isas(self) -> tuple[Isa, ...]:
        """The instruction sets of the region's pools, each once."""
        return tuple(sorted({pool.isa for pool in self.pools}))


def regions(estate: Estate) -> tuple[RegionSpec, ...]:
    """Describe a region per OpenStack cloud, in the estate's order.

    Raises:
        Invalid: a cloud names no clouds.yaml entry, or two name the same.
    """
    clouds = [cloud for cloud in estate.clouds if cloud.kind is CloudKind.OPENSTACK]
    specs = tuple(_region(cloud, estate) for cloud in clouds)
    names = [spec.name for spec in specs]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid(
            Sentence(
                "two OpenStack clouds are bound to the same clouds.yaml entry: {names}",
                names=", ".join(doubled),
            )
        )
    return specs


def architecture(isa: Isa) -> str | None:
    """Tell nova's name for an instruction set; None when nova has none and images must not name one."""
    return _ARCHITECTURES.get(isa)


def chip_trait(chip: str) -> str:
    """Name the trait of hosts with this chip."""
    return f"CUSTOM_CHIP_{_upper(chip)}"


def accelerator_class(accelerator: str) -> str:
    """Name the resource class that counts this accelerator."""
    return f"CUSTOM_ACCELERATOR_{_upper(accelerator)}"


def _region(cloud: Cloud, estate: Estate) -> RegionSpec:
    if cloud.binding.cloud is None:
        raise Invalid(
            Sentence("cloud {id} is bound to no clouds.yaml entry", id=cloud.id),
            hint="add binding: {cloud: NAME}",
        )
    pools = [pool for pool in estate.pools if pool.cloud == cloud.id]
    return RegionSpec(
        cloud.binding.cloud,
        cloud.id,
        tuple(_pool(pool, estate.chip[pool.chip]) for pool in pools),
        cloud.binding.outside,
    )


def _pool(pool: Pool, chip: Chip) -> PoolSpec:
    if chip.isa is None:
        raise Invalid(Sentence("pool {id} has {id2} as its chip, which is no CPU", id=pool.id, id2=chip.id))
    numbers = range(1, pool.hosts + 1)
    return PoolSpec(pool.id, chip.id, chip.isa, tuple(_host(pool, chip.isa, number) for number in numbers))


def _host(pool: Pool, isa: Isa, number: int) -> HostSpec:
    size = pool.per_host
    return HostSpec(
        name=f"{pool.id}-{number}",
        vcpus=size.vcpus,
        memory_mb=size.memory_gib * 1024,
        disk_gb=size.disk_gib,
        architecture=_ARCHITECTURES.get(isa, _UNKNOWN_TO_NOVA),
        traits=(chip_trait(pool.chip),),
        ratios={"VCPU": pool.overcommit.vcpus, "MEMORY_MB": pool.overcommit.memory, "DISK_GB": 1.0},
        accelerators={accelerator_class(name): count for name, count in size.accelerators.items() if count},
    )


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")
