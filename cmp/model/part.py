"""Says which part of a Plan is carried out: all of it, or that of some clouds and workloads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmp.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in one of these clouds, and what belongs to one of these workloads; empty is all.

    What several workloads share (a zone's network, a flavor, a priority class) belongs to none of them: where
    it is there already it stays as it is, and what is missing is made.
    """

    clouds: frozenset[str] = field(default_factory=frozenset)
    workloads: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        """True where it is less than all."""
        return bool(self.clouds or self.workloads)

    @property
    def named(self) -> tuple[str, ...]:
        """What it was asked for by, in order."""
        return (*sorted(self.clouds), *sorted(self.workloads))

    def takes(self, cloud: str, workload: str = "") -> bool:
        """Whether what stands in a cloud, for a workload if any, is part of it."""
        return not self or cloud in self.clouds or workload in self.workloads

    def of(self, plan: Plan) -> Plan:
        """The Plan with nothing but this part, and the networks that it stands in; it keeps its hash."""
        if not self:
            return plan
        rows = tuple(row for row in plan.placements if self.takes(row.cloud, row.workload))
        groups = tuple(each for each in plan.security_groups if self.takes(each.cloud, each.workload))
        stood_in = {(row.cloud, _zone(plan, row.workload, row.component)) for row in rows}
        stood_in |= {(each.cloud, each.zone) for each in groups}
        pools = {row.pool for row in rows}
        return plan.model_copy(
            update={
                "placements": rows,
                "security_groups": groups,
                "networks": tuple(
                    each
                    for each in plan.networks
                    if self.takes(each.cloud) or (each.cloud, each.zone) in stood_in
                ),
                "moves_first": tuple(each for each in plan.moves_first if each.pool in pools),
                "unplaced": tuple(each for each in plan.unplaced if each.workload in self.workloads),
            }
        )


WHOLE = Part()


def _zone(plan: Plan, workload: str, component: str) -> str:
    declared, part = plan.environment.find(workload, component)
    return declared.zone_of(part)
