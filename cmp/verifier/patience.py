"""Derives for whom hosts may be off until a takeover: never where that could make anybody late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.model.base import Fact, grains_down
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.recovery import Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Component, Scaling, Workload
from cmp.verifier.ordering import closure, in_order
from cmp.verifier.sizing import ONE, performance

Needs = Mapping[str, Sequence[str]]
"""By workload, those that it depends hard on."""


def waits_for(environment: Environment, times: TakeoverTimes, needs: Needs, boot: int) -> frozenset[str]:
    """The workloads whose takeover may wait so many seconds until a host has started.

    If every takeover took as long as it can and waited so long, nobody with a promise would be late who waits
    himself, or who needs one that waits.
    """
    promised = {
        workload.id: needs[workload.id]
        for workload in environment.workloads
        if environment.promised(workload)
    }
    promised = {name: [each for each in others if each in promised] for name, others in promised.items()}
    back: dict[str, int] = {}
    late: dict[str, None] = {}
    for members in in_order(promised):
        each = [environment.workload[name] for name in members]
        start = max(released(times, workload) for workload in each)
        start = max([start, *(back[need] for name in members for need in promised[name] if need in back)])
        own = boot + max(_slowest(environment, times, workload) for workload in each)
        back |= dict.fromkeys(members, start + own)
        late |= {workload.id: None for workload in each if _misses(environment, workload, start + own)}
    return frozenset(needs) - closure(late, lambda name: needs[name])


def released(times: TakeoverTimes, workload: Workload) -> int:
    """Seconds until a takeover may begin: somebody has noticed, and somebody or the rule has released it."""
    ruled = workload.recovery.grade >= times.automatic_from_grade
    return whole(times.detect_seconds) + whole(
        times.automatic_release_seconds if ruled else times.release_seconds
    )


def boot_of(power: Power) -> int:
    """Whole seconds until a host that was off has started."""
    return ceil(power.boot_minutes.milli * 60, 1000)


def whole(fact: Fact) -> int:
    """A fact rounded up to whole seconds."""
    return ceil(fact.milli, 1000)


def ceil(number: int, by: int) -> int:
    """A quotient rounded up."""
    return -(-number // by)


def objective(environment: Environment, workload: Workload, name: str) -> int | None:
    """The stricter of the workload's own objective and its grade's, in seconds."""
    grade = environment.recovery.grade(workload.recovery.grade)
    stated = [getattr(each, name) for each in (workload.recovery, grade)]
    return min((grains_down(minutes, 60) for minutes in stated if minutes is not None), default=None)


def _misses(environment: Environment, workload: Workload, seconds: int) -> bool:
    most = objective(environment, workload, "rto_minutes")
    return most is not None and seconds > most


def _slowest(environment: Environment, times: TakeoverTimes, workload: Workload) -> int:
    """The longest that own steps can take on hosts that are on: slowest chip, most demand, a single cloud."""
    roles = {side.role for side in environment.recovery.grade(workload.recovery.grade).sides}
    moving, rate = environment.policy.moving, times.restore_mib_per_second.milli
    boot, at_once = moving.boot_seconds.milli, times.starts_at_once.milli // 1000
    image = ceil(moving.image_gib.milli * 1024 * 1000, rate)
    parts = [part for part in workload.components if part.quorum is None]
    counts = {part.id: _most(environment, part) for part in parts}
    cold = sum(counts.values()) if Role.COLD in roles else 0
    warm = sum(counts[part.id] // 2 for part in parts if not part.stateful) if Role.WARM in roles else 0
    start = ceil(ceil(cold, at_once) * (boot + image) + ceil(warm, at_once) * boot, 1000)
    gib = max((part.data.gib for part in parts), default=0) if Role.COLD in roles else 0
    holds = any(part.stateful or part.data.gib for part in parts) and roles & {Role.ACTIVE, Role.WARM}
    promote = whole(times.promote_seconds) if holds else 0
    restore = ceil(gib * 1024 * 1000, rate)
    return whole(times.fence_seconds) + restore + promote + start + whole(times.switch_seconds)


def _most(environment: Environment, component: Component) -> int:
    """The most replicas of a side: on the slowest chip that has an image, at the highest factor."""
    factor = max([ONE, *(demand.factor_milli for demand in component.demand)])
    if component.scaling is not Scaling.HORIZONTAL:
        return ceil(component.replicas * factor, ONE)
    estate = environment.estate
    isas = {isa for way in component.ways for isa in way.images}
    used = {pool.chip for pool in estate.pools if estate.chip[pool.chip].isa in isas}
    slowest = min((performance(environment, component, chip) for chip in used), default=ONE)
    sized_on = performance(environment, component, component.sized_on or estate.reference_chip)
    work = ceil(component.replicas * factor * sized_on, ONE)
    return max(ceil(work, slowest), component.min_replicas)
