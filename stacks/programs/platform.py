"""Lays the ground of one cluster: namespaces, quotas, who may talk, who gives way."""

from __future__ import annotations

import pulumi

from cmp.clouds.binding import Files, bind
from cmp.model.plan import Plan
from stacks.components.cluster import make, provider_of
from stacks.objects.platform import platform as manifests


def platform(plan: Plan, cluster: str, access: Files) -> None:
    """Declare what a cluster's workloads stand on."""
    provider = provider_of(bind(plan.environment.estate.cloud[cluster], access))
    count = make(manifests(plan, cluster), plan.environment.name, provider)
    pulumi.export("plan", plan.hash)
    pulumi.export("objects", count)
