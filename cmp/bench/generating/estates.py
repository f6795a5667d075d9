"""Lays out a generated estate: three centers, their clouds, and how many pools each cloud has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.bench.generating.catalogue import CHIPS, CLOUDS, ZONES, power_of, price_of
from cmp.errors import Invalid
from cmp.model.base import Fact, Title
from cmp.model.estate import (
    Center,
    CenterRole,
    Chip,
    Cloud,
    CloudBinding,
    CloudKind,
    Estate,
    Isa,
    Link,
    Location,
    Pool,
)
from cmp.model.workload import RunsAs

CENTERS = ("bj-a", "bj-b", "gy-c")
SHARES: Mapping[str, int] = {"bj-a": 36, "bj-b": 36, "gy-c": 28}
"""Pools in a hundred by center."""

FEWEST = 3
"""Pools that an estate has at least: one a center."""

MANY, SEVERAL = 6, 3
"""Pools a center from which it has a second OpenStack cloud, and from which it has Kubernetes."""

SPARED = 20
"""Usable hosts of a pool from which one more is kept for repair."""


@dataclass(frozen=True, slots=True)
class CloudPools:
    """The pools of one cloud, by chip in order of their numbers."""

    center: str
    kind: str
    chips: tuple[str, ...]

    @property
    def cloud(self) -> str:
        """The cloud's id."""
        return f"{self.center}-{self.kind}"

    @property
    def carries(self) -> RunsAs:
        """What it runs."""
        return RunsAs.CONTAINER if CLOUDS[self.kind].kind is CloudKind.KUBERNETES else RunsAs.SERVER


def sites_of(pools: int) -> tuple[CloudPools, ...]:
    """The clouds that so many pools are spread over.

    Raises:
        Invalid: there are fewer pools than centers.
    """
    if pools < FEWEST:
        raise Invalid(f"{pools} pools are too few for three centers", hint=f"ask for {FEWEST} or more")
    counts = {center: max(1, pools * SHARES[center] // 100) for center in CENTERS}
    for number in range(pools - sum(counts.values())):
        counts[CENTERS[number % len(CENTERS)]] += 1
    containers = min(counts.values()) >= SEVERAL
    return tuple(
        CloudPools(center, kind, tuple(chips[number % len(chips)] for number in range(count)))
        for center in CENTERS
        for kind, count in _clouds(center, counts[center], containers=containers)
        for chips in (CLOUDS[kind].chips,)
    )


def _clouds(center: str, pools: int, *, containers: bool) -> Iterator[tuple[str, int]]:
    """Kinds of clouds in a center with their numbers of pools."""
    left = pools
    if containers:
        yield "k8s", max(1, pools // 5)
        left -= max(1, pools // 5)
    if center == "gy-c" and pools >= MANY:
        yield "pub", max(1, pools // 20)
        left -= max(1, pools // 20)
    if pools >= MANY:
        yield "gov2", left // 3
        left -= left // 3
    yield "gov", left


def runnable(sites: Sequence[CloudPools], carries: RunsAs, zone: str) -> frozenset[Isa]:
    """Instruction sets that every center offers for what runs so in a zone; none where a center has none."""
    by_center: dict[str, set[Isa]] = {center: set() for center in CENTERS}
    for site in sites:
        if site.carries is carries and zone in CLOUDS[site.kind].zones and site.kind != "pub":
            by_center[site.center].update(CHIPS[chip].isa for chip in site.chips)
    return frozenset(set.intersection(*by_center.values()))


def estate_of(
    sites: Sequence[CloudPools], hosts: Mapping[tuple[str, RunsAs], int], gbps: Mapping[str, float]
) -> Estate:
    """The estate: `hosts` a pool by center and what it runs, `gbps` of links by their ends (`bj-a/bj-b`)."""
    return Estate(
        reference_chip=next(iter(CHIPS)),
        chips=tuple(
            Chip(id=name, vendor=chip.vendor, isa=chip.isa, performance=Fact(value=chip.performance))
            for name, chip in CHIPS.items()
        ),
        locations=(Location(id="beijing"), Location(id="guiyang")),
        centers=(
            Center(id="bj-a", location="beijing", role=CenterRole.PRODUCTION, pue=Fact(value=1.35)),
            Center(id="bj-b", location="beijing", role=CenterRole.SAME_CITY, pue=Fact(value=1.30)),
            Center(id="gy-c", location="guiyang", role=CenterRole.REMOTE, pue=Fact(value=1.18)),
        ),
        links=(
            Link(
                between=("bj-a", "bj-b"),
                rtt_ms=Fact(value=1.2),
                bandwidth_gbps=Fact(value=gbps["bj-a/bj-b"]),
                synchronous=True,
            ),
            Link(
                between=("bj-a", "gy-c"), rtt_ms=Fact(value=38), bandwidth_gbps=Fact(value=gbps["bj-a/gy-c"])
            ),
            Link(
                between=("bj-b", "gy-c"), rtt_ms=Fact(value=39), bandwidth_gbps=Fact(value=gbps["bj-b/gy-c"])
            ),
        ),
        clouds=tuple(_cloud(site) for site in sites),
        pools=tuple(pool for site in sites for pool in _pools(site, hosts[site.center, site.carries])),
    )


def _cloud(site: CloudPools) -> Cloud:
    model = CLOUDS[site.kind]
    bindings = {
        CloudKind.OPENSTACK: CloudBinding(cloud=site.cloud),
        CloudKind.AWS: CloudBinding(profile=site.cloud, region="cn-northwest-1"),
        CloudKind.KUBERNETES: CloudBinding(context=site.cloud),
    }
    return Cloud(
        id=site.cloud,
        center=site.center,
        kind=model.kind,
        binding=bindings[model.kind],
        mlps_level=model.mlps_level,
        zones=tuple(zone for zone in ZONES if zone in model.zones),
        ownership=model.ownership,
        title=Title(zh=site.cloud, en=site.cloud),
    )


def _pools(site: CloudPools, usable: int) -> Iterator[Pool]:
    """Pools of equal hosts; those with one chip share its power and price."""
    model = CLOUDS[site.kind]
    power = {chip: power_of(chip, model) for chip in set(site.chips)}
    price = {chip: price_of(chip) for chip in set(site.chips)}
    spare = int(usable >= SPARED)
    for number, chip in enumerate(site.chips, 1):
        yield Pool(
            id=f"{site.cloud}-{chip.split('-')[0]}-{number:04d}",
            cloud=site.cloud,
            chip=chip,
            hosts=usable + spare,
            spare_hosts=spare,
            per_host=model.per_host,
            overcommit=model.overcommit,
            power=power[chip],
            price_cny=price[chip],
        )
