"""Decides where everything runs: an environment goes in, a decision comes out, always the same one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from cmp.errors import Refused
from cmp.garbage import uncollected
from cmp.model.environment import Environment
from cmp.model.plan import Placement, Plan, Unplaced
from cmp.scheduler.decision import Decision
from cmp.scheduler.explain.state import rebuilt
from cmp.scheduler.explain.unplaced import unplaced
from cmp.scheduler.mastering.master import (
    ATTEMPTS_AT_FIRST,
    ATTEMPTS_OF_ALL,
    BORDER,
    Border,
    Search,
    is_small,
    is_worth_choosing,
    mastered,
    refined,
)
from cmp.scheduler.objective.migration_cost import roads_of
from cmp.scheduler.objective.parts import objective
from cmp.scheduler.objective.plan_diff import moved_minutes, shifts
from cmp.scheduler.placement import holding, writing
from cmp.scheduler.placement.annealing import Effort
from cmp.scheduler.placement.eviction import take_off_late
from cmp.scheduler.placement.placing import Placing, placing_of
from cmp.scheduler.placement.reading_off import finished
from cmp.scheduler.placement.refusals import Refusal, why_not
from cmp.scheduler.placement.search import EVEN, improved, manner_of, search
from cmp.scheduler.placement.warm_start import Side, Stays, stays_of
from cmp.scheduler.snapshot import snapshot_of

ATTEMPTS = 1000
"""Attempts to improve where nobody says how many: a fraction of a second on the reference."""


class Limits(NamedTuple):
    """How long to search: attempts to improve what was placed (None: the usual), and when to stop sooner.

    `told` hears after how many attempts the objective is what. `max_moves` servers of a Plan before may move
    to save something, beside those that have to. Estates within the `border` are chosen as a whole.
    """

    attempts: int | None = None
    stop: Callable[[], bool] = lambda: False
    told: Callable[[int, float], None] = lambda _attempts, _objective: None
    max_moves: int = 0
    border: Border = BORDER


USUAL = Limits()
PLACED_ONLY = Limits(attempts=0)
"""Nothing is improved: what may stay stays, what must move finds a place."""


def schedule(
    environment: Environment,
    *,
    at: datetime | None = None,
    seed: int = 0,
    previous: Plan | None = None,
    limits: Limits = USUAL,
) -> Decision:
    """Place every workload on pools, with all its sides, so that every promised failure is survived.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold; None is factor 1.
        seed: decides ties of the search's later rounds, and its attempts to improve.
        previous: the Plan to start from: what is still right stays where it is.
        limits: how long to search.
    """
    start = prepared(environment, at, previous)
    found = searched(start, seed, limits)
    if previous is None or not limits.max_moves:
        return decided(found, previous)
    better = moved(found, seed, limits)
    kept = decided(found, previous)
    offered = decided(better, previous) if better is not found else kept
    return min(kept, offered, key=lambda decision: decision.objective.total)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An empty board for an environment at a moment, and where everything stood before."""

    placing: Placing
    stays: Stays


@uncollected()
def prepared(environment: Environment, at: datetime | None = None, previous: Plan | None = None) -> Prepared:
    """Work out once what the search asks for again and again."""
    stays = stays_of(previous, environment)
    return Prepared(placing_of(snapshot_of(environment, at), stays.running()), stays)


def searched(start: Prepared, seed: int = 0, limits: Limits = USUAL) -> Placing:
    """Place what can be placed, and improve it; a small estate that nothing stood on is chosen as a whole.

    Raises:
        Interrupted: it was to stop before everything had been tried once.
    """
    effort = _effort(limits)
    if start.stays.rows or not effort.attempts or not is_worth_choosing(start.placing, limits.border):
        return search(start.placing, start.stays, seed, effort).placing
    first = min(effort.attempts, ATTEMPTS_AT_FIRST)
    found = search(start.placing, start.stays, seed, Effort(first, effort.stop, effort.told))
    wish = Search(effort, seed, manner_of(found.placing), border=limits.border)
    better = mastered(found.placing, found.movable, wish)
    if better is None:
        return improved(found, start.stays, seed, effort.after(first)).placing
    left = wish._replace(effort=effort.after(ATTEMPTS_OF_ALL))
    return refined(better, found.movable, left)


