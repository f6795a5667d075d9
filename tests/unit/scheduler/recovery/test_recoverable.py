"""A layout in which nobody could be back in time is not planned with, and the workload is named."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_component,
    a_dependency,
    a_link,
    a_takeover,
    a_workload,
    an_environment,
    links,
    pools,
)

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.recovery import Role
from cmp.model.workload import Data, Recovery, Workload, Yields
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.layouts import Layout, layouts_of
from cmp.scheduler.recovery.recoverable import Recoverable, unmet

DATA = Data(gib=500, change_mbps_peak=5.0)


def a_system(rto: float | None = None, rpo: float | None = None, grade: int = 3, **changes: Any) -> Workload:
    part = a_component(**{"data": DATA} | changes)
    return a_workload(components=(part,), recovery=Recovery(grade=grade, rto_minutes=rto, rpo_minutes=rpo))


def told(environment: Environment, layout: Layout) -> list[str]:
    (group,) = groups_of(environment)
    return list(unmet(environment, group, layout))


def centers(environment: Environment) -> set[tuple[str, str]]:
    """Home and second center of the layouts that remain."""
    (group,) = groups_of(environment)
    kept = Recoverable(environment).layouts(group, layouts_of(group, environment))
    return {(layout.home, *layout.sides.values()) for layout in kept}


COLD_IN_GY_C = Layout("bj-a", {(3, Role.COLD): "gy-c"})

# 60 s to detect, 600 to release, 30 to fence, 2560 to restore 500 GiB, 141 to start, 60 to switch: 3451 s.


@pytest.mark.parametrize(("rto", "late"), [(3450 / 60, True), (3451 / 60, False), (None, False)])
def test_the_least_that_a_takeover_takes_must_be_in_time(rto: float | None, late: bool) -> None:
    sentences = told(an_environment(a_system(rto)), COLD_IN_GY_C)

    assert sentences == (["tax-api: cold in gy-c takes 57.6 min, RTO 57.5 min"] if late else [])


def test_hosts_are_kept_on_where_their_start_would_come_too_late() -> None:
    off = Power(idle_watts=Fact(value=100), peak_watts=Fact(value=200))
    powered = tuple(pool.model_copy(update={"power": off}) for pool in pools())

    assert told(an_environment(a_system(60), pools=powered), COLD_IN_GY_C) == []


def test_as_few_replicas_start_as_giving_way_leaves() -> None:
    many = a_system(60, replicas=200)
    elastic = a_system(60, replicas=200, yields=Yields.ELASTIC, min_replicas=1)

    assert told(an_environment(many), COLD_IN_GY_C)
    assert not told(an_environment(elastic), COLD_IN_GY_C)


def test_who_moves_together_waits_for_each_other() -> None:
    slow = a_system()
    quick = a_workload(
        "welfare",
        components=(a_component(together_with=("tax-api/web",)),),
        depends_on=(a_dependency("tax-api"),),
        recovery=Recovery(grade=3, rto_minutes=40),
    )

    assert told(an_environment(slow, quick), COLD_IN_GY_C) == [
        "welfare: cold in gy-c takes 61.4 min, RTO 40 min"
    ]


def test_an_asynchronous_copy_leaves_only_layouts_with_a_synchronous_link() -> None:
    assert centers(an_environment(a_system(rpo=1))) == {("bj-a", "bj-b"), ("bj-b", "bj-a")}
    assert len(centers(an_environment(a_system(rpo=2)))) == 6


def test_data_that_never_change_may_lie_anywhere() -> None:
    assert len(centers(an_environment(a_system(rpo=0, data=Data(gib=500))))) == 6


def test_what_no_layout_keeps_is_told_by_name() -> None:
    environment = an_environment(a_system(rpo=0), links=(a_link(), *links()[1:]))
    (group,) = groups_of(environment)

    sentence = Recoverable(environment).why_not(group, layouts_of(group, environment))

    assert sentence == ("tax-api: its copy in bj-a is asynchronous and may lack 2 min of changes, RPO 0 s")


def test_who_cannot_miss_its_objectives_keeps_every_layout() -> None:
    environment = an_environment(a_system())
    (group,) = groups_of(environment)

    assert Recoverable(environment).why_not(group, layouts_of(group, environment)) == ""
    assert len(centers(environment)) == 6


@pytest.mark.parametrize("grade", [5, 6])
def test_the_usual_grades_are_met(grade: int) -> None:
    assert centers(an_environment(a_system(grade=grade)))


def test_without_times_everything_is_met() -> None:
    environment = an_environment(a_system(1, 0), takeover=None)

    assert told(environment, COLD_IN_GY_C) == []
    assert len(centers(environment)) == 6


def test_the_shipped_times_are_assumptions() -> None:
    times = a_takeover()
    facts = [each for each in vars(times).values() if isinstance(each, Fact)]

    assert {fact.provenance for fact in facts} == {"assumed"}
