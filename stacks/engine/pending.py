"""Takes what a killed run had begun to create into the state, so that nothing it left is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi import automation

from cmp.clouds.base import Cloud, FoundResource, Mark, Noun
from cmp.clouds.binding import Binding
from cmp.clouds.labels import mark_of
from cmp.clouds.opening import open_cloud
from cmp.errors import CmpError, TryLater
from stacks.engine import objects
from stacks.engine.copies import exported
from stacks.engine.workplace import told
from stacks.names import StackName
from stacks.provider import config
from stacks.provider.table import type_of

_CREATING = "creating"
_OURS = "tricenter:"
_OBJECTS = "kubernetes:"

Record = dict[str, Any]


def settle(stack: automation.Stack, name: StackName) -> int:
    """Settle the operations that a dead run began and did not record as ended.

    What it had begun to create is looked for in its cloud; what is found goes into the state, so that the
    next step keeps or deletes it as it does all others. What was being changed or deleted is there still.

    Returns:
        How many operations were settled.

    Raises:
        TryLater: the state cannot be read or written, or a cloud does not answer.
    """
    with told(f"read the state of {name}"):
        state = exported(stack, name)
    deployment = state["deployment"] or {}
    pending = deployment.get("pending_operations") or []
    if pending:
        with told(f"write the state of {name}"):
            stack.import_stack(automation.Deployment(state["version"], settled(deployment, open_cloud)))
    return len(pending)


def settled(deployment: Mapping[str, Any], cloud_of: Callable[[Binding], Cloud]) -> Record:
    """A state with nothing pending: creations that their clouds know of are recorded as done.

    Raises:
        TryLater: a cloud does not answer.
    """
    known: list[Record] = list(deployment.get("resources") or [])
    urns = {record["urn"] for record in known}
    begun = [
        operation["resource"]
        for operation in deployment["pending_operations"]
        if operation["type"] == _CREATING
        and operation["resource"]["type"].startswith((_OURS, _OBJECTS))
        and operation["resource"]["urn"] not in urns
    ]
    found = [record | _found(record, known, cloud_of) for record in begun]
    rest = {key: value for key, value in deployment.items() if key != "pending_operations"}
    return rest | {"resources": [*known, *(record for record in found if record.get("id"))]}


def _found(record: Record, known: list[Record], cloud_of: Callable[[Binding], Cloud]) -> Record:
    """What the cloud tells about a resource that was being created; nothing when it was not made."""
    if record["type"].startswith(_OBJECTS):
        return objects.found(record, _provider(record, known), cloud_of)
    settings = config.read(_provider(record, known)["inputs"])
    type_ = type_of(record["type"])
    noun = cloud_of(settings.binding).noun(type_.noun)
    mark = mark_of(record["urn"], settings.environment)
    found = noun.find(mark)
    if found is None:
        return {}
    if not found.usable:
        noun.delete(found.id)
        return {}
    return {"id": found.id, "outputs": _outputs(record, _completed(noun, found, record, mark))}


def _completed(noun: Noun, found: FoundResource, record: Record, mark: Mark) -> FoundResource:
    """Finish what a kill left half-made: clouds do not tell of every part, so no later step would miss it.

    What cannot be finished now is taken as it is, so that it can at least be deleted.
    """
    fields = type_of(record["type"]).fields
    wish = {
        name: value
        for name, value in record.get("inputs", {}).items()
        if name in fields and not fields[name].secret
    }
    try:
        return noun.update(found.id, wish, frozenset(), mark)
    except TryLater:
        raise
    except CmpError:
        return found


def _outputs(record: Record, found: FoundResource) -> Record:
    """The wish, overlaid by what the cloud tells; a secret stays as the wish has it, which is encrypted."""
    type_ = type_of(record["type"])
    told_fields = type_.fields.keys() | type_.outputs.keys()
    secret = {name for name, field in type_.fields.items() if field.secret}
    told_values = {name: value for name, value in found.state.items() if name in told_fields - secret}
    return {**record.get("inputs", {}), **told_values}


def _provider(record: Record, known: list[Record]) -> Record:
    """The provider's record that a resource names as `<urn>::<id>`."""
    urn = record["provider"].rpartition("::")[0]
    return next(other for other in known if other["urn"] == urn)
