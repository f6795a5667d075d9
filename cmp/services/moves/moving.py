"""Moves what runs: proposes, carries out under the lock, goes on, and takes back."""

from __future__ import annotations

from collections.abc import Callable

from cmp.errors import Conflict, Invalid, Refused
from cmp.means import Means
from cmp.model.happenings import Event
from cmp.model.journal import Journal, JournalState
from cmp.model.moves import Purpose
from cmp.model.references import EnvironmentRef
from cmp.ports.loaded import Loaded
from cmp.sentences import Sentence
from cmp.services.changes.consenting import require
from cmp.services.moves.carrying import Carrier, carry, opened, refuse_changed
from cmp.services.moves.documents import CarriedOut, Proposed, Returned
from cmp.services.moves.proposing import MovesWish, Occasion, is_host, occasion_of, proposed_at

Show = Callable[[Proposed], None]
"""Takes what is proposed, before it is carried out."""


def propose(means: Means, ref: EnvironmentRef, wish: MovesWish) -> Proposed:
    """Propose moves for what was applied, on what the clouds list; before that, on the Plan's own packing.

    The Plan that moves to other pools lead to is written beside the environment's own.

    Raises:
        Invalid: the environment is wrong, or there is nothing of that name to drain.
        Refused: a promise would break.
    """
    return proposed_at(occasion_of(means, ref), wish)[0]


def carry_out(means: Means, ref: EnvironmentRef, wish: MovesWish, show: Show) -> CarriedOut:
    """Propose moves and carry them out, or go on with those that were begun; no journal: nothing is to move.

    Raises:
        Refused: moves lead to other pools, a step was refused, or other moves are not finished yet.
        Conflict: somebody else is changing the estate, or changed what was moved.
        Interrupted: a step did not succeed; the same command goes on.
        Invalid: nothing was applied yet.
    """
    at = occasion_of(means, ref)
    with at.under_lock(f"{wish.command} of") as (at, change):
        applied = at.means.ports.applied.last(at.environment.name)
        if applied is None:
            raise Invalid(
                Sentence(
                    "nothing of {name} was applied yet: there is nothing to move", name=at.environment.name
                ),
                hint=Sentence("run `tricenter up {ref}` first", ref=ref),
            )
        journal = _unfinished(at, wish, applied.plan.hash)
        proposed = None
        if journal is None:
            if (done := _drained(at, wish)) is not None:
                return CarriedOut(done)
            proposed, journal = _new(at, wish, change.run, show)
            if journal is not None:
                require(at.means, change, proposed.hash)
        return CarriedOut(journal and carry(journal, _carrier(at, journal)), proposed)


def take_back(means: Means, ref: EnvironmentRef, name: str) -> CarriedOut:
    """Take back what a journal's moves changed, in reverse order, or go on with that.

    Raises:
        Invalid: there is no such journal of the environment.
        Conflict: somebody else is changing the estate, or newer moves of the same pools come first.
        Refused: a step was refused.
        Interrupted: a step did not succeed; the same command goes on.
    """
    return CarriedOut(_taken_back(occasion_of(means, ref), name))


def take_all_back(means: Means, ref: EnvironmentRef, loaded: Loaded) -> None:
    """Take back whatever was moved, the newest first: hosts of what is gone are switched as they were.

    Raises:
        Conflict: somebody else is changing the estate.
        Interrupted: a host could not be switched.
    """
    at = Occasion(means, ref, loaded, means.now())
    for journal in reversed(at.journals):
        if journal.state is not JournalState.TAKEN_BACK:
            _taken_back(at, journal.id)


def way_back(means: Means, ref: EnvironmentRef, drain: str) -> Returned:
    """How what was drained would be filled again: the steps for a host, a Plan for a pool or a center.

    Hosts stay as they are; a Plan is written beside the environment's own.

    Raises:
        Invalid: it was not drained, or everything was put back.
        Refused: the way back does not hold.
        Stale: the inputs of the Plan that is applied have changed.
    """
    at = occasion_of(means, ref)
    if is_host(drain):
        return Returned(drain, _drained_by(at, drain).turned())
    return Returned(drain, proposed=proposed_at(at, MovesWish(drain=drain, back=True))[0])


def put_back(means: Means, ref: EnvironmentRef, drain: str) -> Returned:
    """Put back what left a drained host; of a pool or a center wake the hosts for the Plan that fills it.

    Raises:
        Invalid: it was not drained, or everything was put back.
        Refused: the way back does not hold, or a step was refused.
        Conflict, Interrupted, Stale: as `take_back` and `way_back`.
    """
    at = occasion_of(means, ref)
    if is_host(drain):
        return Returned(drain, _taken_back(at, _drained_by(at, drain).id))
    proposed = proposed_at(at, MovesWish(drain=drain, back=True))[0]
    asleep = _drained_last(at, drain)
    return Returned(drain, asleep and _taken_back(at, asleep.id), proposed)


