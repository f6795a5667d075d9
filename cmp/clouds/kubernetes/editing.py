"""Finds who else has written into our objects, from what the cluster keeps of every writer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_OURS: Final = ("pulumi-kubernetes",)
_ITS_OWN: Final = ("kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet", "kwok")
_TOLD: Final = ("spec", "data", "metadata")


def edited_by(made: Any) -> tuple[str, ...]:
    """Who else owns which fields of an object, as 'kubectl: spec.replicas', in a fixed order.

    What a cluster's own programs write (status, revisions, a scale) is none.
    """
    found = []
    for entry in made.metadata.managedFields or ():
        manager = str(entry.manager or "somebody")
        if manager.startswith((*_OURS, *_ITS_OWN)) or entry.subresource == "status":
            continue
        owned = entry.fieldsV1 if isinstance(entry.fieldsV1, Mapping) else {}
        found += [f"{manager}: {path}" for path in _paths(owned, ()) if path.partition(".")[0] in _TOLD]
    return tuple(sorted(set(found)))


def _paths(owned: Mapping[str, Any], way: tuple[str, ...]) -> Iterator[str]:
    """The paths of the leaves of a set of fields, `f:` in front of each step taken away."""
    steps = {key: value for key, value in owned.items() if key != "."}
    if not steps:
        if way:
            yield ".".join(way)
        return
    for key, value in steps.items():
        step = key.partition(":")[2] or key
        yield from _paths(value if isinstance(value, Mapping) else {}, (*way, step))
