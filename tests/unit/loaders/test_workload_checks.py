"""Workloads among each other: what is allowed although it looks odd, and what no text of the format shows."""

from __future__ import annotations

from support.builders import a_component, a_dependency, a_framework, a_network, a_talk, a_workload

from cmp.loaders.checks.workloads import Peers, check_workloads
from cmp.model.codes import Code
from cmp.model.finding import Finding
from cmp.model.recovery import RecoveryFramework
from cmp.model.workload import Mode, Workload


def findings(*workloads: Workload, recovery: RecoveryFramework | None = None) -> list[Finding]:
    peers = Peers(workloads, frozenset())
    return list(check_workloads(peers, a_network(), recovery or a_framework()))


def test_workloads_may_depend_on_each_other_in_a_circle() -> None:
    first = a_workload("first", depends_on=(a_dependency("second"),))
    second = a_workload("second", depends_on=(a_dependency("first"),))

    assert findings(first, second) == []


def test_a_degraded_dependency_may_promise_less() -> None:
    portal = a_workload("portal", grade=5, depends_on=(a_dependency("search", mode=Mode.DEGRADED),))
    search = a_workload("search", grade=1)

    assert findings(portal, search) == []


def test_a_hard_dependency_of_the_same_promise_but_lower_grade_is_allowed() -> None:
    portal = a_workload("portal", grade=5, depends_on=(a_dependency("search"),))

    assert findings(portal, a_workload("search", grade=3)) == []


def test_a_workload_that_promises_a_location_needs_one_that_does_so_too() -> None:
    portal = a_workload("portal", grade=6, depends_on=(a_dependency("search"),))

    [finding] = findings(portal, a_workload("search", grade=5))

    assert finding.code is Code.WEAKER_PROMISE
    assert finding.path == ("workloads", 0, "depends_on", 0)
    assert "a location" in finding.message


def test_a_grade_that_the_framework_does_not_define_is_told() -> None:
    whole = a_framework()
    small = whole.model_copy(update={"grades": whole.grades[:3]})

    [finding] = findings(a_workload(grade=5), recovery=small)

    assert finding.code is Code.UNKNOWN_GRADE
    assert finding.path == ("workloads", 0, "recovery", "grade")


def test_components_may_talk_within_themselves() -> None:
    member = a_component("member", talks_to=(a_talk("member", 2380),))

    assert findings(a_workload(components=(member,))) == []
