"""A hit group goes whole to one center, and each row's replicas after a failure follow from that."""

from __future__ import annotations

import pytest
from support.builders import (
    a_cloud,
    a_component,
    a_placement,
    a_pool,
    a_workload,
    an_environment,
    clouds,
    pools,
)

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import Failure, Role
from cmp.scheduler.problem.failover import counts, fate_of
from cmp.scheduler.problem.losses import loss_of
from cmp.scheduler.problem.rows import Row, rows_of

GRADE_SIX = (
    a_placement("bj-a-hygon", replicas=4, replicas_on_takeover=4),
    a_placement("bj-b-hygon", role=Role.ACTIVE, replicas=4, replicas_on_takeover=4),
    a_placement("gy-c-hygon", role=Role.WARM, replicas=2, replicas_on_takeover=4),
)


def after(environment: Environment, rows: tuple[Row, ...], failure: str, promised: bool = True) -> list[int]:
    loss = loss_of(environment.estate, Failure.parse(failure))
    bound = {"tax-api"} if promised else set()
    fate = fate_of(rows, loss, bound, environment.estate)
    return counts(rows, loss, fate, bound)


def placed(*placements: Placement) -> tuple[Environment, tuple[Row, ...]]:
    environment = an_environment(a_workload(grade=6))
    return environment, rows_of(environment, placements)


@pytest.mark.parametrize(
    ("failure", "active", "primary", "warm"),
    [
        ("center:bj-a", 4, 0, 2),
        ("center:bj-b", 0, 4, 2),
        ("center:gy-c", 4, 4, 0),
        ("cloud:bj-a-gov", 4, 0, 2),
        ("location:beijing", 0, 0, 4),
        ("location:guiyang", 4, 4, 0),
    ],
)
def test_grade_six_follows_every_loss(failure: str, active: int, primary: int, warm: int) -> None:
    environment, rows = placed(*GRADE_SIX)

    assert after(environment, rows, failure) == [active, primary, warm]


def test_what_is_not_promised_is_only_lost() -> None:
    environment, rows = placed(*GRADE_SIX)

    assert after(environment, rows, "location:beijing", promised=False) == [0, 0, 2]


def test_a_failure_elsewhere_changes_nothing() -> None:
    environment, rows = placed(GRADE_SIX[0], a_placement("gy-c-hygon", role=Role.COLD, replicas=0))

    assert after(environment, rows, "center:bj-b") == [0, 2 * 2]


def test_losing_a_cold_side_hits_nobody() -> None:
    environment, rows = placed(GRADE_SIX[0], a_placement("gy-c-hygon", role=Role.COLD, replicas=0))
    loss = loss_of(environment.estate, Failure.parse("center:gy-c"))

    assert not fate_of(rows, loss, {"tax-api"}, environment.estate).hit


def test_a_group_without_a_whole_side_left_is_stranded() -> None:
    environment = an_environment(a_workload(components=(a_component("web"), a_component("db"))))
    rows = rows_of(
        environment,
        [a_placement(), a_placement(component="db"), a_placement("gy-c-hygon", role=Role.COLD, replicas=0)],
    )
    loss = loss_of(environment.estate, Failure.parse("center:bj-a"))

    assert fate_of(rows, loss, {"tax-api"}, environment.estate).center is None


def test_a_cloud_failure_hands_over_to_a_sister_cloud_at_home() -> None:
    environment = an_environment(
        clouds=(*clouds(), a_cloud("bj-a-two", center="bj-a")),
        pools=(*pools(), a_pool("bj-a-two-hygon", cloud="bj-a-two")),
    )
    rows = rows_of(environment, [a_placement(), a_placement("bj-a-two-hygon", role=Role.COLD, replicas=0)])
    loss = loss_of(environment.estate, Failure.parse("cloud:bj-a-gov"))

    fate = fate_of(rows, loss, {"tax-api"}, environment.estate)

    assert (fate.center, fate.moved) == ("bj-a", False)
    assert counts(rows, loss, fate, {"tax-api"}) == [2, 0]


@pytest.mark.parametrize(
    "name", ["center:nowhere", "host:bj-a-hygon/5", "host:bj-a-hygon/x", "link:bj-a/nowhere"]
)
def test_losing_what_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(Invalid, match="there is no"):
        loss_of(an_environment().estate, Failure.parse(name))
