"""Says of a Plan which workloads keep no promise whatever is lost: they, or what they need, stand nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cmp.model.plan import Plan
from cmp.model.workload import Mode, Workload


def absent(plan: Plan) -> Mapping[str, str]:
    """By workload, why it does not run: one of its components stands nowhere, or what it depends hard on.

    Dependence is followed to its end; of several that are missing a workload names the first in order.
    """
    standing = {(row.workload, row.component) for row in plan.placements}
    standing -= {(each.workload, each.component) for each in plan.unplaced}
    found: dict[str, str] = {}
    for workload in plan.environment.workloads:
        if missing := [each.id for each in workload.components if (workload.id, each.id) not in standing]:
            part = "" if len(missing) == len(workload.components) else f"{', '.join(missing)} "
            found[workload.id] = f"{workload.id}: {part}stands nowhere"
    while more := dict(_waiting(plan.environment.workloads, found)):
        found |= more
    return found


def _waiting(workloads: tuple[Workload, ...], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Who depends hard on one that was found and was not found itself."""
    for workload in workloads:
        needed = sorted(each.workload for each in workload.depends_on if each.mode is Mode.HARD)
        lacking = next((name for name in needed if name in found), None)
        if lacking is not None and workload.id not in found:
            yield workload.id, f"{workload.id}: depends on {lacking}, which does not run"
