"""A part of a Plan is named by clouds and workloads, journalled as such, and never taken for the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at
from support.small_plan import KUBERNETES, a_small_plan
from support.stacks_in_memory import MemoryStacks

from cmp.clouds.base import Resource
from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.apply_journal import ApplyState, ApplyStep
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.services.carrying_out.parts import part_of
from cmp.services.carrying_out.steps import Carrier, do_step, next_step, opened
from cmp.services.changes.changing import changing
from cmp.services.verifying.differences import Consequence, Difference
from cmp.services.verifying.parts import clouds_of_part, of_part
from cmp.store.memory_ports import memory_ports

MEMORIAL = Part(workloads=frozenset({"memorial"}))
IDENTITY = Part(workloads=frozenset({"identity"}))


@pytest.fixture
def means(tmp_path: Path) -> Means:
    found = means_at(tmp_path, heard=Heard(), left_out=frozenset({"kubernetes"}))
    return replace(found, ports=memory_ports(found.now))


@pytest.fixture
def small() -> Plan:
    return a_small_plan()


def carried_out(means: Means, plan: Plan, part: Part, steps: int = len(ApplyStep)) -> ApplyState:
    with changing(means, means.actor, plan.environment.name, "apply") as change:
        stacks = MemoryStacks(plan)
        carrier = Carrier(plan, means, change, lambda: stacks, part=part)
        journal = opened(carrier)
        for _ in range(steps):
            if (number := next_step(journal)) is not None:
                journal = do_step(journal, number, carrier)
        return journal.state


def test_clouds_and_workloads_are_told_apart_by_what_the_plan_has(small: Plan, means: Means) -> None:
    assert part_of(small, ("memorial", KUBERNETES), means) == Part(
        frozenset({KUBERNETES}), frozenset({"memorial"})
    )
    assert part_of(small, (), means) == WHOLE
    assert part_of(small, (f"cloud:{KUBERNETES}",), means) == Part(clouds=frozenset({KUBERNETES}))


@pytest.mark.parametrize(
    ("name", "said"), [("memorail", "no cloud.*no workload"), ("workload:bj-a-k8s", "no cloud.*no workload")]
)
def test_what_names_nothing_is_refused(small: Plan, means: Means, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        part_of(small, (name,), means)


def test_a_name_near_by_is_offered(small: Plan, means: Means) -> None:
    with pytest.raises(Invalid) as refused:
        part_of(small, ("memorail",), means)

    assert refused.value.hint == "did you mean memorial?"


def test_a_workload_that_left_the_estate_can_still_be_named(small: Plan, means: Means) -> None:
    without = small.environment.model_copy(
        update={"workloads": tuple(each for each in small.environment.workloads if each.id != "memorial")}
    )
    means.ports.applied.record(small, complete=True)

    assert part_of(small.model_copy(update={"environment": without}), ("memorial",), means) == MEMORIAL


def test_a_part_has_its_rows_its_rules_and_the_networks_that_it_stands_in(small: Plan) -> None:
    found = MEMORIAL.of(small)

    assert {row.workload for row in found.placements} == {"memorial"}
    assert {group.workload for group in found.security_groups} == {"memorial"}
    assert {(each.cloud, each.zone) for each in found.networks} == {
        ("gy-c-pub", "internet"),
        ("bj-b-gov", "internet"),
    }
    assert found.hash == small.hash
    assert WHOLE.of(small) is small


def test_a_part_is_never_on_record_as_the_whole(means: Means, plan: Plan) -> None:
    name = plan.environment.name
    state = carried_out(means, plan, IDENTITY)

    last = means.ports.applied.last(name)
    assert state is ApplyState.DONE
    assert last is not None
    assert not last.complete


def test_repairing_a_part_of_what_was_carried_out_whole_leaves_it_whole(means: Means, plan: Plan) -> None:
    carried_out(means, plan, WHOLE)

    carried_out(means, plan, IDENTITY)

    last = means.ports.applied.last(plan.environment.name)
    assert last is not None
    assert last.complete


def test_the_whole_does_not_go_on_with_the_journal_of_a_part(means: Means, plan: Plan) -> None:
    carried_out(means, plan, IDENTITY, steps=5)
    part = means.ports.applied.journal(plan.environment.name)

    carried_out(means, plan, WHOLE)

    whole = means.ports.applied.journal(plan.environment.name)
    assert part is not None
    assert whole is not None
    assert part.has_begun
    assert part.only == IDENTITY.named
    assert whole.only == ()
    assert whole.state is ApplyState.DONE


def test_of_what_comparing_finds_a_part_tells_its_own(small: Plan) -> None:
    server = "memorial-web-primary-gy-c-intel-1"
    found = tuple(
        Difference(cloud, kind, name, "presence", "there", "missing", Consequence.SERVICE)
        for cloud, kind, name in (
            ("gy-c-pub", "server", server),
            ("bj-a-gov", "server", "marriage-db-primary-bj-a-kunpeng-1"),
            ("gy-c-pub", "instance", "left-over"),
            ("gy-c-pub", "instance", "of-others"),
        )
    )
    listed = [
        Resource("gy-c-pub", "instance", name, name, managed=True, tags={"workload": workload})
        for name, workload in (("left-over", "memorial"), ("of-others", "marriage"))
    ]

    told = of_part(MEMORIAL, small, listed, found)

    assert [each.resource for each in told] == [server, "left-over"]
    assert clouds_of_part(MEMORIAL, small) == {"gy-c-pub", "bj-b-gov"}
    assert of_part(WHOLE, small, listed, found) == found
