"""Proposes prices: the duals of a linear relaxation over a sample of groups, which HiGHS solves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import highspy
import numpy as np

from cmp.scheduler.bounding.arrays import EVENED, F8, NANO, SHARES, Line, Mode, Prices, Statement
from cmp.scheduler.bounding.programs import BARRED, DEAR, Program
from cmp.scheduler.bounding.splitting import running
from cmp.scheduler.bounding.widths import width

MODES = tuple(Mode)
MOST = 10_000.0 * NANO
"""The highest price of a whole host, so that no sum leaves 64 bits."""


class Relaxation:
    """The linear program of a statement, and where its rows and columns lie.

    Args:
        statement: what is relaxed.
        sample: how many groups are in it at most.
    """

    def __init__(self, statement: Statement, sample: int) -> None:
        self.statement, self.program = statement, Program()
        shape = (len(statement.ground.hosts), statement.views.run.shape[1], statement.ground.cap.shape[1])
        self.capacity, self.on = (np.full(shape, -1, dtype=np.int64) for _ in range(2))
        self.fullest = np.full((shape[0], EVENED), -1, dtype=np.int64)
        self.width: dict[tuple[int, int, int], int] = {}
        self.widths = _widths(statement)
        self.hosts: list[list[int]] = []
        self.flows: dict[int, list[int]] = {}
        self.dearest = float(max(statement.ground.idle.max(initial=0), NANO)) / NANO
        self._write_rows()
        for group, weight in zip(*_sampled(statement, sample), strict=True):
            _write_group(self, group, weight)

    def idle(self, kind: int) -> float:
        """What a host of a class costs that is on, in points."""
        return float(self.statement.ground.idle[kind]) / NANO

    def prices(self, duals: F8) -> Prices:
        """Duals as prices of a unit, rounded down."""
        statement, ground = self.statement, self.statement.ground
        padded = np.maximum(-np.append(duals, 0.0), 0)
        capacity = padded[self.capacity] * NANO / np.maximum(ground.total, 1)[:, None, :]
        on = padded[self.on] * NANO / np.maximum(ground.cap, 1)[:, None, :]
        wide = max((number for _, _, number in self.width), default=0)
        kept = np.zeros((len(statement.rows), len(ground.hosts), wide), dtype=np.int64)
        for (row, kind, number), place in self.width.items():
            kept[row, kind, number - 1] = min(MOST, padded[place] * NANO)
        fullest = np.zeros(self.fullest.shape, dtype=np.int64)
        if statement.evening:
            fullest = np.floor(padded[self.fullest] * NANO / statement.evening * SHARES).astype(np.int64)
            fullest = fullest * SHARES // np.maximum(fullest.sum(axis=0), SHARES)
        return Prices(*whole(statement, capacity, on), kept, fullest)

    def _write_rows(self) -> None:
        """Rows of capacity (shares of a class), of hosts on, of who is the fullest, and what room costs."""
        ground, program = self.statement.ground, self.program
        for kind, situation, resource in np.ndindex(self.capacity.shape):
            if ground.total[kind, resource]:
                row = self.capacity[kind, situation, resource] = program.row(
                    -highspy.kHighsInf, float(ground.room[kind, resource] / ground.total[kind, resource])
                )
                program.column(DEAR * self.dearest * float(ground.hosts[kind]), [(row, -1.0)])
                if ground.idle[kind]:
                    self.on[kind, situation, resource] = program.row(-highspy.kHighsInf, 0.0)
        if self.statement.evening:
            self._write_fullest()
        for kind in range(len(ground.hosts)):
            self._write_hosts(kind)

    def _write_fullest(self) -> None:
        """The share of the fullest pool, of each resource."""
        kinds = range(len(self.fullest))
        for resource in range(EVENED):
            self.fullest[:, resource] = [self.program.row(-highspy.kHighsInf, 0.0) for _ in kinds]
            entries = [(int(row), -1.0) for row in self.fullest[:, resource]]
            self.program.column(self.statement.evening / NANO, entries)

    def _write_hosts(self, kind: int) -> None:
        """A column for each host of a class that some row may keep on alone, and one for all beyond."""
        ground, program, widths = self.statement.ground, self.program, self.widths[kind]
        columns, last, hosts = [], max(widths, default=0), int(ground.hosts[kind])
        users: dict[int, list[tuple[int, float]]] = {}
        for row, number in sorted((row, number) for number, rows in widths.items() for row in rows):
            place = self.width[row, kind, number] = program.row(-highspy.kHighsInf, 0.0)
            users.setdefault(number, []).append((place, -float(self.statement.rows[row])))
        on = [(int(row), -1.0) for row in self.on[kind].ravel() if row >= 0]
        if on:
            program.column(BARRED * self.dearest, on)
        before: int | None = None
        for number in range(1, last + 2):
            share = 1.0 if number <= last else float(hosts - last)
            if share <= 0:
                break
            entries = [*on, *users.get(number, [])]
            if before is not None:
                entries.append((before, 1.0))
            before = program.row(-highspy.kHighsInf, 0.0) if number <= last and hosts > number else None
            if before is not None:
                entries.append((before, -(1.0 if number < last else float(hosts - last))))
            columns.append(program.column(self.idle(kind), entries, share))
        self.hosts.append(columns)


def _widths(statement: Statement) -> list[dict[int, set[int]]]:
    """For each class, the rows that may keep so many hosts on there, whole or split."""
    sides, ground = statement.sides, statement.ground
    found: list[dict[int, set[int]]] = [{} for _ in ground.hosts]
    for side in np.flatnonzero(sides.row >= 0).tolist():
        for entry, _ in _places(statement, side):
            _, run = _counts(statement, side, entry, MODES[sides.mode[side]])
            for part in range(1, run + 1):
                wide = _wide(statement, side, entry, part)
                if wide:
                    kind = int(statement.offers.kind[entry])
                    found[kind].setdefault(wide, set()).add(int(sides.row[side]))
    return found


def _wide(statement: Statement, side: int, entry: int, run: int) -> int:
    """Hosts that so many replicas of a side keep on with an entry; 0 where these are not priced."""
    sides, mode = statement.sides, MODES[statement.sides.mode[side]]
    if sides.row[side] < 0 or run == 0:
        return 0
    if mode is Mode.MEMBERS:
        return int(sides.least[side] == 1)
    each = statement.ground.each[statement.offers.kind[entry]]
    return width(int(sides.spread[side]), run, int(each))


def _places(statement: Statement, side: int) -> Iterator[tuple[int, int]]:
    """The entries that a side may stand on, each with its center."""
    sides, offers = statement.sides, statement.offers
    members = MODES[sides.mode[side]] is Mode.MEMBERS
    for center in range(len(statement.standing)) if members else [int(sides.center[side])]:
        start, end = offers.start[sides.offer[side], center], offers.start[sides.offer[side], center + 1]
        yield from ((entry, center) for entry in range(int(start), int(end)))


def _sampled(statement: Statement, sample: int) -> tuple[list[int], list[float]]:
    """Every so-manieth group, each as often as all that it stands for."""
    times = statement.groups.times
    step = max(1, -(-len(times) // sample))
    chosen = list(range(0, len(times), step))
    share = float(times.sum()) / float(times[chosen].sum()) if chosen else 1.0
    return chosen, [float(times[group]) * share for group in chosen]


def whole(statement: Statement, capacity: F8, on: F8) -> tuple[np.ndarray, np.ndarray]:
    """Whole prices from any, each rounded down."""
    limit = MOST / np.maximum(statement.ground.cap, 1)[:, None, :]
    first, second = (np.floor(np.clip(each, 0, limit)).astype(np.int64) for each in (capacity, on))
    return first, second


def _write_group(relaxation: Relaxation, group: int, weight: float) -> None:
    """Columns of a group: its layouts, and where each of their sides stands."""
    groups, program = relaxation.statement.groups, relaxation.program
    one = program.row(weight, weight)
    parts = groups.part_bundle[groups.part_start[group] : groups.part_start[group + 1]]
    open_layouts = [
        choice
        for choice in range(groups.layouts[group])
        if not any(groups.barred[part + choice] for part in parts)
    ]
    flows: dict[tuple[int, int], int] = {}
    for choice in open_layouts:
        entries = [(one, 1.0)]
        for number, part in enumerate(parts):
            bundle = part + choice
            for place in range(groups.bundle_start[bundle], groups.bundle_start[bundle + 1]):
                key = (number, int(groups.side[place]))
                if key not in flows:
                    flows[key] = program.row(0.0, 0.0)
                entries.append((flows[key], -1.0))
        program.column(0.0, entries)
    for (_, side), row in flows.items():
        relaxation.flows.setdefault(side, []).append(row)
        _write_side(relaxation, side, row)


def _write_side(relaxation: Relaxation, side: int, flow: int) -> None:
    """A column for each entry that a whole side may stand on; members keep to the most in a center."""
    statement, program = relaxation.statement, relaxation.program
    sides, mode = statement.sides, MODES[statement.sides.mode[side]]
    centers = range(len(statement.standing)) if mode is Mode.MEMBERS else ()
    shares = {center: program.row(-highspy.kHighsInf, 0.0) for center in centers}
    most = float(sides.least[side] / sides.amount[side])
    for entry, center in _places(statement, side):
        spread = [(row, float(other == center) - most) for other, row in shares.items()]
        cost, uses = _used(relaxation, side, (entry, center), _counts(statement, side, entry, mode))
        program.column(cost, [(flow, 1.0), *spread, *uses])


def split_column(relaxation: Relaxation, side: int, counts: Line) -> tuple[float, dict[int, float]]:
    """The cost of a side with so many replicas on each entry, and what it takes of priced rows."""
    sides = relaxation.statement.sides
    left = running(int(sides.mode[side]), int(counts.sum()))
    cost, uses = 0.0, dict[int, float]()
    for count, place in zip(counts.tolist(), _places(relaxation.statement, side), strict=False):
        if count:
            more, used = _used(relaxation, side, place, (count, min(count, left)))
            left -= min(count, left)
            cost += more
            for row, amount in used:
                uses[row] = uses.get(row, 0.0) + amount
    return cost, uses


def _used(
    relaxation: Relaxation, side: int, place: tuple[int, int], counts: tuple[int, int]
) -> tuple[float, list[tuple[int, float]]]:
    """What replicas on an entry cost, in points, and what they take of each priced row."""
    statement, (entry, center), (take, run) = relaxation.statement, place, counts
    sides, offers = statement.sides, statement.offers
    members = MODES[sides.mode[side]] is Mode.MEMBERS
    view = int(statement.standing[center] if members else sides.seen[side])
    cost = run * offers.run[entry] + take * offers.wish[entry]
    if sides.runs[side]:
        cost += take * (offers.elsewhere[entry] + int(sides.runs[side] > 1) * offers.away[entry])
    mean, uses = _uses(relaxation, entry, view, counts)
    keeps = _keeps(relaxation, side, entry, run)
    return float(cost / NANO - mean), [*uses, *keeps]


def _counts(statement: Statement, side: int, entry: int, mode: Mode) -> tuple[int, int]:
    """Replicas on takeover and in normal time of a whole side on one entry; of a copy, one that stays."""
    sides = statement.sides
    if mode is Mode.COPY:
        return 0, 1
    amount, least = int(sides.amount[side]), int(sides.least[side])
    if mode is Mode.MEMBERS:
        return amount, amount
    take = max(-(-amount // int(statement.offers.worth[entry])), least)
    return take, running(int(mode), take)


def _keeps(relaxation: Relaxation, side: int, entry: int, run: int) -> list[tuple[int, float]]:
    """The rows that say which hosts a side keeps on; a column of members stands for all of them."""
    statement = relaxation.statement
    row, kind = int(statement.sides.row[side]), int(statement.offers.kind[entry])
    members = MODES[statement.sides.mode[side]] is Mode.MEMBERS
    wide = _wide(statement, side, entry, run)
    numbers = (number for number, rows in relaxation.widths[kind].items() if number <= wide and row in rows)
    share = float(run if members else 1)
    return [(relaxation.width[row, kind, number], share) for number in sorted(numbers)]


def _uses(
    relaxation: Relaxation, entry: int, view: int, counts: Sequence[int]
) -> tuple[float, list[tuple[int, float]]]:
    """What a side on an entry adds to the mean, in points, and what it takes of each priced row."""
    statement = relaxation.statement
    ground, views, offers = statement.ground, statement.views, statement.offers
    kind, (take, run) = int(offers.kind[entry]), counts
    found, mean = [], 0.0
    share = statement.evening / NANO * float(ground.pools[kind]) / float(ground.pools.sum())
    for resource, amount in enumerate(offers.size[entry].tolist()):
        if not amount:
            continue
        total, cap = float(ground.total[kind, resource]), float(ground.cap[kind, resource])
        if run and resource < EVENED and statement.evening:
            found.append((int(relaxation.fullest[kind, resource]), run * amount / total))
            mean += share * run * amount / total
        for situation in range(views.run.shape[1]):
            full = run * views.run[view, situation] + take * views.take[view, situation]
            awake = run * views.run_on[view, situation] + take * views.take_on[view, situation]
            if full:
                found.append(
                    (int(relaxation.capacity[kind, situation, resource]), float(full) * amount / total)
                )
            if awake and ground.idle[kind]:
                found.append((int(relaxation.on[kind, situation, resource]), float(awake) * amount / cap))
    return mean, found
