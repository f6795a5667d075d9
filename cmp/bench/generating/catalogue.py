"""Holds what generated estates are made of: sizes, shares of grades and kinds, chips, hosts, prices.

The shares are assumptions, drawn from the reference environment: most systems have a low grade and two or
three parts, replicas take 2 to 16 vCPU, hosts hold 3 GiB of memory for each vCPU they may promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cmp.model.base import Fact
from cmp.model.estate import CloudKind, Isa, Overcommit, Ownership, PerHost, Power, Price
from cmp.model.workload import DataClass, RunsAs, Scaling, Yields

GRADES: Mapping[int, int] = {1: 10, 2: 20, 3: 30, 4: 18, 5: 15, 6: 7}
"""Workloads in a hundred of each recovery grade."""

DATA: Mapping[DataClass, int] = {
    DataClass.PUBLIC: 25,
    DataClass.INTERNAL: 35,
    DataClass.PERSONAL_SENSITIVE: 40,
}
"""Workloads in a hundred of each class of data."""

REPLICAS: Mapping[int, int] = {1: 20, 2: 40, 3: 20, 4: 12, 6: 6, 8: 2}
"""Components in a hundred with so many replicas on the reference chip."""

OWNERS = tuple(f"department-{number:02d}" for number in range(1, 25))

ZONES = ("public", "private", "internet")


class Size(NamedTuple):
    """What one replica needs: vCPU, GiB of memory, GiB of disk."""

    vcpus: int
    memory: int
    disk: int


class Part(NamedTuple):
    """A kind of component; `data` are GiB at rest, of which some Mbit/s change."""

    sizes: tuple[Size, ...]
    runs_as: Mapping[RunsAs, int]
    scaling: Mapping[Scaling, int] = {Scaling.HORIZONTAL: 1}
    yields: Mapping[Yields, int] = {Yields.NEVER: 1}
    data: tuple[int, ...] = (0,)
    stateful: bool = False
    quorum: bool = False


SERVER, MIXED = {RunsAs.SERVER: 1}, {RunsAs.SERVER: 65, RunsAs.CONTAINER: 35}

PARTS: Mapping[str, Part] = {
    "web": Part(
        (Size(2, 4, 10), Size(2, 4, 20), Size(4, 8, 20)), MIXED, yields={Yields.NEVER: 85, Yields.ELASTIC: 15}
    ),
    "service": Part(
        (Size(2, 4, 40), Size(4, 8, 60), Size(4, 8, 40), Size(8, 20, 60)),
        MIXED,
        yields={Yields.NEVER: 85, Yields.ELASTIC: 15},
    ),
    "worker": Part(
        (Size(8, 20, 80), Size(8, 48, 100), Size(16, 64, 100)),
        SERVER,
        {Scaling.HORIZONTAL: 70, Scaling.VERTICAL: 30},
        {Yields.PREEMPTIBLE: 60, Yields.NEVER: 40},
    ),
    "db": Part(
        (Size(8, 20, 400), Size(4, 16, 200), Size(8, 48, 600), Size(16, 64, 800)),
        SERVER,
        {Scaling.FIXED: 1},
        data=(100, 200, 400),
        stateful=True,
    ),
    "store": Part(
        (Size(4, 16, 800), Size(8, 32, 1200)), SERVER, {Scaling.FIXED: 1}, data=(400, 800), stateful=True
    ),
    "index": Part(
        (Size(8, 48, 200), Size(4, 16, 100)), SERVER, {Scaling.HORIZONTAL: 60, Scaling.VERTICAL: 40}
    ),
    "broker": Part((Size(4, 8, 100),), SERVER, {Scaling.FIXED: 1}, quorum=True),
}

KINDS: Mapping[tuple[str, ...], int] = {
    ("web", "service", "db"): 30,
    ("web", "service"): 22,
    ("service",): 14,
    ("service", "worker"): 13,
    ("store",): 9,
    ("web", "index"): 8,
    ("service", "db"): 3,
    ("service", "broker"): 1,
}
"""Workloads in a hundred that consist of these parts; each passes its requests on to the next."""

IMAGES: Mapping[tuple[Isa, ...], int] = {
    (Isa.AMD64, Isa.ARM64): 50,
    (Isa.AMD64, Isa.ARM64, Isa.LOONG64): 28,
    (Isa.AMD64,): 13,
    (Isa.ARM64,): 9,
}
"""Components in a hundred with images for these instruction sets."""


class ChipModel(NamedTuple):
    """A chip, what a host with it draws in watts, and the price of a vCPU in CNY per hour."""

    vendor: str
    isa: Isa
    performance: float
    idle: int
    peak: int
    vcpu_hour: float


CHIPS: Mapping[str, ChipModel] = {
    "hygon-7390": ChipModel("Hygon", Isa.AMD64, 1.0, 200, 560, 0.10),
    "kunpeng-920": ChipModel("Huawei", Isa.ARM64, 0.92, 180, 520, 0.08),
    "phytium-s5000c": ChipModel("Phytium", Isa.ARM64, 0.75, 170, 450, 0.07),
    "loongson-3c6000": ChipModel("Loongson", Isa.LOONG64, 0.5, 190, 480, 0.06),
    "intel-8475b": ChipModel("Intel", Isa.AMD64, 1.15, 210, 600, 0.25),
}
"""Chips; the first one is the reference."""


class CloudModel(NamedTuple):
    """A kind of cloud: the chips of its pools in turn, and its hosts. Leased hosts have no power of ours."""

    kind: CloudKind
    zones: tuple[str, ...]
    chips: tuple[str, ...]
    per_host: PerHost
    overcommit: Overcommit = Overcommit()
    mlps_level: int = 3
    ownership: Ownership = Ownership.GOVERNMENT


_GOV_CHIPS = (
    "hygon-7390",
    "kunpeng-920",
    "hygon-7390",
    "kunpeng-920",
    "phytium-s5000c",
    "hygon-7390",
    "kunpeng-920",
    "loongson-3c6000",
    "hygon-7390",
    "kunpeng-920",
)
_SERVERS = PerHost(vcpus=64, memory_gib=384, disk_gib=8000)

CLOUDS: Mapping[str, CloudModel] = {
    "gov": CloudModel(CloudKind.OPENSTACK, ZONES, _GOV_CHIPS, _SERVERS, Overcommit(vcpus=2.0)),
    "gov2": CloudModel(CloudKind.OPENSTACK, ZONES[:2], _GOV_CHIPS, _SERVERS, Overcommit(vcpus=2.0)),
    "k8s": CloudModel(
        CloudKind.KUBERNETES, ZONES[:2], _GOV_CHIPS[:2], PerHost(vcpus=96, memory_gib=256, disk_gib=4000)
    ),
    "pub": CloudModel(
        CloudKind.AWS,
        ("public", "internet"),
        ("intel-8475b",),
        PerHost(vcpus=96, memory_gib=384, disk_gib=8000),
        mlps_level=2,
        ownership=Ownership.LEASED,
    ),
}
"""Kinds of clouds by the end of their id."""


def power_of(chip: str, cloud: CloudModel) -> Power | None:
    """What a host draws."""
    model = CHIPS[chip]
    return (
        Power(idle_watts=Fact(value=model.idle), peak_watts=Fact(value=model.peak))
        if cloud.ownership is Ownership.GOVERNMENT
        else None
    )


def price_of(chip: str) -> Price:
    """What a host's resources cost."""
    model = CHIPS[chip]
    return Price(vcpu_hour=Fact(value=model.vcpu_hour), memory_gib_hour=Fact(value=model.vcpu_hour / 4))
