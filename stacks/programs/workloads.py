"""Runs in a center what the Plan placed there, on the ground that its foundation laid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import UNKNOWN

from cmp.clouds.binding import Files
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Placement, Plan
from stacks import names, tags
from stacks.components.choosing import open_for_building
from stacks.components.cloud import Cloud, ServiceArgs
from stacks.components.service import Service
from stacks.names import Project, StackName
from stacks.programs.rows import (
    clouds_in,
    init_of,
    is_public,
    max_per_host,
    not_carried_out,
    places_of,
    rows_in,
    server_names,
    zone_of,
)


def workloads(plan: Plan, center: str, access: Files, part: Part = WHOLE) -> None:
    """Declare the servers of a center; export them, and what of the Plan is not carried out."""
    plan = part.of(plan)
    ground = Foundation(StackName(Project.FOUNDATION, plan.environment.name, center))
    rows = rows_in(plan, center)
    used = {row.cloud for row in rows}
    clouds = {
        cloud.id: open_for_building(plan.environment.name, cloud, access)
        for cloud in clouds_in(plan, center)
        if cloud.id in used
    }
    services = [_run(plan, row, ground, clouds[row.cloud]) for row in rows]
    pulumi.export("plan", plan.hash)
    pulumi.export("servers", {name: known for service in services for name, known in service.servers.items()})
    pulumi.export("not_carried_out", [row.as_output() for row in not_carried_out(plan, center)])


def _run(plan: Plan, row: Placement, ground: Foundation, cloud: Cloud) -> Service:
    zone = zone_of(plan, row)
    firewall = names.security_group(row.workload, row.component, row.cloud, zone)
    arguments = ServiceArgs(
        servers=server_names(row),
        image=row.image,
        isa=str(row.isa),
        chip=row.chip,
        pool=row.pool,
        size=row.size,
        network=ground.find(row.cloud, "networks", zone),
        firewall=ground.find(row.cloud, "firewalls", firewall),
        max_per_host=max_per_host(plan, row),
        places=places_of(plan, row),
        public=is_public(plan, row),
        init=init_of(plan, row),
        tags=tags.of_row(plan, row),
    )
    return Service(names.side(row.workload, row.component, row.role, row.pool), arguments, cloud)


class Foundation:
    """What a center's foundation exported; in a preview, what it has yet to make is unknown."""

    def __init__(self, foundation: StackName) -> None:
        self._name = foundation
        reference = pulumi.StackReference(foundation.reference, foundation.reference)
        self._clouds = reference.outputs.apply(lambda outputs: outputs.get("clouds") or {})

    def find(self, cloud: str, kind: str, name: str) -> pulumi.Output[Any]:
        """One network or firewall of a cloud.

        Raises:
            RunError: it does not exist, and this is no preview.
        """

        def pick(clouds: Mapping[str, Any]) -> Any:
            found = clouds.get(cloud, {}).get(kind, {}).get(name)
            if found is None and not pulumi.runtime.is_dry_run():
                raise pulumi.RunError(
                    f"there is no {name} among the {kind} of {cloud}: "
                    f"apply the stack {self._name} of the same plan first"
                )
            return UNKNOWN if found is None else found

        return self._clouds.apply(pick)
