"""Anneals a placement on large pools, where what counts is how well all of a pool packs, not each host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmp.scheduler.board.annealing import Course
from cmp.scheduler.board.arrays import I8, Board
from cmp.scheduler.board.chance import Chance
from cmp.scheduler.board.choosing import AS_PACKED, Manner
from cmp.scheduler.board.loops import anneal, repack_all, total_of
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.telling import objective_of

LARGE = 16
"""Hosts that pools have on average at least."""
PER_GROUP = 20
"""Attempts that each group needs at least, so that what is warm at first is cold in the end."""
CHUNK = 512
"""Attempts between two looks at whether to stop."""
WARM = 5
"""What a host costs that is on, over the first heat."""
REST = 20
"""Of so many attempts one is left to improve what was annealed on the hosts as they stand."""
MOST = 400
"""Attempts for each group until it is cold; with more of them it is warmed again, and the best is kept."""
COOLER = 4
"""It is warmed less and less so many times, then as at first."""


AT_ONCE = 10_000
"""Replicas of one side that a call of compiled loops moves between two looks: some hundredths of a second."""


def _untold(_attempts: int, _objective: float) -> None:
    """Tell nobody how far the search has come."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: so many attempts to improve; `stop` is asked now and then and ends it early.

    `told` hears after how many attempts the objective is what. Nothing that is found depends on either.
    """

    attempts: int
    stop: Callable[[], bool]
    told: Callable[[int, float], None] = _untold

    def after(self, attempts: int) -> Effort:
        """What is left after so many attempts; whoever is told hears of those too."""

        def told(more: int, objective: float) -> None:
            self.told(attempts + more, objective)

        return Effort(max(0, self.attempts - attempts), self.stop, told)


def attempts_at_once(placing: Placing, usual: int) -> int:
    """Attempts between two looks at whether to stop: fewer where a side has thousands of replicas.

    A call of compiled loops cannot be interrupted, and an attempt takes as long as its sides are large.
    """
    tables = placing.board.tables
    slowest = [
        int(tables.entry_worth[starts[0] : starts[-1]].min()) if starts[0] < starts[-1] else 0
        for starts in tables.entry_start
    ]
    worth = np.array([*slowest, 0], dtype=np.int64)[tables.options]
    counts = np.where(
        worth > 0, np.maximum(tables.amount // np.maximum(worth, 1), tables.least), tables.least
    )
    return max(1, min(usual, AT_ONCE // max(1, int(counts.max(initial=1)))))


def is_worth_annealing(placing: Placing, groups: I8, attempts: int) -> bool:
    """True where pools are large and there are attempts enough for all groups."""
    ground = placing.board.ground
    large = int(ground.host_start[-1]) >= LARGE * len(ground.cap) and bool(ground.on_cost.any())
    return large and len(groups) > 0 and attempts >= PER_GROUP * len(groups)


def annealed(placing: Placing, groups: I8, manner: Manner, chance: Chance, effort: Effort) -> int:
    """Anneal what stands, and pack its hosts anew; as it was where that is not cheaper.

    Args:
        placing: what stands.
        groups: those that may be moved.
        manner: how pools are chosen.
        chance: decides everything that is random.
        effort: when to end.

    Returns:
        The attempts that are left.
    """
    repack_all(placing.handle)
    left = effort.attempts - effort.attempts // REST
    each = min(left, MOST * len(groups))
    for number in range(max(1, left // each)):
        before = total_of(placing.handle, manner.ceiling), held(placing.board)
        _anneal_once(
            placing,
            groups,
            manner,
            chance,
            Effort(each, effort.stop, effort.told),
            WARM * (1 + number % COOLER),
        )
        if total_of(placing.handle, manner.ceiling) > before[0]:
            restore(placing.board, before[1])
        if effort.stop():
            break
    return effort.attempts // REST


def _anneal_once(
    placing: Placing, groups: I8, manner: Manner, chance: Chance, effort: Effort, warm: int
) -> None:
    """From the first heat to none, then pack; `warm` is what a host costs over the first heat."""
    attempts = effort.attempts
    hot = int(placing.board.ground.on_cost.max()) // warm
    packed = Manner(AS_PACKED, manner.window, 1, manner.ceiling)
    step = attempts_at_once(placing, CHUNK)
    kept = objective_of(placing)
    for begin in range(0, attempts, step):
        if effort.stop():
            break
        course = Course(begin, min(begin + step, attempts), attempts, hot)
        anneal(placing.handle, groups, packed, chance, course)
        # what is still hot is dear, and not kept if it ends so: what stood before is then
        effort.told(course.end, min(kept, objective_of(placing)))
    repack_all(placing.handle)


def held(board: Board) -> list[NDArray[Any]]:
    """Copies of everything of a board that changes."""
    return [array.copy() for array in (*board.rows, *board.sums)]


def restore(board: Board, before: list[NDArray[Any]]) -> None:
    """Make a board again what it was."""
    now: list[NDArray[Any]] = [*board.rows, *board.sums]
    for each, was in zip(now, before, strict=True):
        each[...] = was
