"""Refuses figures that are each possible and together more than arithmetic of 64 bits holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cmp.model.codes import Code
from cmp.model.estate import Estate, Pool
from cmp.model.finding import Finding
from cmp.model.policy import Policy
from cmp.model.workload import Component, Scaling, Workload
from cmp.sentences import Sentence

MOST_REPLICAS: Final = 1_000_000
"""Replicas of one side, on whichever chip; each takes up to all of a host."""
MOST_POINTS: Final = 1e9
"""Points of one part of the objective: it is counted in millionths, its bound in billionths."""


def check_magnitudes(
    estate: Estate, policy: Policy | None, workloads: Sequence[Workload]
) -> Iterator[Finding]:
    """A finding for each component with too many replicas, and for each part of the objective too large."""
    for index, workload in enumerate(workloads):
        for number, component in enumerate(workload.components):
            most = _most_replicas(component, estate)
            if most > MOST_REPLICAS:
                message = Sentence(
                    "`{id}/{id2}` may need {most} replicas on the slowest chip at its highest "
                    "demand; a side has {MOST_REPLICAS} at most",
                    id=workload.id,
                    id2=component.id,
                    most=f"{most:,}",
                    MOST_REPLICAS=f"{MOST_REPLICAS:,}",
                )
                path = ("workloads", index, "components", number)
                yield Finding("workloads", path, Code.OUT_OF_RANGE, message)
    if policy is not None:
        yield from _points(estate, policy)


def _points(estate: Estate, policy: Policy) -> Iterator[Finding]:
    """The parts that an estate can make large, as if every host were full."""
    weights = policy.objective
    known = [pool for pool in estate.pools if pool.cloud in estate.cloud]
    watts = sum(_watts(pool, estate) for pool in known)
    money = sum(_money(pool) for pool in known)
    for name, weight, most in (
        ("facility_watts", weights.facility_watts, watts),
        ("cost", weights.cost, money),
    ):
        if weight * most > MOST_POINTS:
            message = Sentence(
                "`objective.{name}` of {weight} and hosts of {most} in all make more than "
                "{MOST_POINTS} points: lower the weight, or look for a figure in another unit",
                name=name,
                weight=f"{weight:g}",
                most=f"{most:,.0f}",
                MOST_POINTS=f"{MOST_POINTS:g}",
            )
            yield Finding("policy", ("objective", name), Code.OUT_OF_RANGE, message)


def _watts(pool: Pool, estate: Estate) -> float:
    center = estate.center.get(estate.cloud[pool.cloud].center)
    if center is None or pool.power is None:
        return 0.0
    return pool.hosts * center.pue.value * pool.power.peak_watts.value


def _money(pool: Pool) -> float:
    if pool.price_cny is None:
        return 0.0
    host, price = pool.per_host, pool.price_cny
    devices = sum(host.accelerators.values()) if price.accelerator_hour else 0
    return pool.hosts * (
        host.vcpus * pool.overcommit.vcpus * price.vcpu_hour.value
        + host.memory_gib * pool.overcommit.memory * price.memory_gib_hour.value
        + (devices * price.accelerator_hour.value if price.accelerator_hour else 0)
    )


def _most_replicas(component: Component, estate: Estate) -> int:
    """Replicas of a side on the slowest chip of a pool, at the highest factor."""
    factor = max([1000, *(each.factor_milli for each in component.demand)])
    asked = -(-component.replicas * factor // 1000)
    if component.scaling is not Scaling.HORIZONTAL or component.quorum is not None:
        return asked
    speeds = [_speed(component, estate, pool.chip) for pool in estate.pools if pool.chip in estate.chip]
    sized_on = component.sized_on or estate.reference_chip
    own = _speed(component, estate, sized_on) if sized_on in estate.chip else 1000
    return -(-asked * own // min((speed for speed in speeds if speed), default=1000))


def _speed(component: Component, estate: Estate, chip: str) -> int:
    fact = component.performance.get(chip)
    return fact.milli if fact else estate.chip[chip].performance_milli
