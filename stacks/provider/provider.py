"""Answers the engine: check, diff, create, read, update and delete of every type, over the drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.property_value import PropertyValue

from cmp.clouds.base import Cloud, FoundResource, Noun
from cmp.clouds.binding import Binding
from cmp.clouds.ensuring import FieldChange, ensure
from cmp.clouds.labels import mark_of
from cmp.clouds.patience import patiently
from cmp.errors import Invalid
from cmp.sentences import Sentence
from stacks.provider import config, schema
from stacks.provider.table import type_of
from stacks.provider.types import ResourceType, check, compare, compare_told
from stacks.provider.values import plain, wrapped

T = TypeVar("T")
Properties = dict[str, PropertyValue]

_KINDS = engine.PropertyDiffKind


class TricenterProvider(engine.Provider):
    """The provider of one cloud; `open_cloud` opens it when the first call needs it."""

    def __init__(self, open_cloud: Callable[[Binding], Cloud]) -> None:
        self._open = open_cloud
        self._config: config.Config | None = None

    async def get_schema(self, request: engine.GetSchemaRequest) -> engine.GetSchemaResponse:  # noqa: ARG002
        """Describe all types."""
        return engine.GetSchemaResponse(schema=schema.document())

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Check the provider's own settings."""
        failures = [engine.CheckFailure(*problem) for problem in config.problems(plain(request.new_inputs))]
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff_config(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Another cloud or environment means other resources; another path or profile does not."""
        old, new = plain(request.old_state), plain(request.new_inputs)
        changed = [name for name in config.KNOWN if old.get(name) != new.get(name)]
        replaces = [name for name in changed if name in config.REPLACING]
        return engine.DiffResponse(changes=bool(changed), replaces=replaces, diffs=changed)

    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        """Take the settings; secrets and dependencies are left to the engine's own book-keeping."""
        self._config = config.read(plain(request.args))
        return engine.ConfigureResponse(supports_preview=True)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Bring the inputs into their normal form, or say what is wrong with each."""
        checked = check(type_of(request.type), plain(request.new_inputs))
        failures = [engine.CheckFailure(*problem) for problem in checked.problems]
        return engine.CheckResponse(inputs=wrapped(checked.inputs), failures=failures)

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Say field by field what changes in place and what needs a new resource."""
        old, new = plain(request.old_state), plain(request.new_inputs)
        change = compare(type_of(request.type), old, new)
        changed = sorted(change.updating | change.replacing)
        return engine.DiffResponse(
            changes=bool(changed),
            replaces=sorted(change.replacing),
            delete_before_replace=bool(change.replacing),
            diffs=changed,
            detailed_diff={name: _difference(name, change, old, new) for name in changed},
        )

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        """Make the resource, or take over the one that an earlier run left."""
        if request.preview:
            return engine.CreateResponse(resource_id="", properties=request.properties)
        type_, wish = type_of(request.type), plain(request.properties)
        mark = mark_of(request.urn, self._settings.environment)

        def told(state: Mapping[str, Any], wish: Mapping[str, Any]) -> FieldChange:
            return compare_told(type_, state, wish)

        found = await self._carry_out(type_, lambda noun: ensure(noun, wish, mark, told))
        return engine.CreateResponse(resource_id=found.id, properties=wrapped(_state(type_, wish, found)))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        """Describe the resource as it is, for refresh and for import; no id means that it is gone."""
        type_, ref = type_of(request.type), request.resource_id
        found = await self._carry_out(type_, lambda noun: noun.read(ref))
        if found is None or not found.usable:
            return engine.ReadResponse(resource_id="")
        known = plain(request.inputs) or plain(request.properties)
        state = _state(type_, known, found)
        inputs = {name: value for name, value in state.items() if name in type_.fields}
        return engine.ReadResponse(found.id, wrapped(state), wrapped(check(type_, inputs).inputs))

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        """Change in place what may be changed in place."""
        type_, wish = type_of(request.type), plain(request.news)
        if request.preview:
            return engine.UpdateResponse(properties={**request.olds, **request.news})
        mark, ref = mark_of(request.urn, self._settings.environment), request.resource_id
        changed = compare(type_, plain(request.olds), wish).updating
        found = await self._carry_out(type_, lambda noun: noun.update(ref, wish, changed, mark))
        return engine.UpdateResponse(properties=wrapped(_state(type_, wish, found)))

    async def delete(self, request: engine.DeleteRequest) -> None:
        """Remove the resource; one that is gone already is fine."""
        type_, ref = type_of(request.type), request.resource_id
        await self._carry_out(type_, lambda noun: noun.delete(ref))

    @property
    def _settings(self) -> config.Config:
        if self._config is None:
            raise Invalid("the provider was not told which cloud it is for", hint="give it a configuration")
        return self._config

    async def _carry_out(self, type_: ResourceType, action: Callable[[Noun], T]) -> T:
        """Run a verb of the driver in a thread, again while the cloud is busy: every verb may be repeated."""
        binding = self._settings.binding
        if binding.kind is not type_.kind:
            raise Invalid(
                Sentence(
                    "cloud {cloud} is of kind {kind} and cannot hold a {token}",
                    cloud=binding.cloud,
                    kind=binding.kind,
                    token=type_.token,
                ),
                hint="pass the provider of the right cloud",
            )

        def work() -> T:
            noun = self._open(binding).noun(type_.noun)
            return patiently(lambda: action(noun))

        return await asyncio.to_thread(work)


def _state(type_: ResourceType, wish: Mapping[str, Any], found: FoundResource) -> dict[str, Any]:
    """What the engine shall remember: the wish, overlaid by what the cloud tells, and the outputs."""
    known = {name: value for name, value in wish.items() if name in type_.fields}
    told = {
        name: value for name, value in found.state.items() if name in type_.fields or name in type_.outputs
    }
    return known | told


def _difference(
    name: str, change: FieldChange, old: Mapping[str, Any], new: Mapping[str, Any]
) -> engine.PropertyDiff:
    if name not in old:
        kinds = (_KINDS.ADD, _KINDS.ADD_REPLACE)
    elif name not in new:
        kinds = (_KINDS.DELETE, _KINDS.DELETE_REPLACE)
    else:
        kinds = (_KINDS.UPDATE, _KINDS.UPDATE_REPLACE)
    return engine.PropertyDiff(kinds[name in change.replacing], input_diff=False)
