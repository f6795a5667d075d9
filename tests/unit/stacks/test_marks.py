"""A stack is known without its engine only where nothing at all about it is in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.containers_plan import CLUSTER, a_containers_plan, a_front, an_index
from support.small_plan import a_small_plan

from cmp.clouds.binding import Files
from cmp.errors import TryLater
from cmp.model.apply_journal import StackMark
from cmp.model.plan import Plan
from cmp.model.policy import Policy, RuleLevel, Waiver
from stacks.engine.marks import Marking
from stacks.engine.results import StackResult, Violation
from stacks.engine.workplace import Workplace
from stacks.names import Project, StackName
from toolchain.engine import Engine
from toolchain.shelf import Origin

TODAY = date(2026, 3, 2)
GROUND = StackName(Project.FOUNDATION, "test", "bj-a")
STACK = StackName(Project.WORKLOADS, "test", "bj-a")
IN_CLUSTER = StackName(Project.WORKLOADS, "test", CLUSTER)


def a_place(folder: Path) -> Workplace:
    engine = Engine(folder / "pulumi", None, "3.259.0", Origin.PATH, folder)
    return Workplace(engine, folder / "state", Files(made_up_secrets=folder / "secrets"))


def a_resource(name: str, plan: str, **more: Any) -> dict[str, Any]:
    kind = "tricenter:openstack:Server"
    urn = f"urn:pulumi:test.bj-a::tricenter-workloads::{kind}::{name}"
    return {"urn": urn, "type": kind, "custom": True, "inputs": {"tags": {"plan": plan}}, **more}


def write(place: Workplace, name: StackName, *resources: dict[str, Any], **more: Any) -> Path:
    """The file in which the engine keeps a stack."""
    file = place.folder / ".pulumi" / "stacks" / name.project.full / f"{name.short}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources, **more}}}))
    return file


@pytest.fixture
def marking(tmp_path: Path) -> Marking:
    """A small Plan whose servers stand."""
    plan = a_small_plan()
    found = Marking(a_place(tmp_path), plan, TODAY)
    write(found.place, GROUND)
    write(found.place, STACK, a_resource("one", plan.hash), a_resource("two", plan.hash), *_unmarked())
    return found


def _unmarked() -> tuple[dict[str, Any], ...]:
    """What carries no tag of a Plan, and what is the engine's own."""
    flavor = a_resource("flavor", "") | {"inputs": {}}
    provider = {"urn": "urn:a::b::pulumi:providers:x::c", "type": "pulumi:providers:x", "custom": True}
    return flavor, provider


def marked(marking: Marking) -> StackMark:
    mark = marking.of(StackResult(STACK))
    assert mark is not None
    return mark


def another(plan: Plan, **changes: Any) -> Plan:
    """A later Plan: its hash differs at least."""
    return plan.changed(inputs_hash="another", **changes).sealed()


def known(before: Marking, mark: StackMark, after: Marking) -> StackResult | None:
    return after.only_retagged({STACK: mark}, before.plan.hash).get(STACK)


def test_what_only_gets_another_tag_is_counted_in_the_state(marking: Marking) -> None:
    later = replace(marking, plan=another(marking.plan))

    found = known(marking, marked(marking), later)

    assert found is not None
    assert not found.asked
    assert (found.changes.update, found.changes.retagged, found.changes.same) == (2, 2, 1)
    assert {change.name for change in found.planned if change.retagged} == {"one", "two"}


def test_what_changes_elsewhere_leaves_a_stack_known(marking: Marking) -> None:
    elsewhere = tuple(row for row in marking.plan.placements if row.center != "bj-b")

    later = replace(marking, plan=another(marking.plan, placements=elsewhere))

    assert known(marking, marked(marking), later) is not None


def test_a_changed_row_is_asked_about(marking: Marking) -> None:
    grown = tuple(row.changed(replicas=row.replicas + 1) for row in marking.plan.placements)

    later = replace(marking, plan=another(marking.plan, placements=grown))

    assert known(marking, marked(marking), later) is None


