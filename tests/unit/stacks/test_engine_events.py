from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation import CommandResult, EngineEvent
from pulumi.automation.errors import CommandError

from cmp.errors import CmpError, Conflict, Interrupted, Invalid, NothingFits, Refused
from cmp.model.events import Operation, OperationPhase, ResourceProgress
from cmp.model.policy import RuleLevel
from stacks.engine.events import Recorder
from stacks.engine.reasons import why
from stacks.engine.results import Changes, Violation
from stacks.names import Project, StackName

NAME = StackName(Project.WORKLOADS, "lab", "bj-a")
URN = "urn:pulumi:lab.bj-a::tricenter-workloads::tricenter:compute:Service$tricenter:openstack:Server::tax-1"
SERVER = "tricenter:openstack:Server"
STACK = "urn:pulumi:lab.bj-a::tricenter-workloads::pulumi:pulumi:Stack::tricenter-workloads-lab.bj-a"


def a_step(phase: str, operation: str = "create", *, custom: bool = True, **changes: Any) -> EngineEvent:
    state = {
        "type": "tricenter:openstack:Server",
        "urn": URN,
        "custom": custom,
        "inputs": {"tags": {"grade": "5"}},
    }
    step = {"op": operation, "urn": URN, "type": "tricenter:openstack:Server", "provider": "", "new": state}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, phase: {"metadata": step | changes}})


def a_message(text: str, severity: str = "error", urn: str = URN) -> EngineEvent:
    said = {"message": text, "severity": severity, "color": "never", "urn": urn}
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": said})


def a_finding(level: str = "mandatory", urn: str = URN) -> EngineEvent:
    found = {
        "message": "port 22 is open\n",
        "policyName": "management-stays-inside",
        "enforcementLevel": level,
    }
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "policyEvent": found | {"resourceUrn": urn}})


def heard(*events: EngineEvent) -> tuple[Recorder, list[ResourceProgress]]:
    told: list[ResourceProgress] = []
    recorder = Recorder(NAME, told.append)
    for event in events:
        recorder.take(event)
    return recorder, told


def reason(*events: EngineEvent, stderr: str = "") -> CmpError:
    return why(NAME, heard(*events)[0], CommandError(CommandResult("", stderr, 255)))


def test_an_operation_is_told_when_it_begins_and_when_it_ends() -> None:
    recorder, told = heard(a_step("resourcePreEvent"), a_step("resOutputsEvent"))

    assert told == [
        ResourceProgress(str(NAME), Operation.CREATE, "server", "tax-1", OperationPhase.STARTED),
        ResourceProgress(str(NAME), Operation.CREATE, "server", "tax-1", OperationPhase.DONE),
    ]
    assert Changes.count(recorder.changes) == Changes(create=1)
    assert recorder.changes[0].tags == {"grade": "5"}


def test_an_operation_that_failed_is_told_and_not_counted() -> None:
    recorder, told = heard(a_step("resourcePreEvent"), a_step("resOpFailedEvent"))

    assert told[-1].phase is OperationPhase.FAILED
    assert recorder.changes == ()


def test_what_stays_the_same_is_counted_and_not_told() -> None:
    recorder, told = heard(a_step("resourcePreEvent", "same"), a_step("resOutputsEvent", "same"))

    assert told == []
    assert Changes.count(recorder.changes) == Changes(same=1)


def test_the_parts_of_a_replacement_count_once() -> None:
    parts = ("delete-replaced", "replace", "create-replacement")

    recorder, _ = heard(*(a_step("resOutputsEvent", part) for part in parts))

    assert Changes.count(recorder.changes) == Changes(replace=1)


@pytest.mark.parametrize("operation", ["refresh", "read"])
def test_looking_is_no_change(operation: str) -> None:
    assert heard(a_step("resOutputsEvent", operation))[0].changes == ()


def test_components_and_the_engines_own_resources_are_not_counted() -> None:
    component = a_step("resOutputsEvent", custom=False)
    provider = a_step("resOutputsEvent", type="pulumi:providers:tricenter")

    assert heard(component, provider)[0].changes == ()


