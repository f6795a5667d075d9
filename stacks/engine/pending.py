"""Takes what a killed run had begun to create into the state, so that nothing it left is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi import automation

from cmp.clouds.base import Cloud, FoundResource, Mark, Noun
from cmp.clouds.binding import Binding
from cmp.clouds.labels import mark_of
from cmp.clouds.opening import open_cloud
from cmp.errors import CmpError, Refused, TryLater
from cmp.sentences import Sentence
from stacks.engine import objects
from stacks.engine.api_versions import outdated, renewed
from stacks.engine.copies import exported, of_file
from stacks.engine.workplace import Workplace, state_file, told
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
    Records of API versions of before are taken over first.

    Returns:
        How many operations were settled.

    Raises:
        TryLater: the state cannot be read or written, or a cloud does not answer.
    """
    with told(f"read the state of {name}"):
        state = exported(stack, name)
    deployment = state["deployment"] or {}
    pending = deployment.get("pending_operations") or []
    old = outdated(deployment)
    fresh = renewed(deployment) if old else deployment
    if pending:
        fresh = settled(fresh, open_cloud)
    if pending or old:
        _write(stack, name, state["version"], fresh)
    return len(pending)


def take_over(place: Workplace, stack: automation.Stack, name: StackName) -> None:
    """Take over what a stack holds by API versions of before: the engine would ask where nobody answers.

    Raises:
        Refused: this run changes nothing, and a preview would fail.
        TryLater: the state cannot be read or written.
    """
    with told(f"read the state of {name}"):
        file = state_file(place, name)
        state = of_file(file) if file else exported(stack, name)
    old = outdated(state["deployment"] or {})
    if not old:
        return
    if not place.run:
        raise Refused(
            Sentence(
                "the state of {name} has objects of API versions that stacks no longer use: {names}",
                name=name,
                names=", ".join(old),
            ),
            hint="`apply` and `up` take them over without changing an object, and `down` deletes them",
        )
    with told(f"read the state of {name}"):
        state = exported(stack, name)
    _write(stack, name, state["version"], renewed(state["deployment"] or {}))


def _write(stack: automation.Stack, name: StackName, version: Any, deployment: Mapping[str, Any]) -> None:
    with told(f"write the state of {name}"):
        stack.import_stack(automation.Deployment(version, dict(deployment)))


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
