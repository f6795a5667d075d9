"""Says who may wait until a host has started: nobody whom that could make late, or who is waited for then."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.recovery import Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Component, Workload
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.dependencies import Dependencies, dependencies_of
from cmp.scheduler.recovery.takeover import boot_seconds, ready_steps, slowest, total, turns_of


def patience_of(environment: Environment) -> dict[str, int]:
    """By workload, the longest start of a host, in seconds, that its takeover may wait for; 0: none.

    Such a wait must not make anybody late, whatever pools are chosen: neither the workload nor who needs it,
    if everybody who is waited for waits as long. So a longer RTO never asks for more than a shorter one, a
    slower start never for less than a faster one, and whoever may wait is in time.
    """
    found = {workload.id: 0 for workload in environment.workloads}
    dependencies = dependencies_of(environment)
    for boot in sorted({boot_seconds(pool.power) for pool in environment.estate.pools if pool.power}):
        hindered = dependencies.needed_for(late_at_most(environment, dependencies, boot))
        found |= dict.fromkeys(found.keys() - hindered, boot)
    return found


def may_wait(pool: Pool, patience: int) -> bool:
    """True when who may wait so many seconds may wait for a host of a pool.

    Where nobody says how long its start takes, nobody waits.
    """
    return pool.power is not None and patience >= boot_seconds(pool.power)


def late_at_most(environment: Environment, dependencies: Dependencies, boot: int) -> set[str]:
    """Who could be back later than its RTO if all takeovers were the slowest and waited so long for hosts."""
    times = environment.takeover
    bound = [each for each in environment.workloads if _promises(environment, each)]
    ready = {each.id: total(ready_steps(times, each.recovery.grade)) if times else 0 for each in bound}
    own = {each.id: boot + (most_seconds(environment, times, each) if times else 0) for each in bound}
    turns = turns_of(dependencies, ready, own, lambda _: False)
    limits = {each.id: environment.rto_seconds(each) for each in bound}
    return {name for name, rto in limits.items() if rto is not None and turns[name].seconds > rto}


def most_seconds(environment: Environment, times: TakeoverTimes, workload: Workload) -> int:
    """Seconds of own steps that no takeover of a workload exceeds once hosts are on.

    Counted are the slowest chip that may run each component, its highest demand, and one cloud for all.
    """
    roles = {side.role for side in environment.recovery.grade(workload.recovery.grade).sides}
    parts = [component for component in workload.components if component.quorum is None]
    cold = other = gib = 0
    for part in parts:
        takeover = _most_replicas(environment, part)
        cold += takeover if Role.COLD in roles else 0
        warm = takeover - sizes.running(Role.WARM, takeover, stateful=part.stateful)
        other += warm if Role.WARM in roles else 0
        gib = max(gib, part.data.gib if Role.COLD in roles else 0)
    holds = any(part.stateful or part.data.gib for part in parts)
    promoted = holds and not roles.isdisjoint({Role.ACTIVE, Role.WARM})
    return slowest(environment, times, (gib, cold, other), promotes=promoted)


def _most_replicas(environment: Environment, component: Component) -> int:
    """Replicas on the slowest chip of a pool that has an image, at the highest demand."""
    estate = environment.estate
    isas = {isa for way in component.ways for isa in way.images}
    chips = [estate.chip[name] for name in {pool.chip for pool in estate.pools}]
    worth = min((sizes.worth(component, chip) for chip in chips if chip.isa in isas), default=1)
    sized_on = estate.chip[component.sized_on or estate.reference_chip]
    factor = max([sizes.MILLI, *(each.factor_milli for each in component.demand)])
    return sizes.work(component, sized_on, factor).alone(worth)


def _promises(environment: Environment, workload: Workload) -> bool:
    return bool(environment.recovery.grade(workload.recovery.grade).promises)


Patience = Mapping[str, int]
"""What `patience_of` gives."""
