"""What differs between the placements of two Plans is told: each kind, and nothing left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import a_placement, amounts

from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.services.planning.row_changes import row_changes

HYGON, KUNPENG, OTHER = "bj-a-hygon", "bj-a-kunpeng", "bj-b-hygon"


def rows(*counts: tuple[str, int], **changes: Any) -> tuple[Placement, ...]:
    """One side on pools with so many replicas each."""
    return tuple(
        a_placement(pool, replicas=count, replicas_on_takeover=count, **changes) for pool, count in counts
    )


def told(before: tuple[Placement, ...], after: tuple[Placement, ...]) -> list[tuple[Any, ...]]:
    """The changes in short."""
    found = row_changes(before, after)
    return [
        *(("new", row.pool, row.replicas) for row in found.new),
        *(("moved", row.source, row.to, row.replicas) for row in found.moved),
        *(("gone", row.pool, row.replicas) for row in found.gone),
        *(
            ("resized", row.pool, *((f.name, f.before, f.after) for f in row.figures))
            for row in found.resized
        ),
    ]


SUM_2_3 = (("replicas", 2, 3), ("replicas_on_takeover", 2, 3))
SUM_4_2 = (("replicas", 4, 2), ("replicas_on_takeover", 4, 2))


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (rows((HYGON, 2)), rows((HYGON, 2)), []),
        ((), rows((HYGON, 2)), [("new", HYGON, 2)]),
        (rows((HYGON, 2)), (), [("gone", HYGON, 2)]),
        (rows((HYGON, 2)), rows((OTHER, 2)), [("moved", HYGON, OTHER, 2)]),
        (rows((HYGON, 2)), rows((HYGON, 1), (OTHER, 1)), [("moved", HYGON, OTHER, 1)]),
        (rows((HYGON, 2)), rows((HYGON, 3)), [("resized", HYGON, *SUM_2_3)]),
        (rows((HYGON, 4)), rows((OTHER, 2)), [("moved", HYGON, OTHER, 2), ("resized", "", *SUM_4_2)]),
        (rows((HYGON, 2)), rows((HYGON, 2), (OTHER, 1)), [("new", OTHER, 1), ("resized", "", *SUM_2_3)]),
        (
            rows((HYGON, 0), role=Role.BACKUP),
            rows((OTHER, 0), role=Role.BACKUP),
            [("moved", HYGON, OTHER, 0)],
        ),
        (
            rows((HYGON, 2), image="web:1.0"),
            rows((HYGON, 2), image="web:1.1"),
            [("resized", HYGON, ("image", "web:1.0", "web:1.1"))],
        ),
    ],
)
def test_each_kind_of_change_is_told_as_what_it_is(
    before: tuple[Placement, ...], after: tuple[Placement, ...], changes: list[tuple[Any, ...]]
) -> None:
    assert told(before, after) == changes


def test_what_a_replica_takes_is_told_where_it_stays_and_where_it_moves() -> None:
    larger = amounts(memory_mib=65536)

    (stays,) = row_changes(rows((HYGON, 2)), rows((HYGON, 2), size=larger)).resized
    (moves,) = row_changes(rows((HYGON, 2)), rows((OTHER, 2), size=larger)).moved

    assert [each.name for each in stays.figures] == [each.name for each in moves.figures] == ["size"]
    assert stays.figures[0].after == larger


def a_row() -> st.SearchStrategy[Placement]:
    return st.builds(
        lambda pool, workload, role, replicas, takeover, image: a_placement(
            pool, workload=workload, role=role, replicas=replicas, replicas_on_takeover=takeover, image=image
        ),
        st.sampled_from((HYGON, KUNPENG, OTHER)),
        st.sampled_from(("tax-api", "portal")),
        st.sampled_from((Role.PRIMARY, Role.WARM)),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(("web:1.0", "web:1.1")),
    )


def a_few() -> st.SearchStrategy[list[Placement]]:
    return st.lists(a_row(), max_size=6, unique_by=lambda row: (row.workload, row.role, row.pool))


@settings(max_examples=200, deadline=None)
@given(before=a_few(), after=a_few())
def test_something_is_told_exactly_where_something_differs(
    before: list[Placement], after: list[Placement]
) -> None:
    by_key = [{(row.workload, row.role, row.pool): row for row in each} for each in (before, after)]

    assert row_changes(before, after).any is (by_key[0] != by_key[1])
    assert not row_changes(before, list(reversed(before))).any
