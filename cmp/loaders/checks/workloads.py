"""Checks workloads among each other: ids, dependencies, flows, promises, and a selection that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cmp.loaders.checks.names import Known, Path, declared, unique
from cmp.loaders.hints import did_you_mean
from cmp.model.codes import Code
from cmp.model.finding import Finding
from cmp.model.network import Network, Secrecy
from cmp.model.recovery import FailureKind, RecoveryFramework
from cmp.model.workload import Mode, Workload
from cmp.sentences import Sentence

WORKLOADS: Final = "workloads"


@dataclass(frozen=True)
class Peers:
    """The selected workloads, and the ids of those that are not."""

    selected: tuple[Workload, ...]
    left_out: frozenset[str]

    @cached_property
    def by_id(self) -> dict[str, Workload]:
        """The selected workloads by id."""
        return {workload.id: workload for workload in self.selected}

    def refer(self, path: Path, name: str) -> Iterator[Finding]:
        """A finding where `name` is not a selected workload."""
        if name in self.by_id:
            return
        if name in self.left_out:
            message = Sentence("`{name}` is needed here but not selected", name=name)
            hint = Sentence("add `{name}` to `select: {{workloads: […]}}` in environment.yaml", name=name)
            yield Finding(WORKLOADS, path, Code.NOT_SELECTED, message, hint)
        else:
            yield from Known("workload", self.by_id).refer(WORKLOADS, path, name)

    def refer_component(self, path: Path, name: str, component: str) -> Iterator[Finding]:
        """A finding where a selected workload has no such component."""
        if name in self.by_id and component not in self.by_id[name].component:
            message = Sentence(
                "the workload `{name}` has no component `{component}`", name=name, component=component
            )
            hint = did_you_mean(component, self.by_id[name].component)
            yield Finding(WORKLOADS, path, Code.DANGLING, message, hint)


def check_workloads(
    peers: Peers, network: Network | None, recovery: RecoveryFramework | None
) -> Iterator[Finding]:
    """Everything that workloads can have wrong besides their components' own wishes."""
    yield from declared(WORKLOADS, "workloads", peers.selected)
    yield from unique(WORKLOADS, ("workloads",), peers.selected, "workload")
    zones = Known("zone", [zone.id for zone in network.zones]) if network else None
    for index, workload in enumerate(peers.selected):
        path: Path = ("workloads", index)
        if zones:
            yield from zones.refer(WORKLOADS, (*path, "zone"), workload.zone)
        yield from _secrecy(path, workload)
        yield from _dependencies(path, workload, peers)
        yield from _flows(path, workload, peers)
        yield from _together(path, workload, peers)
        if recovery:
            yield from _promises(path, workload, peers, recovery)


def _secrecy(path: Path, workload: Workload) -> Iterator[Finding]:
    if workload.secrecy is Secrecy.STATE_SECRET:
        message = Sentence(
            "`{id}` holds state secrets: this product manages non-classified systems only", id=workload.id
        )
        hint = "take it out: classified systems are run elsewhere"
        yield Finding(WORKLOADS, (*path, "secrecy"), Code.STATE_SECRET, message, hint)


def _dependencies(path: Path, workload: Workload, peers: Peers) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, dependency in enumerate(workload.depends_on):
        here = (*path, "depends_on", number, "workload")
        yield from peers.refer(here, dependency.workload)
        if dependency.workload == workload.id:
            yield Finding(
                WORKLOADS, here, Code.SELF_REFERENCE, Sentence("`{id}` depends on itself", id=workload.id)
            )
        if dependency.workload in seen:
            message = Sentence(
                "`{id}` depends on `{workload}` twice", id=workload.id, workload=dependency.workload
            )
            yield Finding(WORKLOADS, here, Code.DUPLICATE_ENTRY, message)
        seen.add(dependency.workload)


def _flows(path: Path, workload: Workload, peers: Peers) -> Iterator[Finding]:
    for number, component in enumerate(workload.components):
        seen: set[tuple[object, ...]] = set()
        for place, talk in enumerate(component.talks_to):
            here = (*path, "components", number, "talks_to", place)
            target = talk.workload or workload.id
            yield from peers.refer((*here, "workload"), target)
            yield from peers.refer_component((*here, "component"), target, talk.component)
            entry = (target, talk.component, talk.port, talk.protocol)
            if entry in seen:
                message = Sentence(
                    "the flow to {target}/{component} at {protocol} {port} stands here twice",
                    target=target,
                    component=talk.component,
                    protocol=talk.protocol,
                    port=talk.port,
                )
                yield Finding(WORKLOADS, here, Code.DUPLICATE_ENTRY, message)
            seen.add(entry)


def _together(path: Path, workload: Workload, peers: Peers) -> Iterator[Finding]:
    for number, component in enumerate(workload.components):
        for place, text in enumerate(component.together_with):
            here = (*path, "components", number, "together_with", place)
            head, slash, tail = text.partition("/")
            target, name = (head, tail) if slash else (workload.id, head)
            yield from peers.refer(here, target)
            yield from peers.refer_component(here, target, name)
            if (target, name) == (workload.id, component.id):
                message = Sentence("`{id}` is to stand together with itself", id=component.id)
                yield Finding(WORKLOADS, here, Code.SELF_REFERENCE, message)


def _promises(path: Path, workload: Workload, peers: Peers, recovery: RecoveryFramework) -> Iterator[Finding]:
    """The grade is defined, and no hard dependency promises to survive less than the workload that asks."""
    grades = {grade.grade: frozenset(grade.promises) for grade in recovery.grades}
    own = grades.get(workload.recovery.grade)
    if own is None:
        known = [str(number) for number in grades]
        message = Sentence("{id} defines no grade {grade}", id=recovery.id, grade=workload.recovery.grade)
        here = (*path, "recovery", "grade")
        yield Finding(
            WORKLOADS, here, Code.UNKNOWN_GRADE, message, did_you_mean(workload.recovery.grade, known)
        )
        return
    for number, dependency in enumerate(workload.depends_on):
        other = peers.by_id.get(dependency.workload)
        theirs = grades.get(other.recovery.grade) if other else None
        if other is None or theirs is None or dependency.mode is not Mode.HARD:
            continue
        if missing := own - theirs:
            here = (*path, "depends_on", number)
            yield Finding(WORKLOADS, here, Code.WEAKER_PROMISE, *_weaker(workload, other, missing))


def _weaker(workload: Workload, other: Workload, missing: frozenset[FailureKind]) -> tuple[str, str]:
    lost = " or ".join(f"a {kind}" for kind in sorted(missing))
    message = (
        f"`{workload.id}` (grade {workload.recovery.grade}) depends hard on `{other.id}` (grade "
        f"{other.recovery.grade}), which does not promise to survive the loss of {lost}"
    )
    return message, f"raise the grade of `{other.id}`, or write `mode: degraded`"