@pytest.mark.parametrize(
    ("before", "after", "fields", "retagged"),
    [
        ({"plan": "a", "role": "warm"}, {"plan": "b", "role": "warm"}, ["tags"], True),
        ({"plan": "a", "role": "warm"}, {"plan": "b", "role": "active"}, ["tags"], False),
        ({"plan": "a"}, {"plan": "b"}, ["tags", "flavor"], False),
        ({"plan": "a"}, {"plan": "a"}, ["tags"], False),
        ({"role": "warm"}, {"role": "cold"}, ["tags"], False),
        ({}, {}, ["flavor"], False),
    ],
)
def test_an_update_that_carries_another_plans_tag_alone_is_known(
    before: dict[str, str], after: dict[str, str], fields: list[str], retagged: bool
) -> None:
    old, new = (
        {"type": SERVER, "urn": URN, "custom": True, "inputs": {"tags": tags}} for tags in (before, after)
    )

    recorder, _ = heard(a_step("resOutputsEvent", "update", old=old, new=new, diffs=fields))

    assert recorder.changes[0].retagged is retagged
    assert Changes.count(recorder.changes) == Changes(update=1, retagged=int(retagged))


def test_messages_name_their_resource_and_noise_is_left_out() -> None:
    recorder, _ = heard(
        a_message("try-later: cloud bj-a: busy\n"),
        a_message("using pulumi-resource-tricenter from $PATH", "warning", STACK),
        a_message("registering resource", "debug"),
        a_message("update failed", "error", STACK),
    )

    assert recorder.errors == ["tax-1: try-later: cloud bj-a: busy"]
    assert recorder.warnings == []


def test_a_finding_is_kept_once_with_its_level_and_resource() -> None:
    recorder, _ = heard(a_finding(), a_finding(), a_finding("advisory", STACK))

    assert recorder.violations == [
        Violation("management-stays-inside", RuleLevel.MANDATORY, "tax-1", "port 22 is open"),
        Violation("management-stays-inside", RuleLevel.ADVISORY, "", "port 22 is open"),
    ]


def test_a_broken_policy_is_a_refusal_whatever_else_went_wrong() -> None:
    error = reason(a_message("try-later: cloud bj-a: busy"), a_finding())

    assert type(error) is Refused
    assert str(error) == "workloads/lab.bj-a: policy forbids it: tax-1: port 22 is open"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("refused: cloud bj-a: create server: quota", Refused),
        ("nothing-fits: cloud bj-a: create server: no valid host", NothingFits),
        ("invalid: `cidr` of tricenter:openstack:Subnet", Invalid),
        ("conflict: cloud bj-a: delete network: in use", Conflict),
        ("try-later: cloud bj-a: nobody answers", Interrupted),
        ("rpc error: connection reset", Interrupted),
    ],
)
def test_what_a_cloud_said_decides_whether_trying_again_helps(said: str, kind: type[CmpError]) -> None:
    error = reason(a_message(said))

    assert type(error) is kind
    assert said in str(error)


def test_without_a_message_the_engines_last_line_is_the_reason() -> None:
    assert str(reason(stderr="warning: x\nerror: no space left on device\n")).endswith(
        "no space left on device"
    )


@pytest.mark.parametrize("custom", [True, False])
def test_everything_that_leaves_is_remembered_components_too(custom: bool) -> None:
    recorder, _ = heard(
        a_step("resOutputsEvent", "delete", custom=custom), a_step("resOutputsEvent", "update")
    )

    assert recorder.leaving == [URN]


def test_what_two_runs_did_adds_up() -> None:
    first, later = Changes(create=1, update=2, same=5, retagged=1), Changes(delete=2, same=8)

    assert first + later == Changes(create=1, update=2, delete=2, same=5, retagged=1)


def test_a_page_of_words_becomes_one_line() -> None:
    said = str(reason(a_message("no way:\n" + "  because of this\n" * 100)))

    assert "\n" not in said
    assert "no way: because of this" in said
    assert len(said) < 600


@pytest.mark.parametrize(
    ("ways", "retagged"),
    [
        (("metadata.annotations.tricenter/plan",), True),
        (("metadata.annotations.tricenter/plan", "spec.replicas"), False),
        (("metadata.annotations.tricenter/grade",), False),
    ],
)
def test_an_object_that_only_follows_another_plan_is_retagged(
    ways: tuple[str, ...], *, retagged: bool
) -> None:
    detailed = {way: {"diffKind": "update", "inputDiff": True} for way in ways}
    recorder, _ = heard(a_step("resOutputsEvent", "update", detailedDiff=detailed))

    (change,) = recorder.changes
    assert (change.retagged, change.fields) == (retagged, ways)
