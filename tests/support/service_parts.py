"""Gives tests of a service an operation, a revision, and a carrier that does what the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from cmp.model.actors import ActorKind
from cmp.model.happenings import Event
from cmp.model.operations import OperationRecord, OperationState, Revision
from cmp.operations import changes
from cmp.ports.operations import Carried, Carrier, Operations, Task
from cmp.workflows.consent import Policy
from cmp.workflows.driving import Driving, keep_plan

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LI, WANG, ZHAO = "local#li", "local#wang", "local#zhao"
PLAN = "f" * 64

Act = Callable[[Task, Callable[[], bool]], Carried]


def a_revision(environment: str = "lab", text: str = "name: lab\n", **changed: Any) -> Revision:
    """A revision of one file, whose id follows from its text."""
    given = {
        "id": f"{abs(hash(text)):064x}"[:64],
        "environment": environment,
        "environment_id": f"{environment}-1",
        "number": 0,
        "folder": environment,
        "files": {},
        "actor": ZHAO,
        "at": NOON.isoformat(),
    }
    return Revision(**{**given, **changed})


def an_operation(
    revision: Revision, name: str = "op-1", kind: str = "apply", **changed: Any
) -> OperationRecord:
    """An operation that Li asks for."""
    given = {
        "id": name,
        "kind": kind,
        "environment": revision.environment,
        "environment_id": revision.environment_id,
        "revision": revision.id,
        "ask": {"plan": PLAN} if kind == "apply" else {},
        "plan": PLAN if kind == "apply" else "",
        "actor": LI,
        "actor_kind": ActorKind.PERSON,
        "behind": (LI, ZHAO),
        "request": "0",
        "created": NOON.isoformat(),
        "updated": NOON.isoformat(),
    }
    return OperationRecord(**{**given, **changed})


def answered(document: Mapping[str, Any] | None = None) -> Carried:
    """A step that ends well."""
    return Carried(json.dumps(document or {}).encode())


@dataclass
class Carrying:
    """Carries steps out as it was told, and remembers which."""

    acts: dict[str, Act] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)
    working: set[str] = field(default_factory=set)

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out."""
        self.working.add(task.record.id)
        try:
            tell((Event("note", task.step, {"text": "at it"}),))
            self.done.append((task.record.id, task.step))
            act = self.acts.get(task.step)
            return act(task, cancelled) if act else answered()
        finally:
            self.working.discard(task.record.id)


def until_cancelled(_task: Task, cancelled: Callable[[], bool]) -> Carried:
    """Work until somebody cancels it."""
    pause = threading.Event()
    while not cancelled():
        pause.wait(0.02)
    return Carried(cancelled=True)


def plan_of_grade(grade: int) -> bytes:
    """As much of a Plan as decides about consent."""
    return json.dumps({"environment": {"workloads": [{"recovery": {"grade": grade}}]}}).encode()


def driving(kept: Operations, carrier: Carrier, policy: Policy | None = None) -> Driving:
    """Takes steps with a clock that stands."""
    numbers = count(1)
    return Driving(kept, carrier, lambda: NOON, lambda: f"claim-{next(numbers)}", policy or Policy())


def prepared(kept: Operations, grade: int = 1) -> Revision:
    """An environment with a Plan that may be applied."""
    revision = kept.push(a_revision(), "")
    keep_plan(kept, an_operation(revision), PLAN, plan_of_grade(grade))
    return revision


def state_of(kept: Operations, name: str = "op-1") -> OperationState | None:
    """How far an operation is."""
    found = kept.found(name)
    return found.state if found else None


def resume(kept: Operations, name: str = "op-1") -> OperationRecord:
    """Go on with an operation."""
    return kept.change(name, lambda op: changes.resumed(op, NOON), carry_on=True)


def cancel(kept: Operations, name: str = "op-1") -> OperationRecord:
    """End an operation."""
    return kept.change(name, lambda op: changes.cancelling(op, NOON), carry_on=True)
