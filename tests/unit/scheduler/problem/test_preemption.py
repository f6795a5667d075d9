"""What gives way where a takeover grows: in the stated order, as far as it may, and no more than needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support.builders import a_component, a_placement, a_workload, an_environment

from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.model.workload import Workload, Yields
from cmp.scheduler.problem.preemption import candidates, floor, floors, gives_way, order_key
from cmp.scheduler.problem.rows import Row, rows_of


def a_yielding(name: str, yields: Yields, grade: int = 1, **changes: Any) -> Workload:
    component = a_component(yields=yields, **{"replicas": 4} | changes)
    return a_workload(name, grade=grade, components=(component,))


def standing_on(*workloads: Workload, pool: str = "bj-b-hygon") -> tuple[Row, ...]:
    """Four replicas of each workload on one pool, and a cold side of `critical` that grows from 0 to 2."""
    critical = a_workload("critical")
    rows = [a_placement(pool, workload=each.id, replicas=4, replicas_on_takeover=4) for each in workloads]
    cold = a_placement(pool, workload="critical", role=Role.COLD, replicas=0, replicas_on_takeover=2)
    return rows_of(an_environment(*workloads, critical), (*rows, cold))


def at_most(total: int) -> Any:
    return lambda counts: sum(counts) <= total


def left_of(rows: Sequence[Row], room: int) -> dict[str, int] | None:
    """What is left of each workload where so many replicas have room and the cold side takes over."""
    counts = [row.takeover for row in rows]
    left = gives_way(rows, counts, floors(rows, ()), at_most(room))
    return None if left is None else {row.workload.id: n for row, n in zip(rows, left, strict=True)}


def three() -> tuple[Row, ...]:
    return standing_on(
        a_yielding("a-elastic", Yields.ELASTIC, min_replicas=1),
        a_yielding("b-batch", Yields.PREEMPTIBLE, grade=2),
        a_yielding("c-batch", Yields.PREEMPTIBLE, grade=1),
    )


@pytest.mark.parametrize(
    ("room", "elastic", "b", "c"),
    [(14, 4, 4, 4), (13, 4, 4, 0), (10, 4, 4, 0), (9, 4, 0, 0), (6, 4, 0, 0), (5, 1, 0, 0), (3, 1, 0, 0)],
)
def test_preemptible_ones_of_low_grade_go_first_and_each_step_goes_the_whole_way(
    room: int, elastic: int, b: int, c: int
) -> None:
    assert left_of(three(), room) == {"a-elastic": elastic, "b-batch": b, "c-batch": c, "critical": 2}


def test_more_than_everything_that_may_yield_is_not_to_be_had() -> None:
    assert left_of(three(), 2) is None


def test_the_order_is_by_kind_then_grade_then_name() -> None:
    rows = standing_on(
        a_yielding("a", Yields.ELASTIC, grade=1),
        a_yielding("b", Yields.PREEMPTIBLE, grade=4),
        a_yielding("d", Yields.PREEMPTIBLE, grade=3),
        a_yielding("c", Yields.PREEMPTIBLE, grade=3),
    )

    numbers = candidates(rows, [row.takeover for row in rows], floors(rows, ()))

    assert [rows[number].workload.id for number in numbers] == ["c", "d", "b", "a"]
    assert min(rows, key=order_key).workload.id == "c"


def test_nothing_yields_where_no_takeover_grows() -> None:
    rows = three()

    assert candidates(rows, [row.running for row in rows], floors(rows, ())) == []


def test_a_row_that_runs_no_more_than_it_keeps_gives_nothing() -> None:
    rows = standing_on(a_yielding("a", Yields.ELASTIC, min_replicas=4))

    assert candidates(rows, [row.takeover for row in rows], floors(rows, ())) == []


def split(*shares: Placement) -> tuple[Environment, tuple[Row, ...]]:
    environment = an_environment(a_yielding("a", Yields.ELASTIC, min_replicas=3))
    return environment, rows_of(environment, shares)


def test_the_rows_of_a_split_side_keep_the_smallest_number_together_in_order_of_pool() -> None:
    _, rows = split(
        a_placement("bj-b-kunpeng", workload="a", replicas=2, replicas_on_takeover=2),
        a_placement("bj-b-hygon", workload="a", replicas=2, replicas_on_takeover=2),
        a_placement("bj-a-hygon", workload="a", role=Role.WARM, replicas=2, replicas_on_takeover=4),
    )

    kept = floors(rows, ())

    assert {key[2:]: count for key, count in kept.items()} == {
        ("primary", "bj-b-hygon"): 2,
        ("primary", "bj-b-kunpeng"): 1,
        ("warm", "bj-a-hygon"): 3,
    }


@pytest.mark.parametrize(
    ("yields", "role", "kept"),
    [
        (Yields.NEVER, Role.PRIMARY, 4),
        (Yields.PREEMPTIBLE, Role.PRIMARY, 0),
        (Yields.PREEMPTIBLE, Role.BACKUP, 4),
        (Yields.PREEMPTIBLE, Role.MEMBER, 4),
        (Yields.ELASTIC, Role.COLD, 2),
    ],
)
def test_copies_and_members_keep_everything(yields: Yields, role: Role, kept: int) -> None:
    component = a_component(replicas=4, yields=yields, min_replicas=2)

    assert floor(component, role, 4, needed=False) == kept
