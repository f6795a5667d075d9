"""Says what becomes of an operation at each thing that happens to it; every function is one transition."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cmp.errors import Conflict, Refused
from cmp.model.operations import (
    DEATHS,
    ConsentGiven,
    ConsentNeeded,
    Failure,
    OperationRecord,
    OperationState,
    PartRecord,
    StepRecord,
    StepState,
)

S = OperationState
RESUMABLE: Final = frozenset({S.CANCELLED, S.FAILED, S.HELD})


def begun_step(op: OperationRecord, name: str, claim: str, now: datetime) -> OperationRecord:
    """The operation with a step under way under a new claim; held where that killed too many processes."""
    known = op.step(name)
    starts = 1
    if known is not None and known.state is StepState.RUNNING:
        starts = known.starts + 1
    if starts > DEATHS:
        sentence = f"the process that carried out `{name}` died {DEATHS} times in it"
        hint = f"look at its events, then `tricenter operations resume {op.id}`"
        return ended(op, S.HELD, now, Failure(code="held", message=sentence, hint=hint, status=409))
    step = StepRecord(
        name=name,
        state=StepState.RUNNING,
        began=now.isoformat(),
        starts=starts,
        claim=claim,
        input=op.ask,
        parts=known.parts if known else (),
    )
    return _with(op, step).changed(state=S.RUNNING, updated=now.isoformat())


def part_reached(
    op: OperationRecord, name: str, claim: str, part: str, now: datetime, *, is_done: bool
) -> OperationRecord:
    """The operation with a part of its step begun or done; what is done no longer counts towards deaths.

    Raises:
        Conflict: somebody else carries the step out meanwhile.
    """
    step, at = _claimed(op, name, claim), now.isoformat()
    known = next((each for each in step.parts if each.name == part), None)
    made = PartRecord(name=part, began=known.began, ended=at) if known and is_done else _begun_part(part, at)
    parts = (
        tuple(made if each.name == part else each for each in step.parts) if known else (*step.parts, made)
    )
    starts = 1 if is_done else step.starts
    return _with(op, step.changed(parts=parts, starts=starts)).changed(updated=at)


def _begun_part(name: str, at: str) -> PartRecord:
    return PartRecord(name=name, began=at)


def ended_step(
    op: OperationRecord,
    name: str,
    claim: str,
    now: datetime,
    output: str = "",
    failure: Failure | None = None,
) -> OperationRecord:
    """The operation with a step that has ended.

    Raises:
        Conflict: somebody else carries the step out meanwhile: what this one brings is not taken.
    """
    step = _claimed(op, name, claim)
    state = StepState.FAILED if failure else StepState.DONE
    done = step.changed(state=state, ended=now.isoformat(), output=output, failure=failure)
    found = _with(op, done).changed(updated=now.isoformat())
    return ended(found, S.FAILED, now, failure) if failure else found


def cancelled_step(op: OperationRecord, name: str, claim: str, now: datetime) -> OperationRecord:
    """The operation with a step that was ended because somebody cancelled it.

    Raises:
        Conflict: somebody else carries the step out meanwhile.
    """
    step = _claimed(op, name, claim)
    stopped = step.changed(state=StepState.CANCELLED, ended=now.isoformat())
    return ended(_with(op, stopped), S.CANCELLED, now)


def ended(
    op: OperationRecord, state: OperationState, now: datetime, failure: Failure | None = None
) -> OperationRecord:
    """The operation at its end, or where somebody has to say how it goes on."""
    return op.changed(state=state, updated=now.isoformat(), failure=failure)


def awaiting(op: OperationRecord, needed: ConsentNeeded, now: datetime) -> OperationRecord:
    """The operation as it waits for consent."""
    return op.changed(state=S.WAITING, needed=needed, updated=now.isoformat())


def consented(op: OperationRecord, given: ConsentGiven, now: datetime) -> OperationRecord:
    """The operation with somebody's consent, or refused by them; queued once enough have agreed.

    Raises:
        Refused: they are behind the request, or consented already, or too late.
        Conflict: it waits for nobody's consent, or for consent to another Plan.
    """
    if op.state is not S.WAITING or op.needed is None:
        raise Conflict(f"operation {op.id} is {op.state}: it waits for nobody's consent")
    if given.plan and given.plan != op.needed.plan:
        raise Conflict(f"operation {op.id} carries out the plan {op.needed.plan[:12]}, not {given.plan[:12]}")
    if given.by in op.behind:
        raise Refused(f"{given.by} is behind the request: somebody else has to agree")
    if any(each.by == given.by for each in op.consents):
        raise Refused(f"{given.by} has consented already: two consents are two persons")
    if now.isoformat() > op.needed.until:
        raise Refused(f"operation {op.id} waited until {op.needed.until}", hint="ask for it anew")
    found = op.changed(consents=(*op.consents, given), updated=now.isoformat())
    if not given.agreed:
        why = f": {given.reason}" if given.reason else ""
        return ended(
            found,
            S.REFUSED,
            now,
            Failure(code="refused", message=f"{given.by} rejected it{why}", exit_code=3, status=403),
        )
    enough = sum(each.agreed for each in found.consents) >= op.needed.approvals
    return handed_over(found, now) if enough else found


def agreed(op: OperationRecord, now: datetime) -> OperationRecord:
    """The operation as it goes on where it still waits for consent that is there by now."""
    return handed_over(op, now) if op.state is S.WAITING else op


def cancelling(op: OperationRecord, now: datetime) -> OperationRecord:
    """The operation after somebody cancelled it: at once where nothing works, else it is being ended.

    Raises:
        Conflict: it is over.
    """
    if op.state in {S.WAITING, S.QUEUED}:
        return ended(op.changed(consents=()), S.CANCELLED, now)
    if op.state is S.RUNNING:
        return op.changed(state=S.CANCELLING, updated=now.isoformat())
    if op.state in {S.CANCELLING, S.CANCELLED}:
        return op
    raise Conflict(f"operation {op.id} is over: it is {op.state}")


def resumed(op: OperationRecord, now: datetime) -> OperationRecord:
    """The operation as it goes on from its last finished step, under the consent it still has.

    Raises:
        Conflict: it goes on already, or is over for good.
    """
    if op.state not in RESUMABLE:
        raise Conflict(f"operation {op.id} is {op.state}: there is nothing to resume")
    steps = tuple(each for each in op.steps if each.state is StepState.DONE)
    return handed_over(op.changed(steps=steps), now)


def handed_over(op: OperationRecord, now: datetime) -> OperationRecord:
    """The operation as the engine gets it once more."""
    return op.changed(state=S.QUEUED, round=op.round + 1, failure=None, updated=now.isoformat())


def _claimed(op: OperationRecord, name: str, claim: str) -> StepRecord:
    step = op.step(name)
    if step is None or step.claim != claim:
        raise Conflict(f"somebody else carries out `{name}` of operation {op.id} meanwhile")
    return step


def _with(op: OperationRecord, step: StepRecord) -> OperationRecord:
    if op.step(step.name) is None:
        return op.changed(steps=(*op.steps, step))
    return op.changed(steps=tuple(step if each.name == step.name else each for each in op.steps))
