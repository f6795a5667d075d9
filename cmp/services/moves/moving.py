"""Proposes moves on what the clouds list, and carries them out and back under the lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cmp.errors import Conflict, Invalid, Refused
from cmp.loaders.loading import load
from cmp.model.journal import Journal, JournalState
from cmp.model.moves import Purpose
from cmp.services.carrying_out.access import clouds_of
from cmp.services.carrying_out.applying import changing
from cmp.services.moves.carrying import Carrier, Report, carry, opened, refuse_changed
from cmp.services.moves.rebalancing import (
    Proposal,
    Start,
    propose_maintenance,
    propose_rebalance,
    start_of,
    target_file,
)
from cmp.services.moves.standings import HostMap, host_map
from cmp.settings import Layout
from cmp.store import journals, plans

Show = Callable[[Proposal], None]
"""Takes what is proposed, before it is carried out."""


@dataclass(frozen=True, slots=True)
class MovesWish:
    """What is to move: so many servers at most where it pays, or all that stands on what is drained."""

    drain: str | None = None
    max_moves: int | None = None

    @property
    def purpose(self) -> Purpose:
        """Why something is to move."""
        return Purpose.REBALANCE if self.drain is None else Purpose.MAINTAIN

    @property
    def command(self) -> str:
        """How the command begins that asks for it."""
        return str(self.purpose) if self.drain is None else f"{self.purpose} --drain {self.drain}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when: an environment's folder, the state, the moment, who hears of progress."""

    folder: Path
    layout: Layout
    now: datetime
    say: Report


def propose(site: Occasion, wish: MovesWish, *, across: bool = True) -> tuple[Proposal, HostMap | None]:
    """Propose moves for what was applied, on what the clouds list; before that, on the Plan's own packing.

    Raises:
        Invalid: the environment is wrong, or there is nothing of that name to drain.
        Refused: a promise would break.
    """
    start = start_of(site.folder, site.layout)
    applied = plans.last_applied(site.layout.applied_plan(start.plan.environment.name))
    found = None if applied is None else host_map(start.plan, site.layout)
    if found is not None:
        silent = tuple(f"{name}: {error}" for name, error in sorted(found.silent.items()))
        start = Start(start.plan, start.folder, (*start.notes, *silent), start.stale)
    reality = None if found is None else found.reality
    if wish.drain is not None:
        return propose_maintenance(start, site.layout, wish.drain, reality), found
    return propose_rebalance(start, site.layout, reality, wish.max_moves, across=across), found


def carry_out(site: Occasion, wish: MovesWish, show: Show) -> Journal | None:
    """Propose moves and carry them out, or go on with those that were begun; None where nothing is to move.

    Raises:
        Refused: moves lead to other pools, a step was refused, or other moves are not finished yet.
        Conflict: somebody else is changing the estate, or changed what was moved.
        Interrupted: a step did not succeed; the same command goes on.
        Invalid: nothing was applied yet.
    """
    environment = load(site.folder).environment
    with changing(site.layout, f"{wish.command} of {environment.name}", site.now, site.say) as run:
        applied = plans.last_applied(site.layout.applied_plan(environment.name))
        if applied is None:
            raise Invalid(
                f"nothing of {environment.name} was applied yet: there is nothing to move",
                hint=f"run `tricenter up {site.folder}` first",
            )
        journal = _unfinished(site, environment.name, wish, applied.plan.hash)
        if journal is None:
            if (done := _drained(site, environment.name, wish)) is not None:
                return done
            journal = _new(site, wish, run, show)
        return None if journal is None else carry(journal, _carrier(site, journal))


def take_back(site: Occasion, name: str) -> Journal:
    """Take back what a journal's moves changed, in reverse order, or go on with that.

    Raises:
        Invalid: there is no such journal of the environment.
        Conflict: somebody else is changing the estate, or newer moves of the same pools come first.
        Refused: a step was refused.
        Interrupted: a step did not succeed; the same command goes on.
    """
    environment = load(site.folder).environment
    with changing(site.layout, f"rebalance --undo {name}", site.now, site.say):
        journal = journals.named(name, site.layout.journals)
        if journal.environment != environment.name:
            raise Invalid(f"journal {journal.id} is of {journal.environment}, not of {environment.name}")
        if journal.state is JournalState.TAKEN_BACK:
            return journal
        _refuse_older(site, journal)
        return carry(journal.turned(), _carrier(site, journal))


