"""A peak lets rows grow where they stand, and elsewhere in the center only what finds no room there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from support.builders import a_component, a_per_host, a_plan, a_pool, a_workload, an_environment, needs
from support.random_estates import PEAK, environments

from cmp.model.environment import Environment
from cmp.model.plan import Origin, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Demand, Scaling, Spread
from cmp.scheduler.engine import schedule
from cmp.scheduler.horizon.rescaling import grown
from cmp.verifier.checking import check

MAY = datetime(2027, 5, 20, 12)  # noqa: DTZ001 - local time
NOT_DECIDED_HERE = {"network-missing", "rules-missing", "hash"}


def planned(environment: Environment, at: datetime | None = None, previous: Plan | None = None) -> Plan:
    decision = schedule(environment, at=at, previous=previous)
    return a_plan(
        environment=environment,
        origin=Origin(engine="test", at=at),
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=getattr(decision, "yields", ()),
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    )


def rows(plan: Plan) -> dict[tuple[str, str], tuple[int, int]]:
    return {(row.role.value, row.pool): (row.replicas, row.replicas_on_takeover) for row in plan.placements}


def busy(factor: float, **changes: Any) -> Environment:
    usual = {"replicas": 2, "needs": needs(8), "spread": Spread.NONE}
    component = a_component(**usual | {"demand": (Demand(when="05-20", factor=factor),)} | changes)
    pools = tuple(
        a_pool(name, hosts=1, per_host=a_per_host(vcpus=32))
        for name in ("bj-a-hygon", "bj-a-kunpeng", "bj-b-hygon", "bj-b-kunpeng")
    )
    return an_environment(a_workload(grade=3, components=(component,)), pools=pools)


def test_a_side_grows_on_its_own_pool() -> None:
    environment = busy(3.0)
    base = planned(environment)

    found = grown(base, environment, MAY)

    assert {key[1] for key in rows(found)} == {key[1] for key in rows(base)}
    assert all(takeover >= 6 for _, takeover in rows(found).values())
    assert rows(planned(environment, MAY, found)).keys() == rows(base).keys()


def test_what_finds_no_room_goes_to_another_pool_of_the_center() -> None:
    environment = busy(5.0, scaling=Scaling.FIXED)
    base = planned(environment)

    found = planned(environment, MAY, grown(base, environment, MAY))

    homes = {row.center for row in base.placements if row.role is Role.PRIMARY}
    primaries = [row for row in found.placements if row.role is Role.PRIMARY]
    assert {row.center for row in primaries} == homes
    assert sum(row.replicas for row in primaries) == 10
    assert len(primaries) == 2


def test_less_demand_takes_replicas_away_and_moves_nothing() -> None:
    environment = busy(0.5, replicas=4)
    base = planned(environment)

    found = planned(environment, MAY, grown(base, environment, MAY))

    assert rows(found).keys() == rows(base).keys()
    assert all(after < rows(base)[key][1] for key, (_, after) in rows(found).items())


def test_a_plan_that_does_what_is_asked_stays_the_very_same() -> None:
    environment = busy(3.0)
    base = planned(environment)

    assert grown(base, environment, None) is base


def test_a_workload_or_pool_that_is_gone_is_left_alone() -> None:
    base = planned(busy(3.0))
    elsewhere = an_environment(a_workload("other"), pools=(a_pool("gy-c-hygon"), a_pool("bj-a-hygon")))

    assert grown(base, elsewhere, MAY) is base


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(environment=environments())
def test_a_plan_that_starts_from_a_grown_one_is_accepted_by_the_verifier(environment: Environment) -> None:
    at = datetime.fromisoformat(f"2027-{PEAK}T12:00")
    base = planned(environment)

    found = planned(environment, at, grown(base, environment, at))

    assert [each for each in check(found) if each.code not in NOT_DECIDED_HERE] == []
