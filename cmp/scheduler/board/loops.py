"""Brings together what Python calls of the board's loops: they are compiled as one piece, the search."""

from __future__ import annotations

from pathlib import Path

from cmp.native.kinds import hand_over
from cmp.scheduler import compiled
from cmp.scheduler.board.annealing import anneal
from cmp.scheduler.board.arrays import Board
from cmp.scheduler.board.chance import shuffle
from cmp.scheduler.board.fates import follow
from cmp.scheduler.board.handles import kind_of_boards
from cmp.scheduler.board.improving import aim_of, improve, total_of
from cmp.scheduler.board.keeping import exchange, place_as, scarcity
from cmp.scheduler.board.limits import count_shared
from cmp.scheduler.board.placing import (
    drop_component,
    drop_rows,
    place_group,
    place_in_layout,
    place_many,
    place_sides,
    remove_group,
    settle,
)
from cmp.scheduler.board.proving import prove_beside, prove_board
from cmp.scheduler.board.quorums import place_members
from cmp.scheduler.board.repacking import repack, repack_all
from cmp.scheduler.board.rowstore import relax

__all__ = [
    "SEARCH",
    "aim_of",
    "anneal",
    "count_shared",
    "drop_component",
    "drop_rows",
    "exchange",
    "follow",
    "improve",
    "place_as",
    "place_group",
    "place_in_layout",
    "place_many",
    "place_members",
    "place_sides",
    "prove_beside",
    "prove_board",
    "relax",
    "remove_group",
    "repack",
    "repack_all",
    "scarcity",
    "settle",
    "shuffle",
    "total_of",
]

_CALLED = (
    aim_of,
    anneal,
    count_shared,
    drop_component,
    drop_rows,
    exchange,
    follow,
    improve,
    place_as,
    place_group,
    place_in_layout,
    place_many,
    place_members,
    place_sides,
    prove_beside,
    prove_board,
    relax,
    remove_group,
    repack,
    repack_all,
    scarcity,
    settle,
    shuffle,
    total_of,
)
hand_over(Board, kind_of_boards)
SEARCH = compiled.Unit("search", "search", _CALLED, (Path(__file__).parent, Path(compiled.__file__)))
