"""Makes changed copies of an environment's frozen documents; every copy is validated anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from cmp.model.base import Document
from cmp.model.environment import Environment
from cmp.model.estate import Cloud, Pool
from cmp.model.workload import Component, Workload

D = TypeVar("D", bound=Document)


def changed(document: D, **values: Any) -> D:
    """A document with other values in some fields.

    `model_copy` would carry along what the old one has cached (its workloads by id).

    Raises:
        ValueError: the values make no valid document.
    """
    fields = {name: getattr(document, name) for name in type(document).model_fields}
    return type(document)(**fields | values)


def _replaced(given: Iterable[D], name: str, **values: Any) -> tuple[D, ...]:
    return tuple(changed(each, **values) if getattr(each, "id", "") == name else each for each in given)


def with_pool(environment: Environment, pool: Pool, **values: Any) -> Environment:
    """The environment with one pool changed."""
    pools = _replaced(environment.estate.pools, pool.id, **values)
    return changed(environment, estate=changed(environment.estate, pools=pools))


def with_cloud(environment: Environment, cloud: Cloud, **values: Any) -> Environment:
    """The environment with one cloud changed."""
    clouds = _replaced(environment.estate.clouds, cloud.id, **values)
    return changed(environment, estate=changed(environment.estate, clouds=clouds))


def with_workload(environment: Environment, workload: Workload, **values: Any) -> Environment:
    """The environment with one workload changed."""
    return changed(environment, workloads=_replaced(environment.workloads, workload.id, **values))


def with_component(
    environment: Environment, workload: Workload, component: Component, **values: Any
) -> Environment:
    """The environment with one component changed."""
    components = _replaced(workload.components, component.id, **values)
    return with_workload(environment, workload, components=components)


def only(environment: Environment, workloads: Iterable[Workload]) -> Environment:
    """The environment with these workloads alone, and nothing in them that refers to the others."""
    kept = tuple(workloads)
    names = {workload.id for workload in kept}
    return changed(environment, workloads=tuple(_within(workload, names) for workload in kept))


def _within(workload: Workload, names: set[str]) -> Workload:
    components = tuple(
        changed(
            each, talks_to=tuple(talk for talk in each.talks_to if (talk.workload or workload.id) in names)
        )
        for each in workload.components
    )
    asked = tuple(each for each in workload.depends_on if each.workload in names)
    return changed(workload, components=components, depends_on=asked)
