from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import pytest

from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.recovery import Failure, Role
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import schedule

Load = Mapping[tuple[str, str], float]
"""By pool and resource."""


def capacity(pool: Pool) -> dict[str, float]:
    host = pool.per_host
    return {
        "vcpus": host.vcpus * pool.overcommit.vcpus * pool.usable_hosts,
        "memory": host.memory_gib * pool.overcommit.memory * pool.usable_hosts,
        "disk": float(host.disk_gib * pool.usable_hosts),
        **{name: float(count * pool.usable_hosts) for name, count in host.accelerators.items()},
    }


def standing(decision: Decision, lost: Iterable[str]) -> Load:
    """What runs in normal time on clouds that remain; what moves away is still counted."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in decision.placements:
        if row.cloud in lost:
            continue
        count = 1 if row.role is Role.BACKUP else row.replicas
        found[row.pool, "vcpus"] += row.size.vcpu_milli * count / 1000
        found[row.pool, "memory"] += row.size.memory_mib * count / 1024
        found[row.pool, "disk"] += row.size.disk_gib * count
        for name, size in row.size.accelerators.items():
            found[row.pool, name] += size * count
    return found


def lost_clouds(environment: Environment, failure: Failure) -> set[str]:
    estate = environment.estate
    return {
        cloud.id
        for cloud in estate.clouds
        if failure.id in {cloud.id, cloud.center, estate.center[cloud.center].location}
    }


def fullest(environment: Environment, decision: Decision) -> float:
    """The largest share taken of any resource of any pool, in normal time and after each failure."""
    pools = environment.estate.pool
    shares = []
    for failure in (None, *environment.failures):
        load = dict(standing(decision, lost_clouds(environment, failure) if failure else ()))
        for row in decision.reservations if failure else ():
            if row.failure == str(failure):
                more = {
                    "vcpus": row.vcpus,
                    "memory": row.memory_gib,
                    "disk": row.disk_gib,
                    **row.accelerators,
                }
                for name, amount in more.items():
                    load[row.pool, name] = load.get((row.pool, name), 0) + amount
        shares += [amount / capacity(pools[pool])[name] for (pool, name), amount in load.items() if amount]
    return max(shares)


def test_everything_is_placed_with_a_margin_of_5_to_20_percent(
    reference: Environment, reference_decision: Decision
) -> None:
    margin = 1 - fullest(reference, reference_decision)

    assert reference_decision.unplaced == ()
    assert 0.05 <= margin <= 0.125


@pytest.mark.parametrize(
    "moment",
    ["2027-05-20T10:00", "2027-02-14T10:00", "2027-04-05T10:00", "2027-04-30T09:00", "2027-08-08T10:00"],
)
def test_every_peak_of_the_calendar_can_be_placed(reference: Environment, moment: str) -> None:
    decision = schedule(reference, at=datetime.fromisoformat(moment))

    assert decision.unplaced == ()


def test_unscheduled_peaks_fit_on_top_of_a_working_day(reference: Environment) -> None:
    always = reference.model_dump_json().replace('"when":"unscheduled"', '"when":"01-01..12-31"')
    stormy = Environment.model_validate_json(always)

    decision = schedule(stormy, at=datetime.fromisoformat("2027-09-01T10:00"))

    assert decision.unplaced == ()
    assert replicas(decision, "charity-china", "web") >= 8 * 2


def replicas(decision: Decision, workload: str, component: str) -> int:
    rows = [row for row in decision.placements if (row.workload, row.component) == (workload, component)]
    return sum(row.replicas for row in rows)


@pytest.mark.parametrize(
    ("workload", "component"), [("internal-affairs", "print"), ("geo-platform", "renderer")]
)
def test_printing_and_rendering_have_a_side_in_each_city(
    reference_decision: Decision, workload: str, component: str
) -> None:
    rows = [
        row for row in reference_decision.placements if (row.workload, row.component) == (workload, component)
    ]

    assert {row.role for row in rows} == {Role.PRIMARY, Role.COLD}
    assert {row.center for row in rows} == {"bj-b", "gy-c"}
