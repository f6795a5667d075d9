"""Learns from pools that do not pack: which rows do not stand on so many hosts together.

The master knows loads, widths and large replicas, not every way in which hosts fill. Where rows that it put
on a pool are shown not to pack, few of them that do not either are told to it (combinatorial Benders cuts:
Hooker and Ottosson 2003; Codato and Fischetti 2006).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cmp.scheduler.mastering.modelling import Master
from cmp.scheduler.mastering.packing import Line, lines_of, packs
from cmp.scheduler.mastering.stating import Share, Side, Stage


class _Row(NamedTuple):
    """A row of a pool; whether it is chosen, or stands there whatever is."""

    side: Side
    share: Share
    is_chosen: bool


def learned(master: Master, values: Sequence[int]) -> bool:
    """Tell the program which rows of an answer do not go together; False where every pool packs."""
    found = False
    for pool, rows in sorted(_rows(master, values).items()):
        count = max(1, sum(values[flag] for flag in master.on[pool]))
        for hosts in range(count, master.stage.hosts(pool) + 1):
            answer = _packs(master.stage, pool, rows, hosts)
            if answer:
                break
            found |= _forbid(master, pool, hosts, rows, is_shown=answer is False)
    return found


def _rows(master: Master, values: Sequence[int]) -> dict[int, list[_Row]]:
    """What an answer puts on each pool beside what stands there whatever is chosen."""
    found: dict[int, list[_Row]] = {}
    for side, share in master.stage.fixed:
        found.setdefault(share.pool, []).append(_Row(side, share, is_chosen=False))
    for flag, (_, side, way) in master.way.items():
        for share in way if values[flag] else ():
            found.setdefault(share.pool, []).append(_Row(side, share, is_chosen=True))
    return found


def _packs(stage: Stage, pool: int, rows: Sequence[_Row], hosts: int) -> bool | None:
    return packs(stage, pool, _lines(stage, rows), hosts)


def _lines(stage: Stage, rows: Sequence[_Row]) -> list[Line]:
    return lines_of(stage, [(row.side, row.share) for row in rows])


def _forbid(master: Master, pool: int, hosts: int, rows: Sequence[_Row], *, is_shown: bool) -> bool:
    """Not all of these on so many hosts: one stands elsewhere, or smaller, or a host more is on.

    Where it was not shown that they do not pack, only that no way was found, they are forbidden as they are.
    False where there is nothing to choose: all of it stands whatever is chosen, and there is no host more.
    """
    few = _fewer(master.stage, pool, hosts, rows) if is_shown else list(rows)
    chosen = [row for row in few if row.is_chosen]
    sums = {(row.side, row.share): _at_least(master, row) for row in chosen}
    more = [(flag, -max(1, len(chosen))) for flag in master.on[pool][hosts : hosts + 1]]
    joined = [(flag, 1) for flags in sums.values() for flag in flags]
    if joined or more:
        master.program.within([*joined, *more], len(chosen) - 1)
    return bool(joined or more)


def _fewer(stage: Stage, pool: int, hosts: int, rows: Sequence[_Row]) -> list[_Row]:
    """Few of the rows that do not pack either: left out by halves, the smallest ones first."""
    cap = [max(1, int(each)) for each in stage.placing.board.ground.cap[pool]]
    kept = sorted(
        rows, key=lambda row: max(_taken(stage, row, place) / have for place, have in enumerate(cap))
    )
    step = len(kept) // 2
    while step:
        begin = 0
        while begin < len(kept):
            rest = kept[:begin] + kept[begin + step :]
            if _packs(stage, pool, rest, hosts) is False:
                kept = rest
            else:
                begin += step
        step //= 2
    return kept


def _taken(stage: Stage, row: _Row, resource: int) -> int:
    return stage.size(row.share.entry)[resource] * max(row.share.run, row.share.take)


def _at_least(master: Master, row: _Row) -> Iterator[int]:
    """The flags that put on a row's pool what takes no less than it, of the same component and role."""
    stage, (side, share, _) = master.stage, row
    size = stage.size(share.entry)
    for flag, (_, other, way) in master.way.items():
        if other[:2] != side[:2] or other.turns != side.turns:
            continue
        for each in way:
            counts = zip(each[2:], share[2:], strict=True)
            sizes = zip(stage.size(each.entry), size, strict=True)
            if each.pool == share.pool and all(more >= less for more, less in (*counts, *sizes)):
                yield flag
                break
