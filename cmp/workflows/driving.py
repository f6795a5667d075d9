"""Takes operations step by step: writes down that a step begins, has it carried out, writes how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from cmp.errors import CmpError, Conflict, Invalid, Stale
from cmp.model.happenings import Event
from cmp.model.operations import (
    ConsentNeeded,
    Failure,
    OperationRecord,
    OperationState,
    Revision,
    StepState,
)
from cmp.operations import changes
from cmp.ports.operations import Carrier, Operations, Task, Wanted
from cmp.workflows.consent import Policy, agreed_by, needed_for, refuse_unagreed
from cmp.workflows.failures import failure_in, failure_of
from cmp.workflows.kinds import CONSENT, KINDS
from cmp.workflows.telling import PART

S = OperationState
EVERY: Final = 0.25
"""Seconds between two looks whether somebody cancelled what works."""


@dataclass(frozen=True, slots=True)
class Driving:
    """Takes steps; every one may be taken again, by this process or another."""

    kept: Operations
    carrier: Carrier
    now: Callable[[], datetime]
    token: Callable[[], str]
    policy: Policy = field(default_factory=Policy)

    def steps(self, kind: str) -> tuple[str, ...]:
        """The steps of a kind, in order."""
        return KINDS[kind].steps

    def take(self, key: str, step: str) -> bool:
        """Take one step, unless it is done already; False: nothing follows for now."""
        while True:
            claim = self.token()
            op = self.kept.change(key, lambda found: self._begun(found, step, claim))  # noqa: B023 - at once
            known = op.step(step)
            if known is not None and known.state is StepState.DONE:
                return self._goes_on(op, step)
            if op.state is not S.RUNNING or known is None or known.claim != claim:
                if op.state.is_over:
                    self._told(op)
                return False
            self.kept.tell(key, (Event("step-begins", step),))
            try:
                after = self._consent(op, claim) if step == CONSENT else self._carried(op, step, claim)
            except Conflict:  # somebody else carries it out, and says how it ends
                return False
            if after is not None:
                return after.state in {S.RUNNING, S.CANCELLING} and self._goes_on(after, step)

    def _begun(self, op: OperationRecord, step: str, claim: str) -> OperationRecord:
        if op.state is S.CANCELLING:
            return changes.ended(op, S.CANCELLED, self.now())
        if op.state not in {S.QUEUED, S.RUNNING}:
            return op
        known = op.step(step)
        if known is not None and known.state is StepState.DONE:
            return op.changed(state=S.RUNNING)
        return changes.begun_step(op, step, claim, self.now())

    def _goes_on(self, op: OperationRecord, step: str) -> bool:
        """True where another step follows; else the operation is done."""
        if step != self.steps(op.kind)[-1]:
            return True
        done = self.kept.change(op.id, self._done)
        if done.state is S.DONE:
            self.kept.tell(op.id, (Event("operation-ended", str(done.state)),))
        return False

    def _done(self, op: OperationRecord) -> OperationRecord:
        return changes.ended(op, S.DONE, self.now()) if op.state in {S.RUNNING, S.CANCELLING} else op

    def _carried(self, op: OperationRecord, step: str, claim: str) -> OperationRecord | None:
        """The operation after a step; None where its process died: it is begun again."""
        cancelled = _Cancelled(self.kept, op.id, step, claim)
        try:
            task = task_of(self.kept, op, step)
            self._refuse_old(op)
            ended = self.carrier.carry(task, partial(self._heard, op.id, step, claim), cancelled)
        except CmpError as error:
            return self._failed(op, step, claim, failure_of(error))
        if ended.cancelled:
            return self._told(
                self.kept.change(op.id, lambda f: changes.cancelled_step(f, step, claim, self.now()))
            )
        if ended.died:
            self.kept.tell(op.id, (Event("step-died", step, {"how": ended.died}),))
            return None
        if ended.failure is not None:
            return self._failed(op, step, claim, failure_in(ended.failure))
        if ended.plan:
            keep_plan(self.kept, op, ended.plan_hash, ended.plan)
        digest = self.kept.keep(ended.answer)
        return self.kept.change(
            op.id, lambda found: changes.ended_step(found, step, claim, self.now(), digest)
        )

    def _heard(self, key: str, step: str, claim: str, events: tuple[Event, ...]) -> None:
        """Keep what a step tells, and in the record which part of it is reached.

        Raises:
            Conflict: somebody else carries the step out: whoever carries it out here is ended.
        """
        for each in (event for event in events if event.kind == PART):
            self.kept.change(key, partial(self._reached, step=step, claim=claim, event=each))
        self.kept.tell(key, events)

    def _reached(self, op: OperationRecord, step: str, claim: str, event: Event) -> OperationRecord:
        is_done = bool(event.values["done"])
        return changes.part_reached(op, step, claim, event.subject, self.now(), is_done=is_done)

    def _failed(self, op: OperationRecord, step: str, claim: str, failure: Failure) -> OperationRecord:
        return self._told(
            self.kept.change(
                op.id, lambda found: changes.ended_step(found, step, claim, self.now(), failure=failure)
            )
        )

    def _told(self, op: OperationRecord) -> OperationRecord:
        self.kept.tell(op.id, (Event("operation-ended", str(op.state)),))
        return op

    def _refuse_old(self, op: OperationRecord) -> None:
        """Refuse to carry out what the newest revision leaves out.

        Raises:
            Stale: the environment has a newer revision than the Plan was made from.
        """
        if not KINDS[op.kind].changes:
            return
        head = self.kept.head(op.environment)
        if head is None or head.id != op.revision or head.environment_id != op.environment_id:
            now = f"revision {head.number} ({head.id[:12]})" if head else "no revision any more"
            raise Stale(
                f"{op.environment} has {now}, and this was asked for of {op.revision[:12]}",
                hint="plan the newest revision, and carry that Plan out",
            )

    def _consent(self, op: OperationRecord, claim: str) -> OperationRecord:
        """Go on where everybody agreed who has to, and still may; wait for them else."""
        task = task_of(self.kept, op, CONSENT)
        try:
            self._refuse_old(op)
            needed = needed_for(task, self.policy, self.now())
            refuse_unagreed(op, needed, self.policy, self.now())
        except CmpError as error:
            return self._failed(op, CONSENT, claim, failure_of(error))
        if needed is None or self._enough(op, needed):
            return self.kept.change(
                op.id, lambda found: changes.ended_step(found, CONSENT, claim, self.now())
            )
        waiting = self.kept.change(op.id, lambda found: self._waits(found, claim, needed))
        self.kept.tell(
            op.id, (Event("consent-needed", op.id, {"approvals": needed.approvals, "why": needed.reasons}),)
        )
        return waiting

    def go_on_with_agreed(self) -> None:
        """Hand over again what waits for consent that was given by a document meanwhile.

        Raises:
            TryLater: what is kept cannot be read or written.
        """
        for op in self.kept.listed(Wanted(state=S.WAITING)):
            if op.needed is not None and self._enough(op, op.needed):
                self.kept.change(op.id, lambda found: changes.agreed(found, self.now()), carry_on=True)

    def _enough(self, op: OperationRecord, needed: ConsentNeeded) -> bool:
        return len(agreed_by(op, needed, self.policy, self.now())) >= needed.approvals

    def _waits(self, op: OperationRecord, claim: str, needed: ConsentNeeded) -> OperationRecord:
        if op.state is S.CANCELLING:
            return changes.cancelled_step(op, CONSENT, claim, self.now())
        steps = tuple(each for each in op.steps if each.name != CONSENT)
        return changes.awaiting(op.changed(steps=steps), needed, self.now())


class _Cancelled:
    """Answers whether somebody cancelled an operation, or took its step over; looks a few times a second."""

    def __init__(self, kept: Operations, key: str, step: str, claim: str) -> None:
        self._kept, self._id, self._step, self._claim = kept, key, step, claim
        self._next, self._known = 0.0, False

    def __call__(self) -> bool:
        """True once somebody did."""
        if not self._known and monotonic() >= self._next:
            self._next = monotonic() + EVERY
            found = self._kept.found(self._id)
            step = found.step(self._step) if found else None
            lost = step is None or step.claim != self._claim
            self._known = found is None or lost or found.state in {S.CANCELLING, S.CANCELLED}
        return self._known


def task_of(kept: Operations, op: OperationRecord, step: str) -> Task:
    """All that a step is carried out from.

    Raises:
        Invalid: something of it is not kept any more.
    """
    revision = kept.revision(op.environment, op.revision) or draft_of(kept, op.revision)
    if revision is None:
        raise Invalid(f"{op.environment} has no revision {op.revision[:12]} any more")
    files = {name: _kept(kept, digest) for name, digest in revision.files.items()}
    before: Mapping[str, bytes] = {
        each.name: _kept(kept, each.output) for each in op.steps if each.output and each.name != step
    }
    plan = _kept(kept, plan_name(op.plan)) if op.plan else b""
    return Task(op, step, revision, files, before, plan)


def keep_draft(kept: Operations, revision: Revision) -> None:
    """Keep files that were uploaded to be looked at, and are no revision of an environment."""
    kept.keep(revision.model_dump_json().encode(), f"draft:{revision.id}")


def draft_of(kept: Operations, key: str) -> Revision | None:
    """Files that were uploaded to be looked at; None where there are none of that id."""
    found = kept.kept(f"draft:{key}")
    return None if found is None else Revision.model_validate_json(found)


@dataclass(frozen=True, slots=True)
class PlanOrigin:
    """Of which revision a Plan was made last, and who asked for it."""

    revision: str
    actor: str


def plan_name(digest: str) -> str:
    """The name under which a Plan is kept."""
    return f"plan:{digest}"


def keep_plan(kept: Operations, op: OperationRecord, digest: str, content: bytes) -> None:
    """Keep a Plan with what it was made of; the same Plan may come of a later revision again."""
    kept.keep(content, plan_name(digest))
    origin = {"revision": op.revision, "actor": op.actor}
    kept.keep(json.dumps(origin).encode(), _origin_name(digest, op.environment_id))


def origin_of(kept: Operations, digest: str, environment_id: str) -> PlanOrigin | None:
    """Where a Plan of an environment comes from; None where this service made no such Plan for it."""
    found = kept.kept(_origin_name(digest, environment_id))
    return None if found is None else PlanOrigin(**json.loads(found))


def _origin_name(digest: str, environment_id: str) -> str:
    return f"plan-of:{environment_id}:{digest}"


def _kept(kept: Operations, digest: str) -> bytes:
    found = kept.kept(digest)
    if found is None:
        raise Invalid(f"the document {digest[:12]} is not kept any more")
    return found