def _taken_back(at: Occasion, name: str) -> Journal:
    with at.under_lock(f"rebalance --undo {name} of") as (held, _change):
        journal = held.means.ports.journals.named(name)
        if journal.environment != held.environment.name:
            raise Invalid(
                Sentence(
                    "journal {id} is of {environment}, not of {name}",
                    id=journal.id,
                    environment=journal.environment,
                    name=held.environment.name,
                )
            )
        if journal.state is JournalState.TAKEN_BACK:
            return journal
        _refuse_older(held, journal)
        return carry(journal.turned(), _carrier(held, journal))


def _drained_by(at: Occasion, drain: str) -> Journal:
    """The journal by which something was drained and not put back yet.

    Raises:
        Invalid: there is none.
    """
    if (found := _drained_last(at, drain)) is None:
        raise Invalid(
            Sentence("{drain} was not drained, or everything was put back", drain=drain),
            hint="leave out --back",
        )
    return found


def _drained_last(at: Occasion, drain: str) -> Journal | None:
    """The last journal of a drain that was not taken back; None where there is none."""
    found = [
        journal
        for journal in at.journals
        if journal.purpose is Purpose.MAINTAIN
        and journal.subject == drain
        and journal.state is not JournalState.TAKEN_BACK
    ]
    return found[-1] if found else None


def _unfinished(at: Occasion, wish: MovesWish, plan: str) -> Journal | None:
    """The journal that a command goes on with.

    Raises:
        Conflict: moves that were begun by another command, or from an older Plan, come first.
    """
    begun = [each for each in at.journals if each.is_open]
    if not begun:
        return None
    journal = begun[-1]
    undo = f"tricenter rebalance {at.ref} --undo {journal.id}"
    if journal.state is JournalState.GOING_BACK:
        raise Conflict(
            Sentence("journal {id} is being taken back", id=journal.id),
            hint=Sentence("finish that: `{undo}`", undo=undo),
        )
    if (journal.purpose, journal.subject) != (wish.purpose, wish.drain or ""):
        raise Conflict(
            Sentence(
                "journal {id} ({purpose} {subject}) is not finished",
                id=journal.id,
                purpose=journal.purpose,
                subject=journal.subject,
            ),
            hint=Sentence("run that command again, or take it back: `{undo}`", undo=undo),
        )
    if journal.plan != plan:
        raise Conflict(
            Sentence("journal {id} was begun from an older Plan than the one applied now", id=journal.id),
            hint=Sentence("take it back: `{undo}`", undo=undo),
        )
    done = {"done": journal.settled, "of": len(journal.current)}
    at.means.say(Event("going-on-with-journal", journal.id, done))
    return journal


def _drained(at: Occasion, wish: MovesWish) -> Journal | None:
    """The journal by which something is drained already.

    Raises:
        Conflict: somebody changed that meanwhile.
    """
    if wish.drain is None:
        return None
    done = [
        journal
        for journal in at.journals
        if journal.subject == wish.drain and journal.state is JournalState.DONE
    ]
    if not done:
        return None
    refuse_changed(done[-1], _carrier(at, done[-1]))
    at.means.say(Event("drained-already", str(wish.drain)))
    return done[-1]


def _new(at: Occasion, wish: MovesWish, run: str, show: Show) -> tuple[Proposed, Journal | None]:
    """What is proposed now, shown before anything is done, and the journal of it where something moves."""
    proposed, found = proposed_at(at, wish, across=False)
    show(proposed)
    if proposed.file is not None:
        raise Refused(
            Sentence(
                "a drain of {subject} moves servers to other pools, and that is a Plan: {file}",
                subject=proposed.moves.subject,
                file=proposed.file,
            ),
            hint=Sentence("carry it out with `tricenter apply {file}`", file=proposed.file),
        )
    if not proposed.moves.steps or found is None:
        return proposed, None
    name = f"{wish.purpose}-{at.now:%Y%m%d-%H%M%S}-{run[:4]}"
    journal = opened(proposed.moves, found, name, at.now.isoformat(timespec="seconds"))
    return proposed, journal.model_copy(update={"who": wish.who, "why": wish.why})


def _refuse_older(at: Occasion, journal: Journal) -> None:
    """Refuse to take back what newer moves rest on.

    Raises:
        Conflict: the sentence names the journal to take back first.
    """
    every = at.journals
    newer = every[[each.id for each in every].index(journal.id) + 1 :] if journal in every else ()
    for each in reversed(newer):
        if each.state is not JournalState.TAKEN_BACK and each.pools & journal.pools:
            raise Conflict(
                Sentence("journal {id} moved servers of the same pools later", id=each.id),
                hint=Sentence(
                    "take that back first: `tricenter rebalance {ref} --undo {id}`", ref=at.ref, id=each.id
                ),
            )


def _carrier(at: Occasion, journal: Journal) -> Carrier:
    wanted = {entry.step.cloud for entry in journal.entries}
    hosts = {
        name: cloud.hosts
        for name, cloud in at.means.clouds(at.environment).items()
        if name in wanted and cloud.hosts is not None
    }
    return Carrier(hosts, at.means.ports.journals.save, at.means.say)
