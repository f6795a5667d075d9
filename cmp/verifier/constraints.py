"""Checks each row against every hard constraint of its pool and cloud."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.model.abilities import kinds_that_run
from cmp.model.estate import Cloud, Location, Ownership, Pool
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Component, DataClass, RunsAs, Spread, Workload
from cmp.sentences import Sentence
from cmp.verifier.devices import Cuts, cuts_of, devices_of_host
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, subject_of

GOVERNMENT_ONLY = {DataClass.PERSONAL_SENSITIVE, DataClass.IMPORTANT, DataClass.CORE}
NOT_PUBLIC = {DataClass.INTERNAL, DataClass.PERSONAL}
HOME_COUNTRY = "CN"
CARRIES = {what: set(kinds_that_run(what)) for what in RunsAs}


def check_constraints(reading: Reading) -> Iterator[Finding]:
    """What holds for a row by itself; a backup obeys level, ownership, residency and disk only."""
    estate = reading.environment.estate
    for row in reading.rows:
        workload, component = reading.components[row.workload, row.component]
        pool = reading.pool_of(row)
        cloud = estate.cloud[pool.cloud]
        location = estate.location[reading.location_of(cloud.center)]
        said = [*_protection(workload, cloud, location), *_host(row, pool, cuts_of(estate))]
        if row.role is not Role.BACKUP:
            said += [*_cloud(workload, component, cloud), *_require(component, cloud, pool)]
        for code, sentence in said:
            yield Finding(code, subject_of(row), sentence)


def check_spread(reading: Reading) -> Iterator[Finding]:
    """At most one replica of a side in a pool or center, where `spread` says so; hosts are the packing's."""
    for (name, role), rows in reading.sides.items():
        _, component = reading.components[name]
        if role is Role.BACKUP or component.spread not in {Spread.POOL, Spread.CENTER}:
            continue
        shares: dict[str, int] = {}
        for row in rows:
            place = row.pool if component.spread is Spread.POOL else reading.center_of(row)
            shares[place] = shares.get(place, 0) + max(row.replicas, row.replicas_on_takeover)
        for place, count in shares.items():
            if count > 1:
                yield Finding(
                    "spread",
                    f"{'/'.join(name)} {role}",
                    Sentence("has {count} replicas in {place}; at most 1", count=count, place=place),
                )


def _protection(workload: Workload, cloud: Cloud, location: Location) -> Iterator[tuple[str, str]]:
    if cloud.mlps_level < workload.mlps_level:
        yield (
            "protection-level",
            f"needs level {workload.mlps_level}; {cloud.id} has level {cloud.mlps_level}",
        )
    classes = set(workload.data_class)
    strict = classes & GOVERNMENT_ONLY
    if strict and cloud.ownership is not Ownership.GOVERNMENT:
        yield "ownership", f"{_told(strict)} data needs a government cloud; {cloud.id} is {cloud.ownership}"
    elif classes & NOT_PUBLIC and cloud.ownership is Ownership.PUBLIC:
        yield (
            "ownership",
            f"{_told(classes & NOT_PUBLIC)} data may not lie on a public cloud such as {cloud.id}",
        )
    if strict and location.country != HOME_COUNTRY:
        yield (
            "residency",
            f"{_told(strict)} data stays in {HOME_COUNTRY}; {location.id} is in {location.country}",
        )


def _cloud(workload: Workload, component: Component, cloud: Cloud) -> Iterator[tuple[str, str]]:
    if cloud.kind not in CARRIES[component.runs_as]:
        yield "cloud-kind", f"runs as {component.runs_as}; {cloud.id} is {cloud.kind}"
    zone = workload.zone_of(component)
    if zone not in cloud.zones:
        yield "zone", f"is in zone {zone}; {cloud.id} serves {_told(set(cloud.zones))}"


def _require(component: Component, cloud: Cloud, pool: Pool) -> Iterator[tuple[str, str]]:
    require = component.require
    if require.centers and cloud.center not in require.centers:
        yield "require", f"requires a center of {_told(set(require.centers))}; stands in {cloud.center}"
    if require.clouds and cloud.id not in require.clouds:
        yield "require", f"requires a cloud of {_told(set(require.clouds))}; stands on {cloud.id}"
    if require.pools and pool.id not in require.pools:
        yield "require", f"requires a pool of {_told(set(require.pools))}; stands on {pool.id}"
    if require.ownership and cloud.ownership not in require.ownership:
        yield (
            "require",
            f"requires ownership {_told(set(require.ownership))}; {cloud.id} is {cloud.ownership}",
        )


def _host(row: Placement, pool: Pool, cuts: Cuts) -> Iterator[tuple[str, str]]:
    """One replica fits one empty host as it physically is, without overcommit."""
    has = pool.per_host
    figures = {
        "m vCPU": (row.size.vcpu_milli, has.vcpus * 1000),
        "MiB of memory": (row.size.memory_mib, has.memory_gib * 1024),
        "GiB of disk": (row.size.disk_gib, has.disk_gib),
    }
    for unit, (needed, there) in figures.items():
        if needed > there:
            yield "host-size", f"needs {needed} {unit} in one piece; a host has {there}"
    devices = devices_of_host(cuts, pool)
    for accelerator, needed in row.size.accelerators.items():
        there = devices.get(accelerator, 0)
        if needed > there:
            yield "accelerator", f"needs {needed} {accelerator} on one host; a host has {there}"


def _told(names: set[str] | set[DataClass] | set[Ownership]) -> str:
    return ", ".join(sorted(str(name) for name in names))
