"""Recomputes how many replicas of what size a side needs on the chips it stands on, in integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Amounts, Placement
from cmp.model.recovery import Role
from cmp.model.when import parse_when
from cmp.model.workload import Component, Scaling, Variant
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading

ONE = 1000
"""A factor of one, in thousandths."""


def performance(environment: Environment, component: Component, chip: str) -> int:
    """Thousandths of the reference chip's performance: the component's own figure goes before the chip's."""
    own = component.performance.get(chip)
    return own.milli if own else environment.estate.chip[chip].performance_milli


def demand_milli(environment: Environment, component: Component, moment: datetime | None) -> int:
    """The demand factor at a moment, in thousandths: the largest that holds; a quorum does not scale."""
    if moment is None or component.quorum is not None:
        return ONE
    holding = [
        demand.factor_milli
        for demand in component.demand
        if parse_when(demand.when).covers(moment, environment.calendar)
    ]
    return max(holding, default=ONE)


def size_on(environment: Environment, component: Component, way: Variant, chip: str) -> Amounts:
    """What one replica takes on a chip: with vertical scaling its vCPU follow the chip's performance."""
    vcpus = way.needs.vcpu_milli
    if component.scaling is Scaling.VERTICAL:
        sized_on = component.sized_on or environment.estate.reference_chip
        vcpus = _ceil(
            vcpus * performance(environment, component, sized_on), performance(environment, component, chip)
        )
    return Amounts(
        vcpu_milli=vcpus,
        memory_mib=way.needs.memory_mib,
        disk_gib=way.needs.disk_gib,
        accelerators=dict(way.needs.accelerators),
    )


def work(environment: Environment, component: Component, moment: datetime | None) -> int:
    """The work of a component in thousandths of a reference replica, at a moment."""
    sized_on = component.sized_on or environment.estate.reference_chip
    factor = demand_milli(environment, component, moment)
    return _ceil(component.replicas * factor * performance(environment, component, sized_on), ONE)


def replicas_asked(environment: Environment, component: Component, moment: datetime | None) -> int:
    """How many replicas a component has that does not scale horizontally; never fewer than `min_replicas`."""
    demand = _ceil(component.replicas * demand_milli(environment, component, moment), ONE)
    return max(demand, component.min_replicas)


def running_of(component: Component, role: Role, rows: Sequence[Placement]) -> list[int]:
    """How many replicas each row of one side runs in normal time; rows in order of pool id."""
    total = sum(row.replicas_on_takeover for row in rows)
    if role is Role.COLD:
        left = 0
    elif role is Role.WARM and not component.stateful:
        left = max(1, _ceil(total, 2))
    else:
        left = total
    running = []
    for row in rows:
        running.append(min(left, row.replicas_on_takeover))
        left -= running[-1]
    return running


def check_sizing(reading: Reading) -> Iterator[Finding]:
    """Every side that may take over carries the whole component, with nothing to spare."""
    for (name, role), rows in reading.sides.items():
        if not role.takes_over:
            continue
        _, component = reading.components[name]
        subject = f"{'/'.join(name)} {role}"
        if (name, role) in reading.spent:
            yield from _running(component, role, subject, rows)
            continue
        if component.quorum is None and component.scaling is Scaling.HORIZONTAL:
            yield from _horizontal(reading, component, subject, rows)
        elif component.quorum is None:
            yield from _counted(reading, component, subject, rows)
        yield from _running(component, role, subject, rows)


def _horizontal(
    reading: Reading, component: Component, subject: str, rows: Sequence[Placement]
) -> Iterator[Finding]:
    environment = reading.environment
    needed = work(environment, component, reading.moment)
    counts = [row.replicas_on_takeover for row in rows]
    speeds = [performance(environment, component, reading.pool_of(row).chip) for row in rows]
    delivered = sum(count * speed for count, speed in zip(counts, speeds, strict=True))
    if delivered < needed:
        yield Finding(
            "work", subject, f"delivers {delivered} thousandths of a reference replica; needs {needed}"
        )
    if sum(counts) < component.min_replicas:
        yield Finding("min-replicas", subject, f"has {sum(counts)} replicas; needs {component.min_replicas}")
    for row, speed in zip(rows, speeds, strict=True):
        spare = delivered - speed >= needed and sum(counts) - 1 >= component.min_replicas
        if spare and row.replicas_on_takeover:
            yield Finding(
                "surplus",
                subject,
                f"one replica on {row.pool} could be left out: {delivered - speed} of {needed} would remain",
            )


def _counted(
    reading: Reading, component: Component, subject: str, rows: Sequence[Placement]
) -> Iterator[Finding]:
    asked = replicas_asked(reading.environment, component, reading.moment)
    placed = sum(row.replicas_on_takeover for row in rows)
    if placed != asked:
        yield Finding("replica-count", subject, f"has {placed} replicas on takeover; must have {asked}")


def _running(component: Component, role: Role, subject: str, rows: Sequence[Placement]) -> Iterator[Finding]:
    for row, expected in zip(rows, running_of(component, role, rows), strict=True):
        if row.replicas != expected:
            yield Finding(
                "running",
                subject,
                f"runs {row.replicas} replicas on {row.pool} in normal time; must run {expected}",
            )


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