class Held(NamedTuple):
    """A board on which only that stands which was said to, and the groups (by name) that may not stand so."""

    start: Prepared
    refused: tuple[str, ...]

    @property
    def decision(self) -> Decision:
        """What stands, written down."""
        return decided(self.start.placing)


def standing_as(
    environment: Environment,
    at: datetime | None,
    plan: Plan,
    gone: frozenset[Side] = frozenset(),
    fewer: frozenset[Side] = frozenset(),
) -> Prepared:
    """An empty board, and what is to stand on it: the rows of a Plan on their hosts, as far as it packs them.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold; None is factor 1.
        plan: its placements and packings alone are looked at.
        gone: sides that are asked for and not there.
        fewer: sides that have fewer replicas than they are asked for.
    """
    start = prepared(environment, at, plan)
    return replace(start, stays=replace(start.stays, gone=gone, fewer=fewer))


@uncollected()
def held(start: Prepared, groups: Sequence[str]) -> Held:
    """Put groups on the board, in order, exactly as they are to stand; nothing is searched for."""
    refused = holding.hold(start.placing, start.stays, groups)
    late = take_off_late(start.placing)
    names = [start.placing.snapshot.groups[number].name for number in sorted(late)]
    return Held(start, (*refused, *names))


@uncollected()
def completed(start: Prepared, wanted: Mapping[str, Sequence[Side]]) -> Mapping[Side, tuple[Placement, ...]]:
    """The rows of sides that are broken or gone and can be whole again beside all that stands on a board.

    `wanted` has the sides to try of each group, in order; those that find no room are left out.
    """
    found: dict[Side, tuple[Placement, ...]] = {}
    for group, sides in wanted.items():
        stays = holding.completed(start.placing, start.stays, group, sides)
        whole = [side for side in sides if side not in stays.gone | stays.fewer]
        found |= {side: stays.rows[side] for side in whole}
        start = replace(start, stays=stays)
    return found


def _effort(limits: Limits) -> Effort:
    return Effort(ATTEMPTS if limits.attempts is None else limits.attempts, limits.stop, limits.told)


def moved(found: Placing, seed: int, limits: Limits) -> Placing:
    """The same with so many servers as may move where they cost less.

    Raises:
        Refused: the estate is too large to be chosen from as a whole.
    """
    if not is_small(found, limits.border):
        raise Refused(
            "--max-moves is for estates that are chosen as a whole, and this one is too large for that",
            hint="leave it out, and ask `tricenter rebalance` what would pay",
        )
    movable = [group for group in range(len(found.snapshot.groups)) if group not in found.fixed]
    wish = Search(_effort(limits), seed, manner_of(found), limits.max_moves, limits.border)
    return mastered(found, movable, wish) or found


@uncollected()
def decided(placing: Placing, previous: Plan | None = None) -> Decision:
    """Write down what stands on a board; who would be back too late is taken off first."""
    environment = placing.snapshot.environment
    late = take_off_late(placing)
    done = finished(placing)
    placed = writing.placements(done)
    return Decision(
        placements=placed,
        takeovers=writing.takeovers(done),
        yields=writing.yields(done),
        reservations=writing.reservations(done),
        packings=writing.packings(done),
        unplaced=_unplaced(placing, placed, late),
        objective=objective(done, _minutes(environment, previous, placed)),
    )


def _minutes(environment: Environment, previous: Plan | None, placed: tuple[Placement, ...]) -> float:
    """Minutes of moving that it takes to get from a Plan to these placements."""
    if previous is None:
        return 0.0
    before = tuple(row for row in previous.placements if row.pool in environment.estate.pool)
    known = tuple(row for row in before if row.workload in environment.workload)
    return moved_minutes(shifts(known, placed, environment, roads_of(environment, placed)))


def _unplaced(
    placing: Placing, placed: tuple[Placement, ...], late: Mapping[int, Refusal]
) -> tuple[Unplaced, ...]:
    """Every reason for everything that does not stand; `late` is what was taken off again."""
    missing = placing.missing()
    if not missing:
        return ()
    bare = placing.bare()
    told = []
    for group in missing:
        alone = late[group] if group in late else why_not(bare, group, EVEN)
        refusal = alone if alone.constraint != "capacity" else why_not(placing, group, EVEN)
        told.append((placing.snapshot.groups[group], refusal))
    return unplaced(told, rebuilt(placing.snapshot, placed))
