"""Anneals a placement on large pools, where what counts is how well all of a pool packs, not each host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from cmp.scheduler.board.annealing import Course, anneal
from cmp.scheduler.board.arrays import I8, Board
from cmp.scheduler.board.chance import Chance
from cmp.scheduler.board.choosing import AS_PACKED, Manner
from cmp.scheduler.board.improving import total_of
from cmp.scheduler.board.repacking import repack_all
from cmp.scheduler.placing import Placing

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
"""Attempts for each group at most, so that a search that is ended by the clock becomes cold as well."""


def is_worth_annealing(placing: Placing, groups: I8, attempts: int) -> bool:
    """True where pools are large and there are attempts enough for all groups."""
    ground = placing.board.ground
    large = int(ground.host_start[-1]) >= LARGE * len(ground.cap) and bool(ground.on_cost.any())
    return large and len(groups) > 0 and attempts >= PER_GROUP * len(groups)


def annealed(
    placing: Placing, groups: I8, manner: Manner, chance: Chance, effort: tuple[int, Callable[[], bool]]
) -> int:
    """Anneal what stands, and pack its hosts anew; as it was where that is not cheaper.

    Args:
        placing: what stands.
        groups: those that may be moved.
        manner: how pools are chosen.
        chance: decides everything that is random.
        effort: attempts, and what ends them early.

    Returns:
        The attempts that are left.
    """
    attempts, stop = effort
    repack_all(placing.handle)
    before, held = total_of(placing.handle, manner.ceiling), [each.copy() for each in _arrays(placing.board)]
    total = min(MOST * len(groups), attempts - attempts // REST)
    hot = int(placing.board.ground.on_cost.max()) // WARM
    packed = Manner(AS_PACKED, manner.window, 1, manner.ceiling)
    for begin in range(0, total, CHUNK):
        if stop():
            break
        anneal(placing.handle, groups, packed, chance, Course(begin, min(begin + CHUNK, total), total, hot))
    repack_all(placing.handle)
    if total_of(placing.handle, manner.ceiling) > before:
        _restore(placing.board, held)
    return attempts // REST


def _arrays(board: Board) -> list[NDArray[Any]]:
    """Everything of a board that changes."""
    return [*board.rows, *board.sums]


def _restore(board: Board, held: list[NDArray[Any]]) -> None:
    for each, before in zip(_arrays(board), held, strict=True):
        each[...] = before
