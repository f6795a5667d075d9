"""Seats what was chosen on an emptied board, by the board's own placing, on the hosts that packing found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cmp.scheduler.board.arrays import NOTHING
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import place_as, remove_group
from cmp.scheduler.mastering.packing import Hosts, packed
from cmp.scheduler.mastering.stating import Share, Side, Stage
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.quorums import judged

Rows = Sequence[tuple[Side, Share]]
Chosen = Mapping[int, Rows]
"""The rows of each group."""


def packed_pools(stage: Stage, chosen: Chosen, wanted: Mapping[int, int]) -> dict[tuple[int, int], Hosts]:
    """Hosts of each row, by group and place among its rows; those that found no room are missing."""
    on: dict[int, list[tuple[int, int]]] = {}
    for group, rows in chosen.items():
        for place, (_, share) in enumerate(rows):
            on.setdefault(share.pool, []).append((group, place))
    found: dict[tuple[int, int], Hosts] = {}
    for pool, names in sorted(on.items()):
        hosts = packed(stage, pool, [chosen[group][place] for group, place in names], wanted.get(pool, 1))
        found |= {name: each for name, each in zip(names, hosts, strict=True) if each is not None}
    return found


def hosts_now(stage: Stage, group: int) -> list[Hosts]:
    """The hosts of each row of a group, in the order of `fixed_rows`."""
    rows, starts = stage.placing.board.rows, stage.placing.board.ground.host_start
    found = []
    for number in stage.placing.numbers(group):
        first, cell = int(starts[rows.pool[number]]), int(rows.cells[number])
        kept: list[int] = []
        other: list[int] = []
        extra: list[int] = []
        while cell != NOTHING:
            host = int(rows.cell_host[cell]) - first
            normal, more, stays, _ = map(int, rows.cell[cell])
            kept += [host] * stays
            other += [host] * (normal - stays)
            extra += [host] * more
            cell = int(rows.cell_next[cell])
        found.append(((*kept, *other), tuple(extra)))
    return found


def seat_group(placing: Placing, group: int, rows: Rows, hosts: Mapping[tuple[int, int], Hosts]) -> bool:
    """Place a group on its hosts; False, and nothing is changed, where it may not stand there."""
    lines: list[tuple[int, ...]] = []
    flat: list[int] = []
    for place, (side, share) in enumerate(rows):
        first = int(placing.board.ground.host_start[share.pool])
        normal, extra = hosts.get((group, place), ((NOTHING,) * share.run, (NOTHING,) * share.extra))
        lines.append(
            (side.comp, side.role, share.pool, share.entry, share.run, share.take, share.keep, len(flat))
        )
        flat += [first + host if host != NOTHING else NOTHING for host in (*normal, *extra)]
    table = np.array(lines, dtype=np.int64).reshape(len(lines), 8)
    if place_as(placing.handle, group, table, np.array(flat or [NOTHING], dtype=np.int64)) != FINE:
        return False
    if group in placing.asked.special and judged(placing, group) != FINE:
        remove_group(placing.handle, group)
        return False
    return True
