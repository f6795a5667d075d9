"""Tells which resources the stacks of an environment hold, by the key that lies on each of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cmp.clouds.labels import key_of
from stacks.engine.workplace import Workplace, existing, opened, told
from stacks.names import Project, StackName


def holdings(place: Workplace, environment: str) -> frozenset[str]:
    """The keys (tag `urn`) of all resources in the state of an environment's stacks.

    Raises:
        TryLater: the state cannot be read.
    """
    names = [name for project in Project for name in existing(place, project, environment)]
    with ThreadPoolExecutor(max(1, len(names))) as threads:
        return frozenset().union(*threads.map(partial(_keys, place), names))


def _keys(place: Workplace, name: StackName) -> frozenset[str]:
    with opened(place, name) as stack, told(f"read the state of {name}"):
        deployment = stack.export_stack().deployment or {}
    return frozenset(key_of(resource["urn"]) for resource in deployment.get("resources") or [])
