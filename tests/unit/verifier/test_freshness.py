"""What rests on an expired figure where only fresh ones may serve is found, whoever placed it there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.builders import (
    a_chip,
    a_component,
    a_dependency,
    a_link,
    a_pool,
    a_workload,
    an_environment,
    links,
)
from support.random_estates import environments

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.facts import aged
from cmp.model.plan import Origin, Plan
from cmp.model.workload import Recovery, Scaling
from cmp.scheduler.engine import schedule
from cmp.verifier.checking import check

LAST = date(2027, 6, 30)
NEXT = date(2027, 7, 1)
NOT_DECIDED_HERE = {"network-missing", "rules-missing"}


def expiring(value: float) -> Fact:
    return Fact(value=value, provenance=Provenance.MEASURED, valid_until=LAST)


def an_estate_of_hygon(*workloads: Any, **changes: Any) -> Environment:
    usual = {"pools": (a_pool("bj-a-hygon"), a_pool("bj-b-hygon"), a_pool("gy-c-hygon"))}
    return an_environment(*workloads, **usual | changes)


def planned(environment: Environment, at: datetime | None = None) -> Plan:
    decision = schedule(environment, at=at)
    return Plan(
        inputs_hash="0" * 64,
        source="inventories/test",
        origin=Origin(engine="test", at=at),
        environment=environment,
        networks=(),
        security_groups=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=getattr(decision, "yields", ()),
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    ).sealed()


def found(plan: Plan, day: date | None = None) -> set[str]:
    return {each.sentence for each in check(plan, day) if each.code == "fact-expired"}


def test_a_size_that_rests_on_an_expired_performance_is_found() -> None:
    environment = an_estate_of_hygon(a_workload(grade=5), chips=(a_chip(performance=expiring(1.0)),))
    plan = planned(environment)

    assert found(plan, LAST) == set()
    assert found(plan, NEXT) == {"rests on the performance of hygon-7390, which expired on 2027-06-30"}


def test_the_moment_of_the_plan_is_the_day_where_none_is_given() -> None:
    environment = an_estate_of_hygon(a_workload(grade=5), chips=(a_chip(performance=expiring(1.0)),))

    assert found(planned(environment, datetime.fromisoformat("2027-07-01T00:00+08:00"))) != set()
    assert found(planned(environment, datetime.fromisoformat("2027-06-30T23:00+08:00"))) == set()


def test_a_plan_that_says_itself_that_a_figure_is_unknown_needs_no_day() -> None:
    environment = an_estate_of_hygon(a_workload(grade=5), chips=(a_chip(performance=expiring(1.0)),))
    plan = planned(environment)
    told = aged(environment, NEXT)

    assert found(plan.model_copy(update={"environment": told}).sealed()) != set()


@pytest.mark.parametrize(
    "workload",
    [
        a_workload(grade=4),
        a_workload(grade=5, components=(a_component(scaling=Scaling.FIXED),)),
        a_workload(grade=5, components=(a_component(performance={"hygon-7390": 1.0}),)),
    ],
    ids=["a lower grade", "a size that follows no chip", "a figure of its own"],
)
def test_who_does_not_rest_on_it_is_left_in_peace(workload: Any) -> None:
    environment = an_estate_of_hygon(workload, chips=(a_chip(performance=expiring(1.0)),))

    assert found(planned(environment), NEXT) == set()


def test_a_workload_may_ask_for_fresh_facts_by_itself() -> None:
    workload = a_workload(recovery=Recovery(grade=3, fresh_facts=True))
    environment = an_estate_of_hygon(workload, chips=(a_chip(performance=expiring(1.0)),))

    assert found(planned(environment), NEXT) != set()


@pytest.mark.parametrize("field", ["rtt_ms", "bandwidth_gbps"])
def test_a_side_over_a_link_whose_figure_expired_is_found(field: str) -> None:
    synchronous = a_link(synchronous=True, **{field: expiring(2.0)})
    environment = an_estate_of_hygon(a_workload(grade=5), links=(synchronous, *links()[1:]))

    plan = planned(environment)

    assert found(plan, LAST) == set()
    assert found(plan, NEXT) == {f"rests on {field} between bj-a and bj-b, which expired on 2027-06-30"}


def test_a_bounded_round_trip_over_an_expired_link_is_found() -> None:
    near = a_workload("near", grade=1, components=(a_component(require={"centers": ("bj-b",)}),))
    asking = a_workload(
        recovery=Recovery(grade=1, fresh_facts=True),
        components=(a_component(require={"centers": ("bj-a",)}),),
        depends_on=(a_dependency("near", max_rtt_ms=5.0),),
    )
    environment = an_estate_of_hygon(asking, near, links=(a_link(rtt_ms=expiring(1.2)), *links()[1:]))
    plan = planned(environment)
    told = plan.model_copy(update={"environment": aged(environment, NEXT)}).sealed()

    assert plan.unplaced == ()
    assert found(told) == {"the round-trip time from bj-a to bj-b has expired"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(environment=environments(), data=st.data())
def test_the_scheduler_rests_nothing_on_what_it_must_not(
    environment: Environment, data: st.DataObject
) -> None:
    ends = st.sampled_from((None, LAST))
    estate = environment.estate
    chips = tuple(
        chip.changed(performance=chip.performance.changed(valid_until=data.draw(ends)))
        if chip.performance
        else chip
        for chip in estate.chips
    )
    joined = tuple(
        link.changed(rtt_ms=link.rtt_ms.changed(valid_until=data.draw(ends))) for link in estate.links
    )
    stated = environment.changed(estate=estate.changed(chips=chips, links=joined))

    plan = planned(aged(stated, NEXT))

    assert [each for each in check(plan) if each.code not in NOT_DECIDED_HERE] == []
