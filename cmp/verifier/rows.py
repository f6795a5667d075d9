"""Checks each row against the estate and its component: what it names, its image, its size, its counts."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.model.environment import Environment
from cmp.model.plan import Amounts, Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Component, Variant
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, RowKey, key_of, local, subject_of
from cmp.verifier.sizing import size_on


def read_rows(plan: Plan) -> tuple[Reading, list[Finding]]:
    """Keep the rows that name only what is there, each once; say what is wrong with the others."""
    kept: dict[RowKey, Placement] = {}
    findings: list[Finding] = []
    for row in plan.placements:
        unknown = _unknown(plan.environment, row)
        if unknown:
            findings.append(
                Finding("row-unknown", subject_of(row), Sentence("there is no {unknown}", unknown=unknown))
            )
        elif key_of(row) in kept:
            findings.append(Finding("row-duplicate", subject_of(row), "is listed more than once"))
        else:
            kept[key_of(row)] = row
    return Reading(plan.environment, tuple(kept.values()), local(plan.origin.at)), findings


def way_of(component: Component, row: Placement) -> Variant | None:
    """The way a row runs its component; None when there is no such variant."""
    return next((way for way in component.ways if way.id == (row.variant or "")), None)


def check_rows(reading: Reading) -> Iterator[Finding]:
    """Fields that must follow from the pool, the variant and the role."""
    for row in reading.rows:
        _, component = reading.components[row.workload, row.component]
        yield from _estate(reading, row)
        yield from _image(reading, component, row)
        yield from _size(reading, component, row)
        yield from _counts(row)


def _unknown(environment: Environment, row: Placement) -> str:
    workload = environment.workload.get(row.workload)
    if workload is None:
        return f"workload {row.workload}"
    component = workload.component.get(row.component)
    if component is None:
        return f"component {row.component} in {row.workload}"
    if row.pool not in environment.estate.pool:
        return f"pool {row.pool}"
    return f"variant {row.variant} of {row.component}" if way_of(component, row) is None else ""


def _estate(reading: Reading, row: Placement) -> Iterator[Finding]:
    pool = reading.pool_of(row)
    true = {
        "cloud": pool.cloud,
        "center": reading.center_of(row),
        "chip": pool.chip,
        "isa": reading.environment.estate.chip[pool.chip].isa,
    }
    for field, value in true.items():
        said = getattr(row, field)
        if said != value:
            yield Finding(
                "row-estate",
                subject_of(row),
                Sentence("says {field} {said}; the pool's is {value}", field=field, said=said, value=value),
            )


def _image(reading: Reading, component: Component, row: Placement) -> Iterator[Finding]:
    if row.role is Role.BACKUP:
        return
    isa = reading.environment.estate.chip[reading.pool_of(row).chip].isa
    way = way_of(component, row)
    image = way.images.get(isa) if way and isa else None
    if image is None:
        yield Finding(
            "isa",
            subject_of(row),
            Sentence("has no image for {isa}, the instruction set of this pool", isa=isa),
        )
    elif row.image != image:
        yield Finding(
            "row-image",
            subject_of(row),
            Sentence("says image {image}; for {isa} it is {image2}", image=row.image, isa=isa, image2=image),
        )


def _size(reading: Reading, component: Component, row: Placement) -> Iterator[Finding]:
    if row.role is Role.BACKUP:
        expected = Amounts(disk_gib=component.data.gib)
    else:
        way = way_of(component, row)
        if way is None:
            return
        expected = size_on(reading.environment, component, way, reading.pool_of(row).chip)
    said, true = _figures(row.size), _figures(expected)
    if said != true:
        yield Finding(
            "row-size",
            subject_of(row),
            Sentence("takes {said} a replica; sizing gives {true}", said=_told(said), true=_told(true)),
        )


def _counts(row: Placement) -> Iterator[Finding]:
    running, taking_over = row.replicas, row.replicas_on_takeover
    said = f"{running} replicas, {taking_over} on takeover"
    if row.role is Role.BACKUP and (running or taking_over):
        yield Finding("row-counts", subject_of(row), Sentence("{said}: a backup runs nothing", said=said))
    if row.role is Role.MEMBER and (running != taking_over or running < 1):
        yield Finding(
            "row-counts",
            subject_of(row),
            Sentence("{said}: a member runs at least one and takes nothing over", said=said),
        )
    if row.role.takes_over and taking_over < 1:
        yield Finding(
            "row-counts", subject_of(row), Sentence("{said}: a side's row takes over at least one", said=said)
        )


def _figures(size: Amounts) -> dict[str, int]:
    figures = {"m vCPU": size.vcpu_milli, "MiB": size.memory_mib, "GiB disk": size.disk_gib}
    return {unit: count for unit, count in (figures | dict(size.accelerators)).items() if count}


def _told(figures: dict[str, int]) -> str:
    return ", ".join(f"{count} {unit}" for unit, count in sorted(figures.items())) or "nothing"
