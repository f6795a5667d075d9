"""Carries a Plan out step by step with a journal: what is written is known, what is not is done once more.

    journal = opened(carrier)
    while (number := next_step(journal)) is not None:
        journal = do_step(journal, number, carrier)

One durable step is one step of the journal. It is written before it begins and after it is done; a kill at
any moment leaves a journal with which the next run goes on: `opened` takes it up. Whoever runs the steps
holds the environment's lease from `opened` to the last one; single steps may run in different processes:
what a step needs to have seen and this process has not, it looks at itself (docs/adr/durable-steps.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cmp.errors import CmpError, Interrupted, Refused
from cmp.means import Means
from cmp.model.apply_journal import ApplyJournal, ApplyState, ApplyStep, StackOutcome
from cmp.model.happenings import Event
from cmp.model.journal import Progress
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.model.when import local
from cmp.services.addresses import addressing
from cmp.services.carrying_out.clearing import refuse_in_the_way
from cmp.services.carrying_out.clusters import keep_identities, refusals
from cmp.services.carrying_out.stacks import Results, Stacks
from cmp.services.changes.changing import Change
from cmp.services.changes.consenting import require
from cmp.services.planning.refusing import refuse_incomplete, refuse_unverified
from cmp.services.planning.sources import refuse_stale
from stacks.engine.guard import NOTHING, Agreement, require_agreement
from stacks.engine.operations import first_error
from stacks.engine.results import Changes, StackResult
from stacks.names import GROUNDS, Project, StackName


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to: a Plan that leaves something out, deletions."""

    partial: bool = False
    deletions: Agreement = NOTHING


NO_CONSENT = Consent()


