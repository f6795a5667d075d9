"""Finds in its cluster what a killed run had begun to create, as the official provider would record it.

An object is found by its name and believed by its mark: a stranger's of the same name is left to its owner.
The field manager that created it is taken over, else the next change would conflict with fields of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cmp.clouds.base import Cloud
from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes import marks
from cmp.clouds.labels import URN, mark_of
from cmp.model.estate import CloudKind

Record = Mapping[str, Any]

MANAGER: Final = "pulumi-kubernetes"
"""How the names begin under which the provider owns fields, one a resource."""

SECRET: Final = "Secret"  # noqa: S105 - the name of a kind


def found(record: Record, provider: Record, cloud_of: Callable[[Binding], Cloud]) -> dict[str, Any]:
    """The id and outputs of an object that was being created; nothing for none, or a stranger's.

    Raises:
        TryLater: the cluster does not answer.
    """
    binding = binding_of(provider["inputs"])
    kind = record["type"].removeprefix("kubernetes:")
    asked = record["inputs"]["metadata"]
    environment = str(asked["annotations"][marks.PREFIX + "environment"])
    mark = mark_of(record["urn"], environment)
    there = cloud_of(binding).noun(kind).read(path_of(asked))
    if there is None:
        return {}
    live = dict(there.state)
    annotated = live.get("metadata", {}).get("annotations") or {}
    if annotated.get(marks.PREFIX + URN) != mark.key:
        return {}
    return {"id": path_of(asked), "outputs": _outputs(record, live)}


def path_of(metadata: Mapping[str, Any]) -> str:
    """The id that the provider gives an object: its name, after its namespace if it has one."""
    space = metadata.get("namespace")
    return f"{space}/{metadata['name']}" if space else str(metadata["name"])


def binding_of(settings: Mapping[str, Any]) -> Binding:
    """How the cluster of a provider's record is reached."""
    return Binding(
        cloud=str(settings["clusterIdentifier"]),
        kind=CloudKind.KUBERNETES,
        context=str(settings.get("context", "")),
        kubeconfig_file=str(settings["kubeconfig"]),
    )


def _outputs(record: Record, live: dict[str, Any]) -> dict[str, Any]:
    """The object as it is, with what the provider remembers; what a Secret holds stays as it was asked."""
    if record["type"].endswith(f":{SECRET}"):
        live = {
            **live,
            **{name: record["inputs"][name] for name in ("data", "stringData") if name in record["inputs"]},
        }
    managers = [str(each.get("manager", "")) for each in live.get("metadata", {}).get("managedFields") or ()]
    ours = next((name for name in managers if name.startswith(MANAGER)), "")
    remembered = {"__inputs": record["inputs"], "__initialApiVersion": live.get("apiVersion", "")}
    return {**live, **remembered, **({"__fieldManager": ours} if ours else {})}
