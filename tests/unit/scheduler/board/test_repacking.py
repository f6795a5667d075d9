"""Pools are packed anew on fewer hosts, and everything that was promised still holds."""

from __future__ import annotations

import numpy as np
import pytest

from cmp.bench.generating.making import generated
from cmp.scheduler.board.loops import prove_board, repack, repack_all
from cmp.scheduler.engine import Limits, prepared, searched
from cmp.scheduler.placement.placing import Placing

CONSTRUCTED = Limits(attempts=0)


@pytest.fixture(scope="module")
def board() -> Placing:
    """A generated estate whose pools have forty hosts and more, placed but not improved."""
    return searched(prepared(generated(40, 6, 1, 40)), 1, CONSTRUCTED)


def hosts_on(board: Placing) -> int:
    """Hosts on which anything stands in normal time."""
    return int((board.board.sums.on > 0).sum())


def test_packing_anew_saves_hosts_and_keeps_every_promise(board: Placing) -> None:
    before, cost = hosts_on(board), int(board.board.sums.cost[0])
    running = board.board.sums.load.copy()

    saved = repack_all(board.handle)

    assert saved > 0
    assert hosts_on(board) == before - saved
    assert int(board.board.sums.cost[0]) < cost
    assert (board.board.sums.load == running).all()
    assert (board.board.sums.left >= 0).all()
    assert not prove_board(board.handle).any()


def test_what_must_not_share_a_host_lies_apart_after_packing_too(board: Placing) -> None:
    repack_all(board.handle)

    rows, tables, ground = board.board.rows, board.board.tables, board.board.ground
    for cell in np.flatnonzero(rows.cell.any(axis=1)).tolist():
        row = int(rows.cell_row[cell])
        hosts = int(np.diff(ground.host_start)[rows.pool[row]])
        if tables.spread[rows.comp[row]] == 1 and rows.cells[row] >= 0:
            assert rows.cell[cell, 0] <= -(-int(rows.run[row]) // hosts)


def test_a_pool_that_is_packed_well_is_left_alone(board: Placing) -> None:
    repack_all(board.handle)

    assert [repack(board.handle, pool) for pool in range(len(board.names.pools))] == [0] * 6