def _pending(marking: Marking) -> None:
    held = a_resource("one", marking.plan.hash)
    write(marking.place, STACK, held, pending_operations=[{"type": "creating"}])


def _written(marking: Marking) -> None:
    write(marking.place, STACK, a_resource("one", marking.plan.hash))


def _ground_written(marking: Marking) -> None:
    write(marking.place, GROUND, a_resource("net", marking.plan.hash))


def _locked(marking: Marking) -> None:
    folder = marking.place.folder / ".pulumi/locks/organization/tricenter-workloads/test.bj-a"
    folder.mkdir(parents=True)
    (folder / "5d1c.json").write_text("{}")


def _gone(marking: Marking) -> None:
    write(marking.place, STACK).unlink()


def _torn(marking: Marking) -> None:
    write(marking.place, STACK).write_text("{")


@pytest.mark.parametrize("touch", [_pending, _written, _ground_written, _locked, _gone, _torn])
def test_a_state_that_is_not_as_it_was_left_is_asked_about(
    marking: Marking, touch: Callable[[Marking], None]
) -> None:
    mark = marked(marking)

    touch(marking)

    assert known(marking, mark, replace(marking, plan=another(marking.plan))) is None


def test_a_state_of_which_nobody_can_say_that_it_is_at_rest_gets_no_mark(marking: Marking) -> None:
    _pending(marking)

    assert marking.of(StackResult(STACK)) is None


def test_a_state_that_another_plan_left_is_asked_about(marking: Marking) -> None:
    later = replace(marking, plan=another(marking.plan))

    assert later.only_retagged({STACK: marked(marking)}, "0" * 64) == {}


def test_another_engine_other_access_or_a_state_elsewhere_is_asked_about(marking: Marking) -> None:
    mark, place = marked(marking), marking.place
    others = (
        replace(place, engine=replace(place.engine, version="3.260.0")),
        replace(place, access=Files(clouds=Path("clouds.yaml"))),
        replace(place, backend="s3://states"),
    )

    later = [replace(marking, place=other, plan=another(marking.plan)) for other in others]

    assert [known(marking, mark, each) for each in later] == [None] * len(others)


def test_what_failed_or_what_a_policy_spoke_of_gets_no_mark(marking: Marking) -> None:
    note = Violation("level", RuleLevel.ADVISORY, "one", "it is waived")

    assert marking.of(StackResult(STACK, violations=(note,))) is None
    assert marking.of(StackResult(STACK, error=TryLater("it does not answer"))) is None


def test_a_waiver_that_has_ended_since_is_asked_about(marking: Marking) -> None:
    waiver = Waiver(rule="level", resource="one", owner="affairs", reason="it moves soon", until=TODAY)
    policy = Policy(waivers=(waiver,))
    plan = another(marking.plan, environment=marking.plan.environment.changed(policy=policy))
    now = replace(marking, plan=plan)
    write(marking.place, STACK, a_resource("one", plan.hash))
    mark = marked(now)

    later = replace(now, plan=plan.changed(inputs_hash="later").sealed())

    assert known(now, mark, later) is not None
    assert known(now, mark, replace(later, today=date(2026, 3, 3))) is None


def test_what_a_cluster_runs_is_known_until_a_secret_or_an_object_of_it_changes(tmp_path: Path) -> None:
    plan = a_containers_plan()
    marking = Marking(a_place(tmp_path), plan, TODAY)
    write(marking.place, IN_CLUSTER)
    mark = marking.of(StackResult(IN_CLUSTER))
    changed = a_containers_plan(a_front(config={"COLOUR": "blue"}), an_index())

    assert mark is not None
    assert replace(marking, plan=another(plan)).of(StackResult(IN_CLUSTER)) == mark
    assert replace(marking, plan=another(changed)).of(StackResult(IN_CLUSTER)) != mark
    other = replace(marking.place, access=Files(made_up_secrets=tmp_path / "other"))
    assert replace(marking, place=other).of(StackResult(IN_CLUSTER)) != mark