def take_all_back(site: Occasion) -> None:
    """Take back whatever was moved, the newest first: hosts of what is gone are switched as they were.

    Raises:
        Conflict: somebody else is changing the estate.
        Interrupted: a host could not be switched.
    """
    name = load(site.folder).environment.name
    for journal in reversed(journals.all_of(site.layout.journals, name)):
        if journal.state is not JournalState.TAKEN_BACK:
            take_back(site, journal.id)


def drained_by(site: Occasion, drain: str) -> Journal:
    """The journal of the last maintenance of something that was not put back yet.

    Raises:
        Invalid: there is none.
    """
    name = load(site.folder).environment.name
    found = [
        journal
        for journal in journals.all_of(site.layout.journals, name)
        if journal.purpose is Purpose.MAINTAIN
        and journal.subject == drain
        and journal.state is not JournalState.TAKEN_BACK
    ]
    if not found:
        raise Invalid(f"{drain} was not drained, or everything was put back", hint="leave out --back")
    return found[-1]


def _unfinished(site: Occasion, environment: str, wish: MovesWish, plan: str) -> Journal | None:
    """The journal that a command goes on with.

    Raises:
        Conflict: moves that were begun by another command, or from an older Plan, come first.
    """
    begun = [each for each in journals.all_of(site.layout.journals, environment) if each.is_open]
    if not begun:
        return None
    journal = begun[-1]
    undo = f"tricenter rebalance {site.folder} --undo {journal.id}"
    if journal.state is JournalState.GOING_BACK:
        raise Conflict(f"journal {journal.id} is being taken back", hint=f"finish that: `{undo}`")
    if (journal.purpose, journal.subject) != (wish.purpose, wish.drain or ""):
        raise Conflict(
            f"journal {journal.id} ({journal.purpose} {journal.subject}) is not finished",
            hint=f"run that command again, or take it back: `{undo}`",
        )
    if journal.plan != plan:
        raise Conflict(
            f"journal {journal.id} was begun from an older Plan than the one applied now",
            hint=f"take it back: `{undo}`",
        )
    site.say(
        f"going on with journal {journal.id}: {journal.settled} of {len(journal.current)} steps are done"
    )
    return journal


def _drained(site: Occasion, environment: str, wish: MovesWish) -> Journal | None:
    """The journal by which something is drained already.

    Raises:
        Conflict: somebody changed that meanwhile.
    """
    if wish.drain is None:
        return None
    done = [
        journal
        for journal in journals.all_of(site.layout.journals, environment)
        if journal.subject == wish.drain and journal.state is JournalState.DONE
    ]
    if not done:
        return None
    refuse_changed(done[-1], _carrier(site, done[-1]))
    site.say(f"{wish.drain} is drained already")
    return done[-1]


def _new(site: Occasion, wish: MovesWish, run: str, show: Show) -> Journal | None:
    proposal, found = propose(site, wish, across=False)
    show(proposal)
    if proposal.target is not None:
        file = target_file(site.layout, proposal.moves)
        raise Refused(
            f"a drain of {wish.drain} moves servers to other pools, and that is a Plan: {file}",
            hint=f"carry it out with `tricenter apply {file}`",
        )
    if not proposal.moves.steps or found is None:
        return None
    name = f"{wish.purpose}-{site.now:%Y%m%d-%H%M%S}-{run[:4]}"
    return opened(proposal.moves, found, name, site.now.isoformat(timespec="seconds"))


def _refuse_older(site: Occasion, journal: Journal) -> None:
    """Refuse to take back what newer moves rest on.

    Raises:
        Conflict: the sentence names the journal to take back first.
    """
    every = journals.all_of(site.layout.journals, journal.environment)
    newer = every[[each.id for each in every].index(journal.id) + 1 :] if journal in every else ()
    for each in reversed(newer):
        if each.state is not JournalState.TAKEN_BACK and each.pools & journal.pools:
            raise Conflict(
                f"journal {each.id} moved servers of the same pools later",
                hint=f"take that back first: `tricenter rebalance {site.folder} --undo {each.id}`",
            )


def _carrier(site: Occasion, journal: Journal) -> Carrier:
    environment = load(site.folder).environment
    wanted = {entry.step.cloud for entry in journal.entries}
    opened_clouds = clouds_of(environment, site.layout)
    hosts = {
        name: cloud.hosts
        for name, cloud in opened_clouds.items()
        if name in wanted and cloud.hosts is not None
    }
    return Carrier(hosts, partial(journals.save, folder=site.layout.journals), site.say)
