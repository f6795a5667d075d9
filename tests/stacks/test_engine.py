from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.leased import Carrying, a_leased_cloud, a_leased_plan

from cmp.clouds.binding import bind
from cmp.clouds.opening import open_cloud
from cmp.errors import Refused
from cmp.model.estate import CloudBinding
from cmp.model.events import Operation, OperationPhase, ResourceProgress
from cmp.model.plan import Plan
from stacks.engine.guard import NOTHING, Agreement
from stacks.engine.operations import outputs, preview, refresh, stacks_of, up
from stacks.engine.removing import destroy
from stacks.engine.results import StackResult
from stacks.names import Project

pytestmark = pytest.mark.engine

SERVERS = ["tax-web-primary-bj-a-hygon-1", "tax-web-primary-bj-a-hygon-2"]


def apply(
    carrying: Carrying, plan: Plan, agreed: Agreement = NOTHING, told: list[ResourceProgress] | None = None
) -> Sequence[StackResult]:
    report = told.append if told is not None else lambda _: None
    return up(carrying.place, plan, preview(carrying.place, plan), report, agreed)


def errors(results: Sequence[StackResult]) -> list[str]:
    return [f"{result.name}: {result.error}" for result in results if result.error]


def changed(results: Sequence[StackResult]) -> int:
    return sum(result.changes.total for result in results)


def test_a_plan_is_carried_out_once_and_then_nothing_changes_until_it_is_taken_down(
    carrying: Carrying,
) -> None:
    plan, told = a_leased_plan(), list[ResourceProgress]()

    first = apply(carrying, plan, told=told)

    assert errors(first) == []
    assert [result.name for result in first] == list(stacks_of(plan))
    assert carrying.listed("bj-a") == SERVERS
    assert {
        step.name for step in told if step.phase is OperationPhase.DONE and step.kind == "instance"
    } >= set(SERVERS)
    assert {
        path.relative_to(carrying.place.copies).as_posix() for path in carrying.place.copies.rglob("*.json")
    } == {
        f"{center}/{project}/engine.{stack}.json"
        for center in ("bj-a", "bj-b")
        for project in (Project.FOUNDATION, Project.WORKLOADS)
        for stack in ("bj-a", "bj-b")
    }

    again = preview(carrying.place, plan)
    assert errors(again) == []
    assert changed(again) == 0
    exported = outputs(carrying.place, "engine")
    assert sorted(exported[stacks_of(plan)[2]]["servers"]) == SERVERS

    down = destroy(carrying.place, "engine")
    assert errors(down) == []
    assert [carrying.listed(center, kind) for center in ("bj-a", "bj-b") for kind in ("instance", "vpc")] == [
        []
    ] * 4
    assert outputs(carrying.place, "engine") == {}


def test_what_vanished_is_brought_back_and_deletions_wait_for_somebody_to_agree(carrying: Carrying) -> None:
    plan, fewer = (a_leased_plan(replicas, centers=("bj-a",)) for replicas in (3, 1))
    apply(carrying, plan)
    cloud = open_cloud(bind(a_leased_cloud("bj-a"), carrying.place.access))
    lost = next(found for found in cloud.list() if found.kind == "instance")
    cloud.noun("instance").delete(lost.id)

    told = refresh(carrying.place, "engine", dry=True)
    repaired = apply(carrying, plan)

    seen = [change for result in told for change in result.planned]
    assert [change.name for change in seen if change.operation is Operation.DELETE] == [lost.name]
    assert changed(repaired) == 1
    assert lost.name in carrying.listed("bj-a")

    more = preview(carrying.place, a_leased_plan(4, centers=("bj-a",)))
    by_name = [
        (change.operation, change.name)
        for result in more
        for change in result.planned
        if change.operation is not Operation.SAME and not change.retagged
    ]
    assert by_name == [(Operation.CREATE, "tax-web-primary-bj-a-hygon-4")]
    assert sum(result.changes.retagged for result in more) >= 3

    with pytest.raises(Refused, match=r"workloads/engine\.bj-a would delete 2 of 3 resources"):
        apply(carrying, fewer)
    assert len(carrying.listed("bj-a")) == 3

    apply(carrying, fewer, Agreement(deletions=2))
    assert carrying.listed("bj-a") == SERVERS[:1]


def test_a_firewall_leaves_after_the_servers_that_stand_behind_it(carrying: Carrying) -> None:
    plan, told = a_leased_plan(centers=("bj-a",)), list[ResourceProgress]()
    apply(carrying, plan)

    empty = plan.model_copy(update={"placements": (), "security_groups": ()}).sealed()
    results = apply(carrying, empty, Agreement(deletions=10), told)

    assert errors(results) == []
    gone = [
        step.kind for step in told if step.operation is Operation.DELETE and step.phase is OperationPhase.DONE
    ]
    assert gone == ["instance", "instance", "securitygroup"]
    assert carrying.listed("bj-a", "security_group") == []
    assert carrying.listed("bj-a", "vpc") == ["engine.bj-a-leased.internet"]


def test_a_policy_stops_the_preview_and_the_change(carrying: Carrying) -> None:
    plan = a_leased_plan(ports=(443, 22), centers=("bj-a",))

    seen = preview(carrying.place, plan)
    done = up(carrying.place, plan, seen)

    broken = [finding for result in seen for finding in result.violations]
    assert {(finding.policy, finding.level) for finding in broken} == {
        ("management-stays-inside", "mandatory")
    }
    assert "port 22 (SSH)" in broken[0].message
    assert {type(result.error) for result in done} == {Refused}
    assert carrying.listed("bj-a", "security_group") == []


def test_one_center_that_cannot_be_reached_leaves_the_others_to_complete(carrying: Carrying) -> None:
    lost = a_leased_cloud("bj-b", binding=CloudBinding(profile="nobody", region="us-west-2"))

    results = apply(carrying, a_leased_plan(clouds={"bj-b": lost}))

    assert {str(result.name) for result in results if result.error} == {
        "foundation/engine.bj-b",
        "workloads/engine.bj-b",
    }
    assert carrying.listed("bj-a") == SERVERS
