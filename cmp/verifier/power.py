"""Derives which hosts are on from the packings and the times of takeovers, and what they draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isclose

from cmp.model.estate import Pool, Power
from cmp.model.plan import Plan
from cmp.sentences import Sentence
from cmp.verifier.capacity import VCPU, load_of, room_of_host
from cmp.verifier.findings import Finding
from cmp.verifier.patience import boot_of
from cmp.verifier.reading import Reading
from cmp.verifier.recovery import Waits, waits_of

PART = "facility_watts"
EXACT = 0.01
"""Watts that the rounding of quantities and weights may lose."""


def check_power(reading: Reading, plan: Plan) -> Iterator[Finding]:
    """The watts that a Plan states are those of its hosts: of what stands there, and of what may not wait.

    A host is on where something stands in normal time, and where a takeover grows that would be late if it
    waited until the host has started.
    """
    stated = plan.objective.parts.get(PART)
    times = reading.environment.takeover
    if stated is None or times is None or not any(pool.power for pool in reading.environment.estate.pools):
        return
    weight = reading.environment.policy.objective.facility_watts
    waits = waits_of(reading, times)
    watts = sum(_watts(reading, plan, pool, waits) for pool in reading.environment.estate.pools)
    if not isclose(stated, weight * watts, rel_tol=1e-9, abs_tol=EXACT * max(1.0, weight)):
        yield Finding(
            "power",
            "plan",
            Sentence(
                "states {stated} for watts; its hosts give {watts}",
                stated=stated,
                watts=round(weight * watts, 3),
            ),
        )


def _watts(reading: Reading, plan: Plan, pool: Pool, waits: Waits) -> float:
    """Facility power of a pool in normal time."""
    estate = reading.environment.estate
    power = pool.power or max(
        (each.power for each in estate.pools if each.power), key=lambda each: (_peak(each), _idle(each))
    )
    room = room_of_host(reading.environment, pool)[VCPU]
    load = Counter[str]()
    for row in reading.rows_on.get(pool.id, ()):
        load.update(load_of(row.size, row.replicas))
    on = len(_hosts_on(plan, pool, waits))
    pue = estate.center_of(pool).pue.value
    return pue * (on * _idle(power) + (_peak(power) - _idle(power)) * load[VCPU] / room)


def _hosts_on(plan: Plan, pool: Pool, waits: Waits) -> set[int]:
    """The numbers of the hosts of a pool that are on in normal time; one that starts at once may be off."""
    boot = boot_of(pool.power) if pool.power else None
    may = waits[boot] if boot else frozenset()
    return {
        each.host
        for packing in plan.packings
        if packing.pool == pool.id
        for each in packing.hosts
        if not packing.failure or (boot != 0 and any(row.workload not in may for row in each.rows))
    }


def _idle(power: Power) -> float:
    return power.idle_watts.value


def _peak(power: Power) -> float:
    return power.peak_watts.value
