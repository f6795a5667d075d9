"""Two centers without a link are not connected: what needs both is refused, a lost link cuts it off."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_component, a_dependency, a_link, a_plan, a_talk, a_workload, an_environment

from cmp.model.environment import Environment
from cmp.model.estate import Link
from cmp.model.plan import Plan
from cmp.model.recovery import Failure
from cmp.model.workload import Component, Data, Mode, Quorum, Require, Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.survival.proving import prove
from cmp.verifier.checking import check

TOWN = a_link(synchronous=True)
"""bj-a and bj-b are linked; gy-c stands alone."""
STAR = (TOWN, a_link("bj-a", "gy-c", rtt_ms=38.0))
"""bj-b and gy-c reach each other through bj-a only."""


def at(*centers: str, **changes: Any) -> Component:
    return a_component(require=Require(centers=centers), **changes)


def asked(center: str, **changes: Any) -> Workload:
    return a_workload("identity", grade=1, components=(at(center),), **changes)


def asking(center: str, **changes: Any) -> Workload:
    usual: dict[str, Any] = {"grade": 1, "components": (at(center),)}
    return a_workload(**usual | changes)


def quorum(*centers: str) -> Component:
    return a_component(
        "node",
        replicas=3,
        quorum=Quorum(members=3, per_center=1, needed=2),
        require=Require(centers=centers),
    )


def environment(*workloads: Workload, links: tuple[Link, ...] = (TOWN,)) -> Environment:
    return an_environment(*workloads, links=links)


def plan_of(given: Environment) -> Plan:
    return schedule(given).to_prove(given, a_plan().origin)


NEEDS = (a_dependency(),)
STORED = Data(gib=10)
CASES: dict[str, Environment] = {
    "who depends hard on another": environment(asking("gy-c", depends_on=NEEDS), asked("bj-a")),
    "who goes on with less": environment(
        asking("gy-c", depends_on=(a_dependency(mode=Mode.DEGRADED),)), asked("bj-a")
    ),
    "who depends within a bound that any link meets": environment(
        asking("gy-c", depends_on=(a_dependency(max_rtt_ms=1e6),)), asked("bj-a")
    ),
    "a flow without a bound": environment(
        asking(
            "gy-c",
            components=(
                at(
                    "gy-c",
                    talks_to=(a_talk("web", workload="identity"),),
                ),
            ),
        ),
        asked("bj-a"),
    ),
    "through a third center": environment(asking("gy-c", depends_on=NEEDS), asked("bj-b"), links=STAR),
    "no links at all": environment(asking("gy-c", depends_on=NEEDS), asked("bj-a"), links=()),
    "a copy of data": environment(
        asking("gy-c", grade=2, components=(at("gy-c", data=STORED),)),
    ),
    "a side that takes over": environment(
        asking(
            "gy-c",
            grade=3,
            components=(at("gy-c", "bj-a"),),
        ),
    ),
    "members of a quorum": environment(asking("gy-c", components=(quorum("bj-a", "bj-b", "gy-c"),))),
    "members of a quorum around one center": environment(
        asking("gy-c", components=(quorum("bj-a", "bj-b", "gy-c"),)), links=STAR
    ),
    "a flow to members of a quorum": environment(
        asking("gy-c", depends_on=NEEDS),
        a_workload(
            "identity",
            grade=1,
            components=(
                a_component(
                    "node",
                    replicas=3,
                    quorum=Quorum(members=3, per_center=2, needed=2),
                    require=Require(centers=("bj-a", "bj-b")),
                ),
            ),
        ),
    ),
    "a copy once another center has taken over": environment(
        a_workload(grade=5, components=(a_component(data=STORED, stateful=True),)), links=STAR
    ),
}


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_what_needs_two_centers_without_a_link_is_refused_with_the_reason(given: Environment) -> None:
    plan = plan_of(given)

    told = {each.summary for each in plan.unplaced}
    assert told
    assert [summary for summary in told if "link" not in summary] == []


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_the_same_is_placed_where_the_centers_are_linked(given: Environment) -> None:
    links = (*STAR, a_link("bj-b", "gy-c", rtt_ms=39.0))
    whole = given.changed(estate=given.estate.changed(links=links))

    assert plan_of(whole).unplaced == ()


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_the_verifier_rejects_it_where_somebody_places_it_all_the_same(given: Environment) -> None:
    links = (*STAR, a_link("bj-b", "gy-c", rtt_ms=39.0))
    placed = plan_of(given.changed(estate=given.estate.changed(links=links)))

    found = check(placed.model_copy(update={"environment": given}).sealed())

    codes = {each.code for each in found}
    assert not codes.isdisjoint({"rtt", "side-unlinked", "quorum-unlinked", "link", "link-after"})


def test_who_may_stand_on_either_side_stands_beside_whom_it_needs() -> None:
    roaming = a_workload("identity", grade=1, components=(a_component(),))

    plan = plan_of(environment(asking("gy-c", depends_on=NEEDS), roaming))

    assert plan.unplaced == ()
    assert {row.center for row in plan.placements} == {"gy-c"}


def test_a_lone_center_carries_what_needs_nobody() -> None:
    assert plan_of(environment(asking("gy-c"), asked("bj-a"))).unplaced == ()


def test_a_dependency_is_not_followed_where_a_takeover_would_cut_it_off() -> None:
    """Normal time is linked; after the loss of bj-a both ends are apart."""
    needy = a_workload(
        grade=3,
        depends_on=NEEDS,
        components=(at("bj-a", "bj-b"),),
    )
    needed = a_workload(
        "identity",
        components=(at("bj-a", "gy-c"),),
    )

    assert plan_of(environment(needy, needed, links=STAR)).unplaced


def lost(plan: Plan, link: str) -> str:
    (found,) = prove(plan, [Failure.parse(f"link:{link}")]).failures
    return " | ".join((*found.shortfall, *found.notes))


def linked(*workloads: Workload) -> Plan:
    plan = plan_of(environment(*workloads, links=(*STAR, a_link("bj-b", "gy-c", rtt_ms=39.0))))
    assert plan.unplaced == ()
    return plan


def test_a_lost_link_names_who_is_cut_off_from_whom_it_asks_without_a_bound() -> None:
    plan = linked(asking("gy-c", depends_on=NEEDS), asked("bj-a"))

    assert "tax-api to identity from gy-c to bj-a has no link" in lost(plan, "bj-a/gy-c")
    assert lost(plan, "bj-a/bj-b") == ""


def test_a_lost_link_names_sides_that_nothing_is_brought_to() -> None:
    both = a_component(require=Require(centers=("bj-a", "gy-c")))
    plan = linked(a_workload(grade=3, components=(both,)))

    assert "tax-api: its cold side is cut off" in lost(plan, "bj-a/gy-c")


def test_a_lost_link_names_members_that_do_not_hear_each_other() -> None:
    plan = linked(asking("gy-c", components=(quorum("bj-a", "bj-b", "gy-c"),)))

    assert "tax-api/node: its members do not hear each other" in lost(plan, "bj-a/gy-c")
