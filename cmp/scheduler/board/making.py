"""Makes an empty board, with room for everything that may stand on it."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import NOTHING, Board, Ground, Rows, Sums, Tables

SPARE_ROWS, SPARE_CELLS = 4096, 16384
"""Rows and cells beyond those of every side once: for sides that are split, and for changes that are taken
back."""
MOST_SPLIT = 3
"""How many rows a side has at most, on average."""


def board_of(ground: Ground, tables: Tables) -> Board:
    """A board on which nothing stands."""
    return Board(ground, tables, rows_for(ground, tables), _sums(ground, tables))


def rows_for(ground: Ground, tables: Tables) -> Rows:
    """Room for the rows of everything that the tables ask for."""
    groups, comps = len(tables.group_kind), len(tables.amount)
    failures, hosts = len(ground.lost), int(ground.host_start[-1])
    sides = comps * 4
    rows = sides * MOST_SPLIT + SPARE_ROWS
    cells = int(_replicas(tables).sum()) * 4 + sides + SPARE_CELLS
    chained = np.arange(1, rows + 1, dtype=np.int64)
    chained[-1] = NOTHING
    cell_chain = np.arange(1, cells + 1, dtype=np.int64)
    cell_chain[-1] = NOTHING
    index = np.zeros(rows, dtype=np.int64)
    count = np.zeros(rows, dtype=np.int64)
    return Rows(
        first=np.full(groups, NOTHING, dtype=np.int64),
        next=chained,
        comp=index.copy(),
        role=index.copy(),
        pool=index.copy(),
        entry=index.copy(),
        run=count.copy(),
        take=count.copy(),
        keep=count.copy(),
        group=index.copy(),
        turn=np.zeros((rows, failures), dtype=np.uint8),
        cells=np.full(rows, NOTHING, dtype=np.int64),
        cell_next=cell_chain,
        cell_host=np.zeros(cells, dtype=np.int64),
        cell_row=np.zeros(cells, dtype=np.int64),
        cell=np.zeros((cells, 4), dtype=np.int64),
        host_cell=np.full(hosts, NOTHING, dtype=np.int64),
        after=np.full(cells, NOTHING, dtype=np.int64),
        before=np.full(cells, NOTHING, dtype=np.int64),
        off=np.zeros(rows, dtype=np.uint8),
        free=np.array([0, 0, rows, cells], dtype=np.int64),
    )


def _replicas(tables: Tables) -> np.ndarray:
    """The most replicas that a side of each component can have; more than a million is refused anyway."""
    worth = np.full(max(len(tables.entry_start), 1), 1 << 40, dtype=np.int64)
    for number, starts in enumerate(tables.entry_start):
        here = tables.entry_worth[starts[0] : starts[-1]]
        if len(here):
            worth[number] = here.min()
    most = np.maximum(-(-tables.amount // worth[tables.options]), tables.least)
    return np.minimum(most, 4096)


def _sums(ground: Ground, tables: Tables) -> Sums:
    pools, resources = ground.cap.shape
    failures = len(ground.lost)
    hosts, groups = int(ground.host_start[-1]), len(tables.group_kind)
    owners, pairs = len(ground.quota), len(ground.usable_kbps)
    per_host = np.repeat(ground.cap, np.diff(ground.host_start), axis=0)
    first, last = ground.host_start[:-1], ground.host_start[1:] - 1
    return Sums(
        load=np.zeros((pools, 1 + failures, resources), dtype=np.int64),
        left=np.repeat(per_host[:, None, :], 1 + failures, axis=1),
        peak=np.zeros(pools, dtype=np.int64),
        on=np.zeros(hosts, dtype=np.int64),
        hot=np.zeros(hosts, dtype=np.int64),
        narrow=np.diff(ground.host_start).astype(np.int64),
        wide=np.zeros((pools, int(ground.widest[0]) + 1), dtype=np.int64),
        stream=np.zeros((1 + failures, pairs), dtype=np.int64),
        claim=np.zeros((owners, 1 + failures, resources), dtype=np.int64),
        home=np.full(groups, NOTHING, dtype=np.int64),
        target=np.zeros((groups, failures), dtype=np.int64),
        hit=np.zeros((groups, failures), dtype=np.uint8),
        cursor=np.stack([first, first, last]).astype(np.int64),
        frontier=first.astype(np.int64).copy(),
        class_cursor=np.zeros(len(ground.class_cloud), dtype=np.int64),
        cost=np.zeros(4, dtype=np.int64),
        soft=np.zeros(1, dtype=np.int64),
    )
