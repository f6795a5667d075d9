"""Keeps what comparing finds to the part of a Plan that was carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmp.clouds.base import Resource
from cmp.model.part import Part
from cmp.model.plan import Plan
from cmp.model.tags import WORKLOAD
from cmp.services.verifying.differences import Difference
from cmp.services.verifying.expectation import expectation
from stacks.objects.containers import containers
from stacks.objects.platform import platform
from stacks.programs.rows import clusters_of

Place = tuple[str, str]
"""A cloud, and the name of something in it."""


def clouds_of_part(part: Part, plan: Plan) -> frozenset[str]:
    """The clouds that a part of a Plan stands in; all, of the whole."""
    if not part:
        return frozenset(plan.environment.estate.cloud)
    found = part.of(plan)
    return (
        part.clouds | {row.cloud for row in found.placements} | {each.cloud for each in found.security_groups}
    )


def of_part(
    part: Part, plan: Plan, resources: Iterable[Resource], differences: tuple[Difference, ...]
) -> tuple[Difference, ...]:
    """The differences that concern a part: what it wants to be there, and what is marked as its own."""
    if not part:
        return differences
    wanted = {*_wanted(part, plan), *_marked(part, resources)}
    return tuple(
        each for each in differences if each.cloud in part.clouds or (each.cloud, each.resource) in wanted
    )


def _wanted(part: Part, plan: Plan) -> Iterator[Place]:
    found = expectation(part.of(plan))
    yield from ((each.cloud, each.name) for each in found.servers)
    yield from ((each.cloud, each.name) for each in found.networks)
    yield from ((each.cloud, each.name) for each in found.groups)
    for cloud in clusters_of(plan):
        for wanted in (*platform(plan, cloud), *containers(part.of(plan), cloud, str)):
            if WORKLOAD in wanted.tags and part.takes(cloud, wanted.tags[WORKLOAD]):
                yield cloud, wanted.path


def _marked(part: Part, resources: Iterable[Resource]) -> Iterator[Place]:
    for each in resources:
        if each.tags.get(WORKLOAD) in part.workloads:
            yield each.cloud, each.name
