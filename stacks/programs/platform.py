"""Lays the ground of one cluster: namespaces, quotas, who may talk, who gives way."""

from __future__ import annotations

import pulumi

from cmp.clouds.binding import Files, bind
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.model.tags import WORKLOAD
from stacks.components.cluster import make, provider_of
from stacks.objects.platform import platform as manifests


def platform(plan: Plan, cluster: str, access: Files, part: Part = WHOLE) -> None:
    """Declare what a cluster's workloads stand on; peers of a part are named, in it or not."""
    provider = provider_of(bind(plan.environment.estate.cloud[cluster], access))
    wanted = [
        each
        for each in manifests(plan, cluster)
        if WORKLOAD not in each.tags or part.takes(cluster, each.tags[WORKLOAD])
    ]
    count = make(wanted, plan.environment.name, provider)
    pulumi.export("plan", plan.hash)
    pulumi.export("objects", count)
