"""Records of objects by API versions of before are taken over: nothing is replaced, nothing forgotten."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.engine.api_versions import outdated, renewed

STACK = "urn:pulumi:lab.bj-a-k8s::tricenter-workloads::"
PROVIDER = f"{STACK}pulumi:providers:kubernetes::bj-a-k8s"
OLD_BUDGET = "kubernetes:policy/v1beta1:PodDisruptionBudget"
NEW_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
OLD_SCALER = "kubernetes:autoscaling/v2beta2:HorizontalPodAutoscaler"
NEW_SCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"


def a_record(type_: str, name: str, **changes: Any) -> dict[str, Any]:
    version = type_.split(":")[1]
    fields = {"apiVersion": version, "kind": type_.split(":")[2], "metadata": {"name": name}}
    outputs = {**fields, "__inputs": fields, "__initialApiVersion": version, "__fieldManager": "pulumi-1"}
    usual = {
        "urn": f"{STACK}{type_}::{name}",
        "custom": True,
        "id": name,
        "type": type_,
        "inputs": fields,
        "outputs": outputs,
        "provider": f"{PROVIDER}::1",
        "dependencies": [],
    }
    return usual | changes


def a_state(*records: dict[str, Any]) -> dict[str, Any]:
    provider = {
        "urn": PROVIDER,
        "type": "pulumi:providers:kubernetes",
        "inputs": {"kubeconfig": "policy/v1beta1"},
    }
    return {"manifest": {}, "resources": [provider, *records]}


@pytest.mark.parametrize(("old", "new"), [(OLD_BUDGET, NEW_BUDGET), (OLD_SCALER, NEW_SCALER)])
def test_a_record_is_renamed_and_keeps_its_id(old: str, new: str) -> None:
    """K33."""
    _, record = renewed(a_state(a_record(old, "s/web")))["resources"]

    assert record == a_record(new, "s/web")


def test_who_depends_on_it_depends_on_it_by_its_new_name() -> None:
    scaler = a_record(OLD_SCALER, "s/web")
    other = a_record(
        NEW_BUDGET, "s/other", dependencies=[scaler["urn"]], propertyDependencies={"spec": [scaler["urn"]]}
    )

    _, _, found = renewed(a_state(scaler, other))["resources"]

    urn = f"{STACK}{NEW_SCALER}::s/web"
    assert (found["dependencies"], found["propertyDependencies"]) == ([urn], {"spec": [urn]})


def test_what_was_being_created_is_looked_for_by_its_new_name() -> None:
    def begun(type_: str) -> dict[str, Any]:
        operation = {"type": "creating", "resource": a_record(type_, "s/web")}
        return a_state() | {"pending_operations": [operation]}

    assert outdated(begun(OLD_BUDGET)) == ("policy/v1beta1 PodDisruptionBudget",)
    assert renewed(begun(OLD_BUDGET)) == begun(NEW_BUDGET)


def test_of_two_records_of_one_object_the_newer_stays() -> None:
    new = a_record(NEW_BUDGET, "s/web", id="newer")

    assert renewed(a_state(a_record(OLD_BUDGET, "s/web"), new))["resources"][1:] == [new]


def test_records_of_today_and_of_others_stay_as_they_are() -> None:
    state = a_state(
        a_record(NEW_BUDGET, "s/web"),
        a_record("kubernetes:core/v1:Namespace", "s"),
        a_record("kubernetes:example.org/v1beta1:Widget", "s/widget"),
    )
    before = copy.deepcopy(state)

    assert (outdated(state), renewed(state)) == ((), before)


def test_outdated_versions_are_told_each_once() -> None:
    state = a_state(*(a_record(OLD_BUDGET, name) for name in ("a", "b")), a_record(OLD_SCALER, "a"))

    assert outdated(state) == (
        "autoscaling/v2beta2 HorizontalPodAutoscaler",
        "policy/v1beta1 PodDisruptionBudget",
    )
