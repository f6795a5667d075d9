"""Proposes moves at one occasion: what clouds list, what was applied, and the Plan that moves lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from cmp.means import Means
from cmp.model.cordon import DrainKind
from cmp.model.environment import Environment
from cmp.model.journal import Journal
from cmp.model.moves import Purpose
from cmp.model.references import EnvironmentRef
from cmp.model.when import SHANGHAI
from cmp.ports.loaded import Loaded
from cmp.scheduler.moves.drains import Word
from cmp.scheduler.moves.maintenance import beside, drains_of
from cmp.services.changes.changing import Change, changing
from cmp.services.moves.documents import Proposed
from cmp.services.moves.rebalancing import (
    Proposal,
    Start,
    packed,
    propose_back,
    propose_maintenance,
    propose_rebalance,
    start_of,
)
from cmp.services.planning.cordons import SOMEBODY
from cmp.services.planning.sources import sources_of
from cmp.services.standings import HostMap, host_map_of


@dataclass(frozen=True, slots=True)
class MovesWish:
    """What is to move: so many servers at most where it pays, or all that stands on what is drained.

    `beside` is drained at the same time: nothing of either goes to the other. `who` drains it and `why` is
    kept with what is drained; with `back` what left it returns.
    """

    drain: str | None = None
    beside: tuple[str, ...] = ()
    max_moves: int | None = None
    who: str = ""
    why: str = ""
    back: bool = False

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
    """One use case at work: what it works with, the environment as it was read once, the moment it began."""

    means: Means
    ref: EnvironmentRef
    loaded: Loaded
    now: datetime

    @property
    def environment(self) -> Environment:
        """The environment whose servers move."""
        return self.loaded.environment

    @property
    def journals(self) -> tuple[Journal, ...]:
        """All journals of the environment, the oldest first."""
        return self.means.ports.journals.all_of(self.environment.name)

    @contextmanager
    def under_lock(self, command: str) -> Iterator[tuple[Occasion, Change]]:
        """Hold the environment: the same occasion, which records through its lease, and the change it is.

        Raises:
            Conflict: somebody else is changing it.
        """
        with changing(self.means, self.means.actor, self.environment.name, command) as change:
            yield replace(self, means=replace(self.means, ports=change.ports)), change


def occasion_of(means: Means, ref: EnvironmentRef) -> Occasion:
    """A use case that begins now.

    Raises:
        Invalid: the environment is wrong.
    """
    return Occasion(means, ref, means.ports.environments.load(ref), means.now())


def proposed_at(at: Occasion, wish: MovesWish, *, across: bool = True) -> tuple[Proposed, HostMap | None]:
    """What is proposed, its target written, and what the clouds list where something was applied.

    Raises:
        Invalid: there is nothing of that name to drain.
        Refused: a promise would break.
        TryLater: the target cannot be written.
    """
    ports = at.means.ports
    start = start_of(sources_of(at.ref, ports, at.loaded), ports)
    applied = ports.applied.last(start.plan.environment.name)
    found = None if applied is None else host_map_of(start.plan, at.means.clouds(start.plan.environment))
    if found is not None:
        silent = tuple(f"{name}: {error}" for name, error in sorted(found.silent.items()))
        start = replace(start, notes=(*start.notes, *silent))
    return _written(at, _found(at, start, wish, found, across=across)), found


def _found(at: Occasion, start: Start, wish: MovesWish, found: HostMap | None, *, across: bool) -> Proposal:
    reality = None if found is None else found.reality
    if wish.drain is not None and wish.back:
        return propose_back(start, wish.drain, reality)
    if wish.drain is not None:
        word = Word(wish.who or SOMEBODY, at.now.astimezone(SHANGHAI).replace(microsecond=0), wish.why)
        if across or not is_host(wish.drain):
            return propose_maintenance(start, (wish.drain, *wish.beside), reality, word)
        kept_out = beside(reality or packed(start.plan), drains_of(start.plan.environment, wish.beside))
        return propose_maintenance(start, (wish.drain,), kept_out, word)
    return propose_rebalance(start, reality, wish.max_moves, across=across)


def is_host(drain: str) -> bool:
    """True when one host is to be drained, whose servers stay in its pool."""
    return drain.partition(":")[0] == DrainKind.HOST


def _written(at: Occasion, proposal: Proposal) -> Proposed:
    """The proposal once the Plan that its transfers lead to is written.

    Raises:
        TryLater: it cannot be written.
    """
    if proposal.target is None:
        return Proposed(proposal.moves)
    file = at.means.ports.plans.keep(proposal.target, proposal.moves.purpose)
    return Proposed(proposal.moves, proposal.target, file)
