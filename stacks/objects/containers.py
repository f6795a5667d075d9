"""Runs what the Plan placed in a cluster: sets of pods, their content, Services, budgets, autoscalers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cmp.clouds.kubernetes import marks
from cmp.model.plan import Plan
from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow, components_of
from stacks.objects.contents import Content, Reveal, content_of
from stacks.objects.manifest import Body, Kind, Manifest
from stacks.objects.pods import template
from stacks.objects.services import budget, ingress, services

ROLLING: Final[Body] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
"""One more before one less: a Deployment never serves with fewer than it has."""

PATIENT: Final = {"pulumi.com/timeoutSeconds": "300"}
"""How long the provider waits for a rollout: what the old pods were given goes only after it."""

BUSY_PERCENT: Final = 70
"""Percent of what its pods request from which on an autoscaler adds one."""

REVISIONS: Final = 3
"""Revisions that are kept for the way back."""


def containers(plan: Plan, cloud: str, reveal: Reveal) -> tuple[Manifest, ...]:
    """Everything that runs in a cluster, in an order in which it can be made.

    Raises:
        CmpError: a secret cannot be had.
    """
    return tuple(_all(plan, cloud, reveal))


def _all(plan: Plan, cloud: str, reveal: Reveal) -> Iterator[Manifest]:
    for rows in components_of(plan, cloud).values():
        content = content_of(rows[0], reveal)
        yield from content.objects
        made = tuple(services(rows))
        yield from made
        yield from ingress(rows)
        needed = (*(each.key for each in content.objects), *(each.key for each in made))
        for row in rows:
            yield (
                _stateful(row, content, needed)
                if row.component.stateful
                else _stateless(row, content, needed)
            )
            if row.scales:
                yield _autoscaler(row)
        yield budget(rows)


def _stateless(row: ClusterRow, content: Content, needed: tuple[str, ...]) -> Manifest:
    """Its number is given at first; where an autoscaler is, it alone changes it from then on."""
    spec = {
        "replicas": row.row.replicas,
        "strategy": ROLLING,
        "revisionHistoryLimit": REVISIONS,
        "progressDeadlineSeconds": 240,
        "selector": _selector(row),
        "template": template(row, content),
    }
    return Manifest(
        Kind.DEPLOYMENT,
        row.name,
        row.namespace,
        {"spec": spec},
        tagging.of_row(row),
        PATIENT,
        after=needed,
        left=("spec.replicas",) if row.scales else (),
    )


def _stateful(row: ClusterRow, content: Content, needed: tuple[str, ...]) -> Manifest:
    """A set whose replicas keep their names and claims; a claim stays when its pod or the set goes."""
    spec: dict[str, Any] = {
        "replicas": row.row.replicas,
        "serviceName": naming.members(row.component.id),
        "podManagementPolicy": "Parallel",
        "updateStrategy": {"type": "RollingUpdate"},
        "revisionHistoryLimit": REVISIONS,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "selector": _selector(row),
        "template": template(row, content),
    }
    if row.component.volumes:
        spec["volumeClaimTemplates"] = [
            {
                "metadata": {
                    "name": naming.claim(volume.id),
                    "labels": marks.labels(tagging.selecting_row(row)),
                },
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": f"{volume.gib}Gi"}},
                },
            }
            for volume in row.component.volumes
        ]
    return Manifest(
        Kind.STATEFUL_SET,
        row.name,
        row.namespace,
        {"spec": spec},
        tagging.of_row(row),
        PATIENT,
        after=needed,
    )


def _autoscaler(row: ClusterRow) -> Manifest:
    """Between what the Plan runs now and the most that the calendar asks for; it alone sets the number."""
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": BUSY_PERCENT}},
    }
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": Kind.DEPLOYMENT.short, "name": row.name},
        "minReplicas": row.row.replicas,
        "maxReplicas": row.most,
        "metrics": [metric],
    }
    return Manifest(
        Kind.AUTOSCALER,
        row.name,
        row.namespace,
        {"spec": spec},
        tagging.of_row(row),
        after=(f"{Kind.DEPLOYMENT}::{row.namespace}/{row.name}",),
    )


def _selector(row: ClusterRow) -> Body:
    return {"matchLabels": marks.labels(tagging.selecting_row(row))}
