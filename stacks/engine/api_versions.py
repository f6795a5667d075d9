"""Takes records of objects over into the API version that stacks make today: the older one may be gone.

A cluster drops an API version years after it was stored, and serves the same object by the next one. The
engine would look for the object where nobody answers any more: a preview fails, and a deletion forgets the
object instead. So the record is renamed before the engine acts; the object itself is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stacks.objects.manifest import Kind

_OURS: Final = "kubernetes:"
_TODAY: Final[Mapping[str, Kind]] = {kind.short: kind for kind in Kind}

Deployment = Mapping[str, Any]


def outdated(deployment: Deployment) -> tuple[str, ...]:
    """The API versions and kinds that records of a state hold and that stacks make by another, each once."""
    return tuple(sorted({_said(record["type"]) for record in _records(deployment) if _today(record["type"])}))


def renewed(deployment: Deployment) -> dict[str, Any]:
    """The same state with these records as if they had been made today; ids and fields stay.

    Where the same object is recorded under both versions, the newer record alone is kept.
    """
    renamed = {
        record["urn"]: record["urn"].replace(f"::{record['type']}::", f"::{kind.type}::")
        for record in _records(deployment)
        if (kind := _today(record["type"]))
    }
    held = list(deployment.get("resources") or [])
    known = {record["urn"] for record in held}
    changed = {"resources": [_renewed(each) for each in held if renamed.get(each["urn"]) not in known]}
    if begun := deployment.get("pending_operations"):
        changed["pending_operations"] = [each | {"resource": _renewed(each["resource"])} for each in begun]
    return dict(_with({**deployment, **changed}, renamed))


def _records(deployment: Deployment) -> list[dict[str, Any]]:
    """What a state holds, and what was being made when a run was killed."""
    begun = [operation["resource"] for operation in deployment.get("pending_operations") or []]
    return [*(deployment.get("resources") or []), *begun]


def _today(type_: str) -> Kind | None:
    """The kind that a record of another API version is one of; None where nothing has to be done."""
    kind = _TODAY.get(type_.rpartition(":")[2]) if type_.startswith(_OURS) else None
    return kind if kind is not None and kind.type != type_ else None


def _renewed(record: dict[str, Any]) -> dict[str, Any]:
    kind = _today(record["type"])
    if kind is None:
        return record
    version = str(kind).partition(":")[0].removeprefix("core/")
    inputs = _versioned(record.get("inputs") or {}, version)
    outputs = _versioned(record.get("outputs") or {}, version)
    if "__inputs" in outputs:
        outputs["__inputs"] = _versioned(outputs["__inputs"], version)
    if "__initialApiVersion" in outputs:
        outputs["__initialApiVersion"] = version
    return {**record, "type": kind.type, "inputs": inputs, "outputs": outputs}


def _versioned(fields: Mapping[str, Any], version: str) -> dict[str, Any]:
    return {**fields, "apiVersion": version} if "apiVersion" in fields else dict(fields)


def _with(value: Any, renamed: Mapping[str, str]) -> Any:
    """A value in which every name of a record is its new one: dependencies, parents, pending operations."""
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, list):
        return [_with(each, renamed) for each in value]
    if isinstance(value, Mapping):
        return {key: _with(each, renamed) for key, each in value.items()}
    return value


def _said(type_: str) -> str:
    group, _, kind = type_.removeprefix(_OURS).partition(":")
    return f"{group} {kind}"
