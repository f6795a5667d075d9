"""Derives from a Plan the tags that its resources carry."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.model.plan import Placement, Plan
from cmp.model.tags import (
    CENTER,
    CHIP,
    COMPONENT,
    DATA,
    DATA_CLASS,
    GRADE,
    LEVEL,
    NO,
    PLAN,
    POOL,
    ROLE,
    WORKLOAD,
    YES,
    ZONE,
)


def of_plan(plan: Plan, center: str, zone: str = "") -> Mapping[str, str]:
    """The tags of everything that a Plan puts into a center; `zone` where the resource belongs to one."""
    tags = {PLAN: plan.hash, CENTER: center}
    return tags | {ZONE: zone} if zone else tags


def of_component(plan: Plan, center: str, zone: str, workload: str, component: str) -> Mapping[str, str]:
    """The tags of what belongs to one component in a center: what it is, and what binds it."""
    declared = plan.environment.workload[workload]
    return dict(of_plan(plan, center, zone)) | {
        WORKLOAD: workload,
        COMPONENT: component,
        GRADE: str(declared.recovery.grade),
        LEVEL: str(declared.mlps_level),
        DATA_CLASS: "+".join(sorted(declared.data_class)),
    }


def of_row(plan: Plan, row: Placement) -> Mapping[str, str]:
    """The tags of the servers of one row."""
    workload, component = plan.environment.find(row.workload, row.component)
    carries_data = component.stateful or component.data.gib > 0
    zone = workload.zone_of(component)
    return dict(of_component(plan, row.center, zone, row.workload, row.component)) | {
        ROLE: str(row.role),
        POOL: row.pool,
        CHIP: row.chip,
        DATA: YES if carries_data else NO,
    }
