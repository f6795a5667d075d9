"""Reads Deployments and StatefulSets: how many of them run, where, and what keeps the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cmp.clouds.kubernetes import pods
from cmp.clouds.kubernetes.nodes import Node

_REFUSED: Final = "FailedCreate"


def facts(made: Any, mine: Sequence[pods.Pod], nodes: Mapping[str, Node], refused: str) -> dict[str, Any]:
    """What drift and verification ask of a workload; `running` is true when all that is wanted runs, newly.

    Args:
        made: the Deployment or StatefulSet.
        mine: its pods.
        nodes: the nodes by name.
        refused: what the cluster last said when it refused one of its pods; '' where it did not.
    """
    each = {pod.name: pods.facts(pod, nodes) for pod in sorted(mine, key=lambda pod: pod.name)}
    wanted = made.spec.replicas if made.spec.replicas is not None else 1
    ready = sum(bool(one["running"]) for one in each.values())
    needs = {name: str(one["needs"]) for name, one in each.items() if one["needs"]}
    said = _said(made) or (refused if ready < wanted else "")
    return {
        "running": ready >= wanted and _is_settled(made, wanted),
        "wanted": wanted,
        "ready": ready,
        "updated": (made.status.updatedReplicas or 0) if made.status else 0,
        "pods": each,
        "needs": needs,
        "refused": said,
    }


def owner_of_set(made: Any) -> tuple[tuple[str, str], tuple[str, str]]:
    """A replica set by namespace and name, with what made it."""
    meta = made.metadata
    owner = next((each for each in meta.ownerReferences or () if each.controller), None)
    return (str(meta.namespace), str(meta.name)), (
        (owner.kind, owner.name) if owner else ("ReplicaSet", str(meta.name))
    )


def refusal(event: Any) -> tuple[str, str, str, str] | None:
    """Of an event that says a pod was refused: namespace, kind and name of whose it is, and the sentence."""
    if event.reason != _REFUSED or event.involvedObject is None:
        return None
    about = event.involvedObject
    return str(about.namespace), str(about.kind), str(about.name), str(event.message or "")


def _said(made: Any) -> str:
    """What the object itself says of replicas that could not be made."""
    conditions = (made.status.conditions if made.status else None) or ()
    failures = (each for each in conditions if each.type == "ReplicaFailure" and each.status == "True")
    found = next(failures, None)
    return str(found.message or found.reason or "") if found is not None else ""


def _is_settled(made: Any, wanted: int) -> bool:
    """True when the controller has seen the newest wish, and no replica of an older one is left."""
    status = made.status
    if status is None or (status.observedGeneration or 0) < (made.metadata.generation or 0):
        return False
    return (status.updatedReplicas or 0) >= wanted
