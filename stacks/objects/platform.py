"""Lays the ground of a cluster: namespaces with what they may use, who may talk, and who gives way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cmp.model.plan import Plan
from cmp.model.workload import Yields
from stacks import tags
from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow, namespaces_of
from stacks.objects.manifest import Body, Kind, Manifest
from stacks.objects.policies import policies

QUOTA: Final = "tricenter"
STEP: Final = 1
"""Replicas of a row that a rollout starts before it stops one."""

PRIORITIES: Final = {Yields.NEVER: 300_000, Yields.ELASTIC: 200_000, Yields.PREEMPTIBLE: 100_000}
"""Who is started first where room is scarce; none of them drives a running pod out (`preemptionPolicy`)."""

SECURITY: Final = "restricted"
"""The strictest of Kubernetes' pod security standards."""

_GIB: Final = "Gi"


def platform(plan: Plan, cloud: str) -> tuple[Manifest, ...]:
    """Everything that a cluster's workloads stand on, in an order in which it can be made."""
    found = namespaces_of(plan, cloud)
    return (
        *_priorities(plan, cloud),
        *(each for name, rows in found.items() for each in _namespace(name, rows)),
        *policies(plan, cloud),
    )


def _priorities(plan: Plan, cloud: str) -> Iterator[Manifest]:
    center = plan.environment.estate.cloud[cloud].center
    used = {row.component.yields for rows in namespaces_of(plan, cloud).values() for row in rows}
    for yields, value in PRIORITIES.items():
        if yields in used:
            name = plan.environment.name
            yield Manifest(
                Kind.PRIORITY_CLASS,
                naming.priority(name, yields),
                body={
                    "value": value,
                    "globalDefault": False,
                    "preemptionPolicy": "Never",
                    "description": f"Components that give way: {yields}. Room is made as the Plan says.",
                },
                tags=dict(tags.of_plan(plan, center)) | {tagging.ENVIRONMENT: name},
            )


def _namespace(name: str, rows: Sequence[ClusterRow]) -> Iterator[Manifest]:
    """A namespace and its quota."""
    marked = tagging.of_namespace(rows[0])
    yield Manifest(
        Kind.NAMESPACE,
        name,
        tags=marked,
        labels={
            "pod-security.kubernetes.io/enforce": SECURITY,
            "pod-security.kubernetes.io/warn": SECURITY,
        },
    )
    yield Manifest(
        Kind.RESOURCE_QUOTA,
        QUOTA,
        name,
        body={"spec": {"hard": _hard(rows)}},
        tags=marked,
        after=(f"{Kind.NAMESPACE}::{name}",),
    )


def _hard(rows: Sequence[ClusterRow]) -> Body:
    """What the Plan gives to all rows at their most, and room for one step of each one's rollout."""
    pods = {row.name: _most(row) for row in rows}
    hard = {
        "pods": str(sum(pods.values())),
        "requests.cpu": f"{sum(row.row.size.vcpu_milli * pods[row.name] for row in rows)}m",
        "requests.memory": f"{sum(row.row.size.memory_mib * pods[row.name] for row in rows)}Mi",
    }
    claims = {row.name: len(row.component.volumes) * pods[row.name] for row in rows}
    stored = sum(volume.gib * pods[row.name] for row in rows for volume in row.component.volumes)
    if stored:
        hard |= {"requests.storage": f"{stored}{_GIB}", "persistentvolumeclaims": str(sum(claims.values()))}
    return hard


def _most(row: ClusterRow) -> int:
    """Replicas that may be there at once; a stateful one stops before its successor starts."""
    most = max(row.row.replicas, row.row.replicas_on_takeover, row.most)
    return most if row.component.stateful else most + STEP
