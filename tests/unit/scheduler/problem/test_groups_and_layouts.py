"""Groups join what must share its centers; layouts are what the grades' geometry allows."""

from __future__ import annotations

from support.builders import (
    a_component,
    a_dependency,
    a_link,
    a_talk,
    a_workload,
    an_environment,
)

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.layouts import layouts_of


def names(environment: Environment) -> list[tuple[str, ...]]:
    return [group.members for group in groups_of(environment)]


def centers(environment: Environment) -> set[tuple[str, ...]]:
    """Home and the further centers of each layout of the first group, in order of grade and role."""
    found = layouts_of(groups_of(environment)[0], environment)
    return {(each.home, *(each.sides[key] for key in sorted(each.sides))) for each in found}


def test_workloads_without_ties_are_groups_of_their_own() -> None:
    assert names(an_environment(a_workload("two"), a_workload("one"))) == [("one",), ("two",)]


def test_together_with_joins_across_workloads() -> None:
    tied = a_workload("one", components=(a_component(together_with=("two/web",)),))

    assert names(an_environment(tied, a_workload("two"), a_workload("three"))) == [("one", "two"), ("three",)]


def test_ties_join_in_chains() -> None:
    first = a_workload("a", components=(a_component(together_with=("b/web",)),))
    last = a_workload("c", components=(a_component(together_with=("b/web",)),))

    assert names(an_environment(first, a_workload("b"), last)) == [("a", "b", "c")]


def test_a_round_trip_that_no_link_meets_joins() -> None:
    near = a_workload(
        "near", components=(a_component(talks_to=(a_talk("web", workload="db", max_rtt_ms=1.0),)),)
    )
    far = a_workload("far", depends_on=(a_dependency("db", max_rtt_ms=2.0),))

    assert names(an_environment(near, far, a_workload("db"))) == [("db", "near"), ("far",)]


def test_a_copy_lies_in_another_center() -> None:
    assert centers(an_environment(a_workload(grade=1))) == {
        (home, other)
        for home in ("bj-a", "bj-b", "gy-c")
        for other in ("bj-a", "bj-b", "gy-c")
        if home != other
    }


def test_grade_five_stands_in_one_city_with_its_copy_elsewhere() -> None:
    assert centers(an_environment(a_workload(grade=5))) == {
        ("bj-a", "gy-c", "bj-b"),
        ("bj-b", "gy-c", "bj-a"),
    }


def test_grade_five_has_no_layout_without_a_synchronous_link() -> None:
    environment = an_environment(a_workload(grade=5), links=(a_link(),))

    assert centers(environment) == set()


def test_a_group_of_several_grades_shares_its_first_takeover_center() -> None:
    high = a_workload("high", grade=6, components=(a_component(together_with=("low/web",)),))
    environment = an_environment(high, a_workload("low", grade=3))

    for layout in layouts_of(groups_of(environment)[0], environment):
        assert layout.center(3, Role.COLD) == layout.center(6, Role.ACTIVE)
        assert layout.center(6, Role.WARM) == "gy-c"
