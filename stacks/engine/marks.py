"""Marks stacks that were carried out: a later Plan of which they only get the tag asks no engine about them.

A mark is the digest of everything that a stack's program is made from, and of the engine's state after it
was carried out. Where both are still the same, its program asks for nothing but the tag of another Plan. What
is in doubt is asked about: a state that is no file of ours, something pending, a lock, another version, a
policy that said something, a waiver that has ended since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from cmp.clouds.marked import tags_in
from cmp.errors import CmpError
from cmp.installation import HERE
from cmp.model.apply_journal import StackMark
from cmp.model.events import Operation, ResourceChange
from cmp.model.plan import Plan
from cmp.model.sealing import canonical
from cmp.model.tags import PLAN
from stacks.engine.events import ENGINES_OWN, kind_in, name_in
from stacks.engine.results import Changes, StackResult
from stacks.engine.workplace import Workplace, state_file
from stacks.names import Project, StackName
from stacks.objects.containers import containers
from stacks.objects.manifest import Kind, Manifest
from stacks.objects.platform import platform
from stacks.objects.revealing import revealer
from stacks.programs.part import concerning, part_of
from stacks.programs.rows import clusters_of

CODE: Final = ("stacks", "policies", "cmp/clouds", "cmp/model")
"""The folders of our own that decide what a Plan asks of clouds."""

PACKAGES: Final = ("pulumi", "pulumi-kubernetes", "pulumi-policy")

Marks = Mapping[StackName, StackMark]


@dataclass(frozen=True, slots=True)
class Marking:
    """What stacks are marked with on one day: waivers of policies end by the calendar."""

    place: Workplace
    plan: Plan
    today: date

    def of(self, result: StackResult) -> StackMark | None:
        """The mark of a stack that was just carried out; None where it cannot be vouched for."""
        if result.error or result.violations:
            return None
        return self._mark(result.name)

    def only_retagged(self, marks: Marks, carried_out: str) -> Mapping[StackName, StackResult]:
        """The stacks of which nothing would change but the Plan's tag, with what that comes to.

        Args:
            marks: those that were kept when a Plan was carried out whole.
            carried_out: the hash of that Plan; every tag in the state has to name it.
        """
        found = ((name, self._counted(name, mark, carried_out)) for name, mark in marks.items())
        return {name: result for name, result in found if result is not None}

    def _counted(self, name: StackName, before: StackMark, carried_out: str) -> StackResult | None:
        if self._mark(name) != before:
            return None
        changes = tuple(_change(each, self.plan.hash) for each in _held(_state(self.place, name) or b"{}"))
        tags = {change.tags[PLAN] for change in changes if PLAN in change.tags}
        if tags - {carried_out}:
            return None
        return StackResult(name, Changes.count(changes), changes, asked=False)

    def _mark(self, name: StackName) -> StackMark | None:
        states = [_state(self.place, each) for each in (name, *self._grounds(name))]
        if None in states:
            return None
        try:
            program = _digest(self._program(name))
        except CmpError:
            return None  # a secret that cannot be had now: the engine says so
        return StackMark(program=program, state=_digest(*(state for state in states if state is not None)))

    def _grounds(self, name: StackName) -> Sequence[StackName]:
        """The grounds whose outputs a stack reads: its own state does not say when these have changed."""
        return [each for each in name.grounds if state_file(self.place, each) is not None]

    def _program(self, name: StackName) -> bytes:
        """Everything that a stack is made from, but for the tag of the Plan."""
        plan = self.plan
        in_force = [each.model_dump(mode="json") for each in plan.environment.policy.waivers]
        made_from = {
            "access": repr(self.place.access),
            "code": _code(),
            "engine": self.place.engine.version,
            "in_force": [each for each in in_force if self.today.isoformat() <= each["until"]],
            "program": _objects(self, name) if name.center in clusters_of(plan) else _part(plan, name),
        }
        return canonical(made_from)


def _part(plan: Plan, name: StackName) -> Mapping[str, Any]:
    return part_of(plan, name.project, name.center).changed(hash="").model_dump(mode="json")


def _objects(marking: Marking, name: StackName) -> Mapping[str, Any]:
    """The objects of a cluster's stack, and what policies judge these by.

    What a Secret holds is left out: its name is made of that.
    """
    plan, cloud = marking.plan, name.center
    made: tuple[Manifest, ...] = (
        platform(plan, cloud)
        if name.project is Project.PLATFORM
        else containers(plan, cloud, revealer(marking.place.access))
    )
    ids = {row.workload for row in plan.placements if row.cloud == cloud}
    return {
        "environment": concerning(plan.environment, ids).model_dump(mode="json"),
        "objects": [_object(each) for each in made],
    }


def _object(manifest: Manifest) -> Mapping[str, Any]:
    tags = {name: value for name, value in manifest.tags.items() if name != PLAN}
    return {
        "key": manifest.key,
        "body": {} if manifest.kind is Kind.SECRET else manifest.body,
        "tags": tags,
        "steering": dict(manifest.steering),
        "labels": dict(manifest.labels),
        "after": manifest.after,
        "left": manifest.left,
    }


def _state(place: Workplace, name: StackName) -> bytes | None:
    """The engine's state of a stack; None where nobody can say that it is at rest."""
    file = state_file(place, name)
    if file is None or any(_locks(place, name)):
        return None
    try:
        content = file.read_bytes()
        pending = _latest(content).get("pending_operations")
    except (OSError, ValueError):
        return None
    return None if pending else content


def _locks(place: Workplace, name: StackName) -> Iterator[Path]:
    folder = place.folder / ".pulumi" / "locks" / "organization" / name.project.full / name.short
    return folder.glob("*.json")


def _latest(content: bytes) -> Mapping[str, Any]:
    latest: Mapping[str, Any] = (json.loads(content).get("checkpoint") or {}).get("latest") or {}
    return latest


def _held(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The resources of a state that clouds hold."""
    for each in _latest(content).get("resources") or ():
        if each.get("custom") and not each["type"].startswith(ENGINES_OWN):
            yield each


def _change(resource: Mapping[str, Any], plan: str) -> ResourceChange:
    tags = tags_in(resource.get("inputs") or {})
    retagged = PLAN in tags and tags[PLAN] != plan
    operation = Operation.UPDATE if retagged else Operation.SAME
    kind, name = kind_in(resource["type"]), name_in(resource["urn"])
    return ResourceChange(operation, kind, name, ("tags",) if retagged else (), tags, retagged)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


@cache
def _code() -> str:
    """A digest of what turns a Plan into resources: another version of it may ask for something else."""
    files = (file for folder in CODE for file in sorted((HERE.packages / folder).rglob("*.py")))
    versions = [f"{name} {version(name)}".encode() for name in PACKAGES]
    return _digest(*versions, *(file.read_bytes() for file in files))