@dataclass(slots=True)
class Seen:
    """What this process has looked at and done; another one looks itself."""

    refused: Mapping[str, CmpError] | None = None
    previews: Results | None = None
    done: dict[StackName, StackResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Carrier:
    """What the steps of one Plan are done with: under whose lease, with which stacks, by what agreement."""

    plan: Plan
    means: Means
    change: Change
    stacks: Callable[[], Stacks]
    """The stacks; asked for when the first step needs them."""
    consent: Consent = NO_CONSENT
    part: Part = WHOLE
    """What of the Plan; the stacks are kept to it."""
    seen: Seen = field(default_factory=Seen)

    @property
    def results(self) -> tuple[StackResult, ...]:
        """What became of each stack in this process, grounds first."""
        return tuple(self.seen.done.values())


def opened(carrier: Carrier) -> ApplyJournal:
    """The journal of a Plan, kept: the one that was begun and is not finished, taken up; else a fresh one.

    A journal of another part of the same Plan is not gone on with.

    What was only looked at is looked at again, and what failed is tried again.

    Raises:
        Refused: the Plan is incomplete and nobody agreed to that.
        Conflict: the lease is lost.
        TryLater: the journal cannot be kept.
    """
    refuse_incomplete(carrier.part.of(carrier.plan), partial=carrier.consent.partial)
    earlier = carrier.change.ports.applied.journal(carrier.plan.environment.name)
    if earlier is None or earlier.state is ApplyState.DONE or not _is_of(earlier, carrier):
        return _kept(_fresh(carrier), carrier)
    if earlier.has_begun:
        done = sum(each.progress.is_settled for each in earlier.entries)
        carrier.means.say(
            Event("going-on-with-journal", earlier.id, {"done": done, "of": len(earlier.entries)})
        )
    return _kept(earlier.taken_up(carrier.change.run), carrier)


def next_step(journal: ApplyJournal) -> int | None:
    """The index of the step that is to be done next; None where nothing remains."""
    waiting = (n for n, entry in enumerate(journal.entries) if not entry.progress.is_settled)
    return next(waiting, None)


def do_step(journal: ApplyJournal, number: int, carrier: Carrier) -> ApplyJournal:
    """Do one step, which may have been begun or done before, and keep the journal before and after it.

    Args:
        journal: as it was kept last.
        number: what `next_step` told.
        carrier: what it is done with.

    Raises:
        Stale: the inputs of the Plan have changed.
        Refused: the verifier or a policy rejects it, or it deletes what nobody agreed to.
        Interrupted: some stacks could not be completed; the sentence says which. The others are.
        Conflict: the lease is lost.
        TryLater: the engine, a cloud or the state is not to be had.
    """
    entry = journal.entries[number]
    begun = entry.model_copy(update={"progress": Progress.BEGUN, "said": ""})
    journal = _kept(journal.marked(number, begun), carrier)
    try:
        journal, outcomes = _DOING[entry.step](journal, carrier)
    except CmpError as error:
        failed = begun.model_copy(update={"progress": Progress.FAILED, "said": str(error)})
        _kept(journal.marked(number, failed), carrier)
        raise
    done = begun.model_copy(update={"progress": Progress.DONE, "stacks": outcomes})
    return _kept(journal.marked(number, done), carrier)


def _is_of(earlier: ApplyJournal, carrier: Carrier) -> bool:
    return (earlier.plan, earlier.only) == (carrier.plan.hash, carrier.part.named)


def _fresh(carrier: Carrier) -> ApplyJournal:
    means, run = carrier.means, carrier.change.run
    last = carrier.change.ports.applied.last(carrier.plan.environment.name)
    return ApplyJournal(
        id=f"apply-{means.now():%Y%m%d-%H%M%S}-{run[:4]}",
        environment=carrier.plan.environment.name,
        plan=carrier.plan.hash,
        run=run,
        began=means.now().isoformat(timespec="seconds"),
        who=means.actor.id,
        why=means.reason,
        only=carrier.part.named,
        was_whole=last is not None and last.complete and last.plan.hash == carrier.plan.hash,
    )


def _kept(journal: ApplyJournal, carrier: Carrier) -> ApplyJournal:
    carrier.change.ports.applied.keep_journal(journal)
    return journal


Done = tuple[ApplyJournal, tuple[StackOutcome, ...]]


def _check(journal: ApplyJournal, carrier: Carrier) -> Done:
    plan, means = carrier.plan, carrier.means
    refuse_stale(plan, means.ports)
    refuse_unverified(plan, local(means.now()).date())
    refuse_in_the_way(carrier.part.of(plan), means)
    require(means, carrier.change, plan.hash)
    return journal, ()


def _addresses(journal: ApplyJournal, carrier: Carrier) -> Done:
    addressing.keep(carrier.plan, carrier.means.ports)
    return journal, ()


def _preview(journal: ApplyJournal, carrier: Carrier) -> Done:
    """Look; stages that are done and of which something is to change by now are to be done again."""
    carrier.seen.previews = None
    previews = _previews(carrier)
    grounds = [each for each in previews.values() if each.name.project in GROUNDS]
    changed = {
        ApplyStep.GROUNDS: any(_is_to_change(each) for each in grounds),
        ApplyStep.WORKLOADS: any(_is_to_change(each) for each in previews.values()),
        ApplyStep.CLEAR: any(each.leaving for each in grounds),
    }
    again = frozenset(step for step, is_so in changed.items() if is_so)
    return journal.waiting_again(again), tuple(map(outcome_of, previews.values()))


def _begin(journal: ApplyJournal, carrier: Carrier) -> Done:
    keep_identities(carrier.means, carrier.plan, _refused(carrier))
    carrier.change.ports.applied.record(carrier.plan, complete=False)
    return journal, ()


def _grounds(journal: ApplyJournal, carrier: Carrier) -> Done:
    return _stage(journal, carrier, GROUNDS)


def _workloads(journal: ApplyJournal, carrier: Carrier) -> Done:
    _recall(journal, carrier, ApplyStep.GROUNDS)
    return _stage(journal, carrier, (Project.WORKLOADS,))


def _clear(journal: ApplyJournal, carrier: Carrier) -> Done:
    _recall(journal, carrier, ApplyStep.GROUNDS, ApplyStep.WORKLOADS)
    found = carrier.stacks().clear(_previews(carrier), carrier.seen.done)
    carrier.seen.done |= found
    return journal, tuple(map(outcome_of, found.values()))


def _complete(journal: ApplyJournal, carrier: Carrier) -> Done:
    _recall(journal, carrier, ApplyStep.GROUNDS, ApplyStep.WORKLOADS, ApplyStep.CLEAR)
    require_success(carrier.results, "apply")
    carrier.change.ports.applied.record(carrier.plan, complete=not carrier.part or journal.was_whole)
    return journal, () if carrier.part else _marked(carrier)


def _marked(carrier: Carrier) -> tuple[StackOutcome, ...]:
    """The marks of the stacks that this process saw whole: of others nobody knows what policies said."""
    previews = carrier.seen.previews or {}
    known = {
        name: result
        for name, result in carrier.seen.done.items()
        if name in previews and not previews[name].violations
    }
    marks = carrier.stacks().marks(known)
    return tuple(
        outcome_of(result).model_copy(update={"mark": marks[name]})
        for name, result in known.items()
        if name in marks
    )


_DOING: Mapping[ApplyStep, Callable[[ApplyJournal, Carrier], Done]] = {
    ApplyStep.CHECK: _check,
    ApplyStep.ADDRESSES: _addresses,
    ApplyStep.PREVIEW: _preview,
    ApplyStep.BEGIN: _begin,
    ApplyStep.GROUNDS: _grounds,
    ApplyStep.WORKLOADS: _workloads,
    ApplyStep.CLEAR: _clear,
    ApplyStep.COMPLETE: _complete,
}


def _stage(journal: ApplyJournal, carrier: Carrier, projects: Sequence[Project]) -> Done:
    found = carrier.stacks().stage(projects, _previews(carrier), carrier.seen.done)
    carrier.seen.done |= found
    return journal, tuple(map(outcome_of, found.values()))


def _previews(carrier: Carrier) -> Results:
    """What would change, as this process saw it: what nobody agreed to is refused whoever looks.

    Raises:
        Refused: a policy rejects it, or it deletes what nobody agreed to.
        TryLater: the engine or its state is not to be had.
    """
    if carrier.seen.previews is None:
        found = carrier.stacks().preview(_refused(carrier))
        refuse_violations(found)
        require_agreement(found, carrier.consent.deletions)
        carrier.seen.previews = {result.name: result for result in found}
    return carrier.seen.previews


def _refused(carrier: Carrier) -> Mapping[str, CmpError]:
    if carrier.seen.refused is None:
        carrier.seen.refused = refusals(carrier.means, carrier.plan)
    return carrier.seen.refused


def _recall(journal: ApplyJournal, carrier: Carrier, *steps: ApplyStep) -> None:
    """Take what earlier steps made of stacks from the journal, where another process did them."""
    for outcome in (each for step in steps for each in journal.of(step).stacks):
        name = StackName.named(outcome.stack)
        if name not in carrier.seen.done:
            carrier.seen.done[name] = _recalled(name, outcome, carrier)


def _recalled(name: StackName, outcome: StackOutcome, carrier: Carrier) -> StackResult:
    """What this process saw of a stack that stands; else what is written of it."""
    seen = (carrier.seen.previews or {}).get(name)
    if seen is not None and not outcome.code:
        return seen
    error = Interrupted(outcome.said) if outcome.code else None
    return StackResult(name, Changes(**outcome.changes), error=error)


def _is_to_change(preview: StackResult) -> bool:
    return bool(preview.error or preview.changes.total)


def outcome_of(result: StackResult) -> StackOutcome:
    """What is written down of a stack."""
    return StackOutcome(
        stack=str(result.name),
        changes={name: count for name, count in result.changes.counted.items() if count},
        code=result.error.code if result.error else "",
        said=str(result.error) if result.error else "",
    )


def refuse_violations(previews: Sequence[StackResult]) -> None:
    """Refuse a change that breaks a mandatory policy.

    Raises:
        Refused: the sentence names each finding.
    """
    broken = [
        f"{violation.resource or result.name}: {violation.message}"
        for result in previews
        for violation in result.violations
        if violation.stops
    ]
    if broken:
        raise Refused(f"{len(broken)} policy findings: {'; '.join(broken)}")


def require_success(results: Sequence[StackResult], verb: str) -> None:
    """Tell which stacks are missing.

    Raises:
        Refused: a refusal, as it stands.
        Interrupted: some stacks failed; running the same command again goes on.
    """
    failed = [result for result in results if result.error]
    if not failed:
        return
    first = first_error(failed)
    if isinstance(first, Refused):
        raise first
    reasons = "; ".join(f"{result.name}: {result.error}" for result in failed)
    done = len(results) - len(failed)
    raise Interrupted(
        f"{verb}: {done} of {len(results)} stacks complete, missing {reasons}",
        hint="run the same command again once that is put right",
    )
