"""Turns the engine's events into progress while they arrive, and into a stack's result at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.automation import EngineEvent, OpType, StepEventMetadata, StepEventStateMetadata
from pulumi.automation.events import DiagnosticEvent, PolicyEvent

from cmp.clouds.kubernetes import marks
from cmp.clouds.marked import tags_in
from cmp.model.events import Operation, OperationPhase, ResourceChange, ResourceProgress
from cmp.model.policy import RuleLevel
from cmp.model.tags import PLAN
from stacks.engine.results import Report, Violation
from stacks.names import StackName

_OPERATIONS = {
    OpType.CREATE: Operation.CREATE,
    OpType.UPDATE: Operation.UPDATE,
    OpType.REPLACE: Operation.REPLACE,
    OpType.DELETE: Operation.DELETE,
    OpType.SAME: Operation.SAME,
    OpType.IMPORT: Operation.CREATE,
}
"""The steps that count; create-replacement and delete-replaced are parts of `replace`."""

PLANS_MARK = f"metadata.annotations.{marks.PREFIX}{PLAN}"
"""The way to the annotation that names an object's Plan."""

ENGINES_OWN = "pulumi:"
"""Types that are the engine's own: stacks, providers, references."""

_NOISE = ("using pulumi-resource-", "using pulumi-analyzer-", "update failed", "preview failed")
_SEVERITIES = frozenset({"warning", "error"})


class Recorder:
    """Collects the events of one operation on one stack; `take` is called by one thread at a time."""

    def __init__(self, stack: StackName, report: Report) -> None:
        self._stack = stack
        self._report = report
        self._changes: dict[str, ResourceChange] = {}
        self.leaving: list[str] = []
        self.violations: list[Violation] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    @property
    def changes(self) -> tuple[ResourceChange, ...]:
        """What was done (in a preview: would be done) to each resource, by its URN."""
        return tuple(self._changes[urn] for urn in sorted(self._changes))

    def take(self, event: EngineEvent) -> None:
        """Take one event in."""
        if event.resource_pre_event:
            self._tell(event.resource_pre_event.metadata, OperationPhase.STARTED)
        elif event.res_outputs_event:
            self._count(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._tell(event.res_op_failed_event.metadata, OperationPhase.FAILED)
        elif event.diagnostic_event:
            self._hear(event.diagnostic_event)
        elif event.policy_event:
            self._judge(event.policy_event)

    def _tell(self, step: StepEventMetadata, phase: OperationPhase) -> None:
        operation = _operation(step)
        if operation and operation is not Operation.SAME:
            self._report(
                ResourceProgress(str(self._stack), operation, kind_in(step.type), name_in(step.urn), phase)
            )

    def _count(self, step: StepEventMetadata) -> None:
        if step.op == OpType.DELETE:
            self.leaving.append(step.urn)
        operation = _operation(step)
        if operation:
            self._changes[step.urn] = ResourceChange(
                operation,
                kind_in(step.type),
                name_in(step.urn),
                _changed(step),
                tags_in(_inputs(step.old or step.new)),
                operation is Operation.UPDATE and _only_another_plan(step),
            )
            self._tell(step, OperationPhase.DONE)

    def _hear(self, heard: DiagnosticEvent) -> None:
        message = heard.message.strip()
        if heard.severity not in _SEVERITIES or not message or message.startswith(_NOISE):
            return
        about = f"{name_in(heard.urn)}: " if heard.urn and not _is_engines_own(_type(heard.urn)) else ""
        kept = self.errors if heard.severity == "error" else self.warnings
        if about + message not in kept:
            kept.append(about + message)

    def _judge(self, finding: PolicyEvent) -> None:
        level = RuleLevel.MANDATORY if finding.enforcement_level == "mandatory" else RuleLevel.ADVISORY
        urn = finding.resource_urn or ""
        resource = "" if not urn or _is_engines_own(_type(urn)) else name_in(urn)
        violation = Violation(finding.policy_name, level, resource, finding.message.strip())
        if violation not in self.violations:
            self.violations.append(violation)


def _operation(step: StepEventMetadata) -> Operation | None:
    """The operation of a step on a resource that a provider holds; None for all others."""
    state = step.new or step.old
    if state is None or not state.custom or _is_engines_own(step.type):
        return None
    return _OPERATIONS.get(step.op)


def _inputs(state: StepEventStateMetadata | None) -> Mapping[str, Any]:
    return (state.inputs if state else None) or {}


def _changed(step: StepEventMetadata) -> tuple[str, ...]:
    """The fields that a step changes: some providers name fields, some the whole way to what differs."""
    return tuple(sorted(step.diffs or step.detailed_diff or ()))


def _only_another_plan(step: StepEventMetadata) -> bool:
    """True where an update changes tags alone, and of these only the one that names the Plan."""
    if _changed(step) == (PLANS_MARK,):
        return True
    before, after = dict(tags_in(_inputs(step.old))), dict(tags_in(_inputs(step.new)))
    return _changed(step) == ("tags",) and before.pop(PLAN, "") != after.pop(PLAN, "") and before == after


def _is_engines_own(kind: str) -> bool:
    return kind.startswith(ENGINES_OWN)


def name_in(urn: str) -> str:
    """The name that a URN ends with."""
    return urn.rpartition("::")[2]


def _type(urn: str) -> str:
    """The resource's own type: the last of the types in `urn:pulumi:stack::project::parent$type::name`."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""  # noqa: PLR2004 - a URN has four parts


def kind_in(kind: str) -> str:
    """What people call a type: `server` of `tricenter:openstack:Server`."""
    return kind.rpartition(":")[2].lower()
