"""Takes an environment down step by step with a journal: what is written is known, the rest is looked for.

    journal = opened(carrier)
    while (number := next_step(journal)) is not None:
        journal = do_step(journal, number, carrier)

As with Plans one durable step is one step of the journal, kept before it begins and after it is done, and any
step may be done again (docs/adr/durable-steps.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cmp.errors import CmpError, Interrupted, Refused
from cmp.means import Means
from cmp.model.apply_journal import ApplyState, StackOutcome
from cmp.model.destroy_journal import DestroyJournal, DestroyStep
from cmp.model.happenings import Event
from cmp.model.journal import Progress
from cmp.services.carrying_out.stacks import Results
from cmp.services.carrying_out.steps import outcome_of, require_success
from cmp.services.changes.changing import Change
from stacks.engine.results import Changes, StackResult
from stacks.names import GROUNDS, Project, StackName


class StandingStacks(Protocol):
    """Whatever stacks of one environment stand: they are listed, and deleted project by project."""

    def standing(self) -> tuple[StackName, ...]:
        """The stacks that stand, by name.

        Raises:
            TryLater: the engine's state cannot be read.
        """

    def remove(self, names: Sequence[StackName], done: Results) -> Results:
        """Delete some of them, side by side; a ground stays where its workloads in `done` failed.

        What may not be deleted, and what fails, says so in its result.
        """


@dataclass(slots=True)
class Seen:
    """What this process has looked at and done; another one looks itself."""

    standing: tuple[StackName, ...] | None = None
    done: dict[StackName, StackResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remover:
    """What the steps are done with: under whose lease, on which stacks."""

    environment: str
    means: Means
    change: Change
    stacks: Callable[[], StandingStacks]
    """The stacks; asked for when the first step needs them."""
    seen: Seen = field(default_factory=Seen)

    @property
    def results(self) -> tuple[StackResult, ...]:
        """What became of each stack, workloads first."""
        return tuple(self.seen.done.values())


def opened(remover: Remover) -> DestroyJournal:
    """The journal of an environment, kept: the unfinished one, taken up, or else a fresh one.

    Raises:
        Conflict: the lease is lost.
        TryLater: the journal cannot be kept.
    """
    means, run = remover.means, remover.change.run
    earlier = remover.change.ports.applied.removal(remover.environment)
    if earlier is None or earlier.state is ApplyState.DONE:
        fresh = DestroyJournal(
            id=f"destroy-{means.now():%Y%m%d-%H%M%S}-{run[:4]}",
            environment=remover.environment,
            run=run,
            began=means.now().isoformat(timespec="seconds"),
            who=means.actor.id,
            why=means.reason,
        )
        return _kept(fresh, remover)
    if earlier.has_begun:
        done = sum(each.progress.is_settled for each in earlier.entries)
        means.say(Event("going-on-with-journal", earlier.id, {"done": done, "of": len(earlier.entries)}))
    return _kept(earlier.taken_up(run), remover)


def next_step(journal: DestroyJournal) -> int | None:
    """The index of the step that is to be done next; None where nothing remains."""
    return next((n for n, entry in enumerate(journal.entries) if not entry.progress.is_settled), None)


def do_step(journal: DestroyJournal, number: int, remover: Remover) -> DestroyJournal:
    """Do one step, which may have been begun or done before, and keep the journal before and after it.

    Args:
        journal: as it was kept last.
        number: what `next_step` told.
        remover: what it is done with.

    Raises:
        Refused: clusters that are left out still have stacks; the others are gone.
        Interrupted: some stacks could not be deleted; the sentence says which. The others are gone.
        Conflict: the lease is lost.
        TryLater: the engine, a cloud or the state is not to be had.
    """
    entry = journal.entries[number]
    begun = entry.model_copy(update={"progress": Progress.BEGUN, "said": ""})
    journal = _kept(journal.marked(number, begun), remover)
    try:
        journal, outcomes = _DOING[entry.step](journal, remover)
    except CmpError as error:
        failed = begun.model_copy(update={"progress": Progress.FAILED, "said": str(error)})
        _kept(journal.marked(number, failed), remover)
        raise
    done = begun.model_copy(update={"progress": Progress.DONE, "stacks": outcomes})
    return _kept(journal.marked(number, done), remover)


def _kept(journal: DestroyJournal, remover: Remover) -> DestroyJournal:
    remover.change.ports.applied.keep_removal(journal)
    return journal


Done = tuple[DestroyJournal, tuple[StackOutcome, ...]]


def _look(journal: DestroyJournal, remover: Remover) -> Done:
    """Look; what is done and has stacks again by now is to be done again."""
    remover.seen.standing = None
    projects = {name.project for name in _standing(remover)}
    again = {
        DestroyStep.WORKLOADS: Project.WORKLOADS in projects,
        DestroyStep.GROUNDS: not projects.isdisjoint(GROUNDS),
        DestroyStep.FORGET: bool(projects),
    }
    return journal.waiting_again(frozenset(step for step, is_so in again.items() if is_so)), ()


def _begin(journal: DestroyJournal, remover: Remover) -> Done:
    applied = remover.change.ports.applied
    if _standing(remover) and (last := applied.last(remover.environment)) is not None:
        applied.record(last.plan, complete=False)
    return journal, ()


def _workloads(journal: DestroyJournal, remover: Remover) -> Done:
    return _removed(journal, remover, (Project.WORKLOADS,))


def _grounds(journal: DestroyJournal, remover: Remover) -> Done:
    _recall(journal, remover, DestroyStep.WORKLOADS)
    return _removed(journal, remover, GROUNDS)


def _forget(journal: DestroyJournal, remover: Remover) -> Done:
    _recall(journal, remover, DestroyStep.WORKLOADS, DestroyStep.GROUNDS)
    require_success(remover.results, "destroy")
    remover.change.ports.applied.forget(remover.environment)
    return journal, ()


_DOING: Mapping[DestroyStep, Callable[[DestroyJournal, Remover], Done]] = {
    DestroyStep.LOOK: _look,
    DestroyStep.BEGIN: _begin,
    DestroyStep.WORKLOADS: _workloads,
    DestroyStep.GROUNDS: _grounds,
    DestroyStep.FORGET: _forget,
}


def _removed(journal: DestroyJournal, remover: Remover, projects: Sequence[Project]) -> Done:
    names = [name for name in _standing(remover) if name.project in projects]
    found = remover.stacks().remove(names, remover.seen.done)
    remover.seen.done |= found
    return journal, tuple(map(outcome_of, found.values()))


def _standing(remover: Remover) -> tuple[StackName, ...]:
    if remover.seen.standing is None:
        remover.seen.standing = remover.stacks().standing()
    gone = {name for name, result in remover.seen.done.items() if result.succeeded}
    return tuple(name for name in remover.seen.standing if name not in gone)


def _recall(journal: DestroyJournal, remover: Remover, *steps: DestroyStep) -> None:
    """Take what earlier steps made of stacks from the journal, where another process did them."""
    for outcome in (each for step in steps for each in journal.of(step).stacks):
        name = StackName.named(outcome.stack)
        if name not in remover.seen.done:
            error: CmpError | None = None
            if outcome.code:
                error = (Refused if outcome.code == Refused.code else Interrupted)(outcome.said)
            remover.seen.done[name] = StackResult(name, Changes(**outcome.changes), error=error)
