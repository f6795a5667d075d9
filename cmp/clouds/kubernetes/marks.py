"""Says what objects in a cluster are marked with: identity in labels, all that may change in annotations.

A label selects, so it never changes as long as its object lives, and holds at most 63 letters. What follows a
Plan (its hash, a grade, a data class) is an annotation of the object, never of a pod template: so it replaces
no pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cmp.clouds.base import Mark
from cmp.clouds.labels import ENVIRONMENT, STACK, URN
from cmp.model.tags import COMPONENT, POOL, ROLE, WORKLOAD, ZONE

PREFIX: Final = "tricenter/"
POOL_LABEL: Final = "node-restriction.kubernetes.io/tricenter-pool"
"""The label of a node that names its pool; under this prefix no node can write it itself."""

ARCH_LABEL: Final = "kubernetes.io/arch"
HOST_LABEL: Final = "kubernetes.io/hostname"

STABLE: Final = (ENVIRONMENT, WORKLOAD, COMPONENT, ROLE, POOL, ZONE)
"""Tags that are labels, too: an object of other values is another object."""


def labels(tags: Mapping[str, str]) -> dict[str, str]:
    """The labels of an object: its identity alone; ids are at most 40 letters, so each of them fits."""
    return {PREFIX + name: tags[name] for name in STABLE if tags.get(name)}


def notes(mark: Mark, tags: Mapping[str, str]) -> dict[str, str]:
    """The annotations of an object: whose it is, and everything a Plan says of it."""
    own = {ENVIRONMENT: mark.environment, STACK: mark.stack, URN: mark.key}
    return {PREFIX + name: value for name, value in sorted((dict(tags) | own).items())}


def tags_of(annotated: Mapping[str, str]) -> dict[str, str]:
    """The tags that an object's annotations hold, without the prefix."""
    found = {key.removeprefix(PREFIX): value for key, value in annotated.items() if key.startswith(PREFIX)}
    return dict(sorted(found.items()))


def is_managed(annotated: Mapping[str, str]) -> bool:
    """True where the annotations carry one of our marks."""
    return PREFIX + ENVIRONMENT in annotated and PREFIX + URN in annotated
