"""Runs in one cluster what the Plan placed there, on the ground that its platform laid."""

from __future__ import annotations

import pulumi

from cmp.clouds.binding import Files, bind
from cmp.errors import CmpError
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from stacks.components.cluster import make, provider_of
from stacks.objects.containers import containers as manifests
from stacks.objects.revealing import revealer


def containers(plan: Plan, cluster: str, access: Files, part: Part = WHOLE) -> None:
    """Declare what a cluster runs; of what is no part of it, not even secrets are asked for.

    Raises:
        RunError: a secret cannot be had.
    """
    plan = part.of(plan)
    provider = provider_of(bind(plan.environment.estate.cloud[cluster], access))
    try:
        wanted = manifests(plan, cluster, revealer(access))
    except CmpError as error:
        raise pulumi.RunError(str(error)) from error
    count = make(wanted, plan.environment.name, provider)
    pulumi.export("plan", plan.hash)
    pulumi.export("objects", count)
