"""What a killed run began to create in a cluster is found by name, believed by mark, and taken over whole."""

from __future__ import annotations

from typing import Any

from cmp.clouds.base import FoundResource
from cmp.clouds.kubernetes import marks
from cmp.clouds.labels import mark_of
from stacks.engine.pending import settled

STACK = "urn:pulumi:lab.bj-a-k8s::tricenter-workloads::"
PROVIDER = f"{STACK}pulumi:providers:kubernetes::bj-a-k8s"
URN = f"{STACK}kubernetes:apps/v1:Deployment::space/web"
ANNOTATIONS = marks.notes(mark_of(URN, "lab"), {"plan": "abc"})
INPUTS = {"metadata": {"name": "web", "namespace": "space", "annotations": ANNOTATIONS}, "spec": {}}
MANAGER = "pulumi-kubernetes-1a2b3c4d"


class Cluster:
    """Answers one kind with one object."""

    def __init__(self, live: dict[str, Any] | None) -> None:
        self.live = live
        self.asked: list[tuple[str, str]] = []

    def noun(self, name: str) -> Cluster:
        self.asked.append((name, ""))
        return self

    def read(self, ref: str) -> FoundResource | None:
        self.asked[-1] = (self.asked[-1][0], ref)
        return FoundResource(ref, self.live) if self.live is not None else None


def live(**annotations: str) -> dict[str, Any]:
    metadata = {**INPUTS["metadata"], "annotations": {**ANNOTATIONS, **annotations}, "uid": "7"}
    metadata["managedFields"] = [{"manager": "kubectl"}, {"manager": MANAGER}]
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}}


def settle(cluster: Cluster) -> list[dict[str, Any]]:
    settings = {"kubeconfig": "/lab/kubeconfig", "context": "north", "clusterIdentifier": "bj-a-k8s"}
    provider = {"urn": PROVIDER, "id": "1", "type": "pulumi:providers:kubernetes", "inputs": settings}
    begun = {
        "urn": URN,
        "custom": True,
        "type": "kubernetes:apps/v1:Deployment",
        "inputs": INPUTS,
        "provider": f"{PROVIDER}::1",
    }
    state = {"resources": [provider], "pending_operations": [{"type": "creating", "resource": begun}]}
    return list(settled(state, lambda _: cluster)["resources"][1:])  # type: ignore[arg-type,return-value]


def test_what_was_made_is_taken_into_the_state_with_its_field_manager() -> None:
    cluster = Cluster(live())
    (record,) = settle(cluster)

    assert cluster.asked == [("apps/v1:Deployment", "space/web")]
    assert record["id"] == "space/web"
    assert record["outputs"]["metadata"]["uid"] == "7"
    assert record["outputs"]["__fieldManager"] == MANAGER
    assert record["outputs"]["__inputs"] == INPUTS


def test_what_was_never_made_is_forgotten() -> None:
    assert settle(Cluster(None)) == []


def test_a_strangers_object_of_the_same_name_is_not_taken() -> None:
    assert settle(Cluster(live(**{"tricenter/urn": "0" * 32}))) == []
