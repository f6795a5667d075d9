"""Keeps the engine to a part of a stack: what stands there for others stays as it is, and stays exported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi
from pulumi import automation
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack

from cmp.clouds.marked import tags_in
from cmp.model.part import Part
from cmp.model.plan import Plan
from cmp.model.tags import WORKLOAD
from stacks.engine.copies import exported
from stacks.engine.workplace import Workplace, told
from stacks.names import Project, StackName
from stacks.objects.cluster_rows import rows_of
from stacks.programs.rows import clouds_in, clusters_of, networks_in, rows_in

Record = Mapping[str, Any]

_ENGINES_OWN: Final = "pulumi:pulumi:"
_PROVIDER: Final = "pulumi:providers:"
_ROOT: Final = "pulumi:pulumi:Stack"


def places(plan: Plan, part: Part) -> frozenset[str]:
    """The centers and clusters that a part may concern: those of its clouds; all where it names workloads.

    Where a workload was before, no Plan tells; whether anything of it is there, a stack's state does.
    """
    clusters, estate = clusters_of(plan), plan.environment.estate
    if not part or part.workloads:
        return frozenset((*estate.center, *clusters))
    return frozenset(name if name in clusters else estate.cloud[name].center for name in part.clouds)


def left_alone(place: Workplace, plan: Plan, stack: automation.Stack, name: StackName) -> list[str] | None:
    """What of a stack is no part of what is carried out (URNs); None where the part has nothing in it.

    With a part, the stack's program is made to export what stays beside what it declares.

    Raises:
        TryLater: the state cannot be read.
    """
    if not place.part:
        return []
    with told(f"read the state of {name}"):
        state = exported(stack, name)
    if not concerns(state, plan, place.part, name):
        return None
    program = stack.workspace.program
    if program is not None:
        stack.workspace.program = keeping(program, state)
    return untouched(state, plan, place.part, name)


def untouched(state: Mapping[str, Any], plan: Plan, part: Part, name: StackName) -> list[str]:
    """The URNs in a stack's state that are no part of what is carried out, in the order of the state.

    Left to the engine are its own records, providers of clouds that the part is in, and components that hold
    something of it.
    """
    if not part:
        return []
    records = _records(state)
    taken = {record["urn"]: record.get("parent", "") for record in records if _is_taken(record, part)}
    touched = {*taken, *taken.values()}
    clouds = declared_in(part.of(plan), name) | part.clouds
    return [record["urn"] for record in records if not _is_touched(record, touched, clouds)]


def _is_touched(record: Record, touched: Collection[str], clouds: Collection[str]) -> bool:
    kind, urn = str(record["type"]), str(record["urn"])
    if kind.startswith(_PROVIDER):
        called = urn.rpartition("::")[2]
        return called.startswith("default") or called in clouds
    return kind.startswith(_ENGINES_OWN) or urn in touched


def concerns(state: Mapping[str, Any], plan: Plan, part: Part, name: StackName) -> bool:
    """Whether there is anything to do in a stack: something of the part is to stand there, or does."""
    declared = declared_in(part.of(plan), name)
    return bool(declared) or any(_is_taken(record, part) for record in _records(state))


def declared_in(plan: Plan, name: StackName) -> frozenset[str]:
    """The clouds of which the program of a stack declares anything."""
    if name.center in clusters_of(plan):
        return frozenset({name.center} if rows_of(plan, name.center) else ())
    if name.project is Project.FOUNDATION:
        return frozenset(each.id for each in clouds_in(plan, name.center) if networks_in(plan, each.id))
    return frozenset(row.cloud for row in rows_in(plan, name.center))


def keeping(program: automation.PulumiFn, state: Mapping[str, Any]) -> Callable[[], None]:
    """A program that declares a part, and exports what the stack exported before beside it."""
    before = _exported(state)

    def run() -> None:
        program()
        root = get_root_resource()
        for key, value in list(root.outputs.items()) if isinstance(root, Stack) else []:
            if isinstance(before.get(key), Mapping):
                pulumi.export(key, pulumi.Output.from_input(value).apply(partial(_over, before[key])))

    return run


def _over(before: Any, now: Any) -> Any:
    """What is exported now over what was before, level by level."""
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        return now
    return {**before, **{key: _over(before.get(key), value) for key, value in now.items()}}


def _exported(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each.get("outputs") or {} for each in _records(state) if each["type"] == _ROOT), {})


def _records(state: Mapping[str, Any]) -> Sequence[Record]:
    return (state.get("deployment") or {}).get("resources") or []


def _is_taken(record: Record, part: Part) -> bool:
    """True for a resource that a provider holds, in a cloud or for a workload of the part."""
    if not record.get("custom") or str(record["type"]).startswith("pulumi:"):
        return False
    return part.takes(_cloud(record), tags_in(record.get("inputs") or {}).get(WORKLOAD, ""))


def _cloud(record: Record) -> str:
    """The cloud of a resource: its provider is called like it, and named as `<urn>::<id>`."""
    parts = str(record.get("provider") or "").split("::")
    return parts[-2] if len(parts) > 1 else ""
