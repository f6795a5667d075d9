"""Places as the usual simple method does, to compare with: each group where the least is loaded.

Kube-scheduler and Nova spread load like that by default. Hosts of the chosen pools are filled one by one, and
only capacity after the loss of centers and hosts in normal time are looked at: a method that kept every
constraint would cost more, so a comparison with this one flatters nobody.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import I8, NANO, SOURCES, Grid, Line, Mode, Statement
from cmp.scheduler.bounding.splitting import running
from cmp.scheduler.compiled import Unit, compiled

COPY, MEMBERS = int(Mode.COPY), int(Mode.MEMBERS)
FULL = 1.0


class _Pick(NamedTuple):
    """A whole side, or so many members, on an entry, as a view sees it."""

    entry: int
    view: int
    run: int
    take: int
    cost: int


class _Board:
    """Hosts with what is left of them, and loads by class, situation and resource."""

    def __init__(self, statement: Statement) -> None:
        ground = statement.ground
        self.statement = statement
        self.start = np.concatenate(([0], np.cumsum(ground.hosts))).astype(np.int64)
        self.left = np.repeat(ground.cap, ground.hosts, axis=0)
        self.total = np.maximum(ground.total, 1)[:, None, :]
        self.load = np.zeros((len(ground.hosts), statement.views.run.shape[1], ground.cap.shape[1]), np.int64)
        self.cost = 0

    def added(self, pick: _Pick) -> tuple[int, I8]:
        """The class that a choice loads, and by how much."""
        views, offers = self.statement.views, self.statement.offers
        full = pick.run * views.run[pick.view] + pick.take * views.take[pick.view]
        return int(offers.kind[pick.entry]), full[:, None] * offers.size[pick.entry]

    def peak(self, kind: int, more: I8) -> float:
        """How full a class would get."""
        return float(((self.load[kind] + more) / self.total[kind]).max())

    def points(self) -> float:
        """The objective's linear parts."""
        ground = self.statement.ground
        on = (self.left != np.repeat(ground.cap, ground.hosts, axis=0)).any(axis=1)
        return (self.cost + int(np.repeat(ground.idle, ground.hosts)[on].sum())) / NANO


def least_loaded(statement: Statement) -> float | None:
    """The objective of that method, without `balance` and `move`; None where it does not place everything."""
    board, groups = _Board(statement), statement.groups
    for group in range(len(groups.times)):
        for _ in range(groups.times[group]):
            if not _place(board, group):
                return None
    return board.points()


def _place(board: _Board, group: int) -> bool:
    """Place a whole group in the layout that leaves its fullest pool emptiest and whose hosts have room."""
    found = []
    for layout in range(board.statement.groups.layouts[group]):
        before = board.load.copy()
        chosen = _layout(board, group, layout)
        board.load = before
        if chosen is not None:
            found.append((chosen[0], layout, chosen[1]))
    return any(_seat(board, picks) for _, _, picks in sorted(found, key=lambda each: each[:2]))


def _layout(board: _Board, group: int, layout: int) -> tuple[float, list[_Pick]] | None:
    """The choices of a layout with how full they make the fullest class; loads are changed meanwhile."""
    groups, picks, fullest = board.statement.groups, [], 0.0
    for part in range(groups.part_start[group], groups.part_start[group + 1]):
        bundle = groups.part_bundle[part] + layout
        if groups.barred[bundle]:
            return None
        for side in groups.side[groups.bundle_start[bundle] : groups.bundle_start[bundle + 1]]:
            for options in _options(board.statement, int(side)):
                best = min(((board.peak(*board.added(pick)), pick) for pick in options), default=None)
                if best is None or best[0] > FULL:
                    return None
                kind, more = board.added(best[1])
                board.load[kind] += more
                fullest = max(fullest, best[0])
                picks.append(best[1])
    return fullest, picks


def _options(statement: Statement, side: int) -> list[list[_Pick]]:
    """Where a side can stand as a whole; for members of a quorum, one such list for each center used."""
    sides, offers = statement.sides, statement.offers
    mode, offer = int(sides.mode[side]), int(sides.offer[side])
    amount, least = int(sides.amount[side]), int(sides.least[side])
    if mode != MEMBERS:
        found = []
        for entry in _entries(statement, offer, int(sides.center[side])):
            take = 0 if mode == COPY else max(-(-amount // int(offers.worth[entry])), least)
            run = 1 if mode == COPY else running(mode, take)
            found.append(_pick(statement, side, (entry, int(sides.seen[side])), (run, take)))
        return [found]
    lists = []
    for center, view in enumerate(statement.standing.tolist()):
        count = min(amount, least)
        if count and len(_entries(statement, offer, center)):
            amount -= count
            lists.append(
                [
                    _pick(statement, side, (entry, view), (count, count))
                    for entry in _entries(statement, offer, center)
                ]
            )
    return lists if amount == 0 else [[]]


def _entries(statement: Statement, offer: int, center: int) -> range:
    return range(int(statement.offers.start[offer, center]), int(statement.offers.start[offer, center + 1]))


def _pick(statement: Statement, side: int, where: tuple[int, int], counts: tuple[int, int]) -> _Pick:
    offers, (entry, view), (run, take) = statement.offers, where, counts
    runs = int(statement.sides.runs[side])
    wish = int(offers.wish[entry]) + int(runs > 0) * int(offers.elsewhere[entry])
    wish += int(runs > 1) * int(offers.away[entry])
    return _Pick(entry, view, run, take, run * int(offers.run[entry]) + take * wish)


def _seat(board: _Board, picks: list[_Pick]) -> bool:
    """Put a group's replicas on hosts and keep its loads, or change nothing."""
    sizes = board.statement.offers.size
    done: list[tuple[_Pick, I8]] = []
    for pick in picks:
        kind, _ = board.added(pick)
        hosts = np.full(pick.run, -1, dtype=np.int64)
        if not _fill(
            board.left, sizes[pick.entry], (int(board.start[kind]), int(board.start[kind + 1])), hosts
        ):
            for other, chosen in done:
                np.add.at(board.left, chosen, sizes[other.entry])
            return False
        done.append((pick, hosts))
    for pick in picks:
        kind, more = board.added(pick)
        board.load[kind] += more
        board.cost += pick.cost
    return True


@compiled
def _fill(left: Grid, size: Line, hosts: tuple[int, int], chosen: Line) -> bool:
    """Put a replica on the first host with room for each place in `chosen`, or none."""
    host = hosts[0]
    for number in range(chosen.shape[0]):
        while host < hosts[1] and (left[host] < size).any():
            host += 1
        if host == hosts[1]:
            for place in range(number):
                left[chosen[place]] += size
            return False
        left[host] -= size
        chosen[number] = host
    return True


NAIVE = Unit("naive", "simple method to compare with", (_fill,), SOURCES)
