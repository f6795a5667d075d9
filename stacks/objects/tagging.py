"""Derives from a Plan what each object in a cluster is marked with."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.model.tags import COMPONENT, DATA, GRADE, NO, POOL, ROLE, WORKLOAD, ZONE
from stacks import tags
from stacks.objects.cluster_rows import ClusterRow

OWNER = "owner"
ENVIRONMENT = "environment"


def of_namespace(row: ClusterRow) -> Mapping[str, str]:
    """The tags of what a workload's zone has in common: nothing there carries data by itself."""
    plan = row.plan
    return dict(tags.of_plan(plan, row.row.center, row.zone)) | {
        ENVIRONMENT: plan.environment.name,
        WORKLOAD: row.row.workload,
        OWNER: row.workload.owner,
        GRADE: str(row.workload.recovery.grade),
        DATA: NO,
    }


def of_component(row: ClusterRow) -> Mapping[str, str]:
    """The tags of what all rows of a component in a cluster have in common."""
    found = tags.of_component(row.plan, row.row.center, row.zone, row.row.workload, row.row.component)
    return dict(found) | {ENVIRONMENT: row.plan.environment.name}


def of_row(row: ClusterRow) -> Mapping[str, str]:
    """The tags of the set of one row."""
    return dict(tags.of_row(row.plan, row.row)) | {ENVIRONMENT: row.plan.environment.name}


def selecting(row: ClusterRow) -> Mapping[str, str]:
    """What selects all pods of a component: identity alone."""
    names = (ENVIRONMENT, WORKLOAD, COMPONENT, ZONE)
    return {name: value for name, value in of_row(row).items() if name in names}


def selecting_row(row: ClusterRow) -> Mapping[str, str]:
    """What selects the pods of one row."""
    return dict(selecting(row)) | {ROLE: str(row.row.role), POOL: row.row.pool}
