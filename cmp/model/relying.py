"""Says which components somebody cannot do without."""

from __future__ import annotations

from collections.abc import Sequence

from cmp.model.workload import Mode, Workload


def relied_on(workloads: Sequence[Workload]) -> frozenset[tuple[str, str]]:
    """Components (with their workload) that somebody cannot do without.

    Those are all components of a workload that another depends hard on, and whatever another component talks
    to, unless its workload depends on that one in mode `degraded` and so goes on without.
    """
    parts = {workload.id: workload.component.keys() for workload in workloads}
    found: set[tuple[str, str]] = set()
    for workload in workloads:
        degraded = {each.workload for each in workload.depends_on if each.mode is Mode.DEGRADED}
        for name in {each.workload for each in workload.depends_on} - degraded:
            found |= {(name, part) for part in parts.get(name, ())}
        for component in workload.components:
            asked = {(talk.workload or workload.id, talk.component) for talk in component.talks_to}
            asked.discard((workload.id, component.id))
            found |= {name for name in asked if name[0] not in degraded}
    return frozenset(found)
