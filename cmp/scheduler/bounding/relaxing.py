"""Proposes prices: the duals of a linear relaxation over a sample of groups, which HiGHS solves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import highspy
import numpy as np

from cmp.scheduler.bounding.arrays import F8, I8, NANO, Mode, Prices, Statement

MODES = tuple(Mode)
MOST = 10_000.0 * NANO
"""The highest price of a whole host, so that no sum leaves 64 bits."""
DEAR = 3
"""What room that is not there costs, in hosts that are on: any sample can be solved so."""


@dataclass(slots=True)
class Program:
    """A linear program by columns: costs, upper bounds, entries; rows are ranges."""

    cost: list[float] = field(default_factory=list)
    start: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def row(self, low: float, high: float) -> int:
        """A new row."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def column(self, cost: float, entries: list[tuple[int, float]]) -> int:
        """A new column; none is below 0."""
        self.cost.append(cost)
        self.index += [row for row, value in entries if value]
        self.value += [value for _, value in entries if value]
        self.start.append(len(self.index))
        return len(self.cost) - 1


def proposed(statement: Statement, sample: int) -> Prices:
    """Prices from the linear relaxation of at most so many groups, taken to stand for all of them."""
    model, rows = Program(), Rows.of(statement)
    rows.write_capacity(statement, model)
    rows.write_on(statement, model)
    write_groups(statement, model, rows, sample)
    duals = solve(solver_of(model))
    return fitted(statement, rows.capacity_prices(statement, duals), rows.on_prices(statement, duals))


class Choices(NamedTuple):
    """What a program's columns stand for: layouts of groups, and entries of sides of their parts."""

    layouts: dict[tuple[int, int], int]
    entries: dict[tuple[int, int, int, int], int]


def write_groups(statement: Statement, model: Program, rows: Rows, sample: int) -> Choices:
    """Columns of at most so many groups, taken to stand for all of them.

    Returns:
        Columns by group and layout, and by group, part, side and entry.
    """
    choices = Choices({}, {})
    chosen, weights = _sampled(statement, sample)
    for group, weight in zip(chosen, weights, strict=True):
        for (number, side), row in _write_layouts(statement, model, (group, weight), choices).items():
            for entry, column in _write_side(statement, model, rows, side, row).items():
                choices.entries[group, number, side, entry] = column
    return choices


def _sampled(statement: Statement, sample: int) -> tuple[list[int], list[float]]:
    """Every so-manieth group, each as often as all that it stands for."""
    times = statement.groups.times
    step = max(1, -(-len(times) // sample))
    chosen = list(range(0, len(times), step))
    share = float(times.sum()) / float(times[chosen].sum()) if chosen else 1.0
    return chosen, [float(times[group]) * share for group in chosen]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Where the priced rows lie, by class, situation and resource; -1 where there is none."""

    capacity: I8
    on: I8

    @classmethod
    def of(cls, statement: Statement) -> Rows:
        """None yet."""
        shape = (len(statement.ground.hosts), statement.views.run.shape[1], statement.ground.cap.shape[1])
        nowhere = np.full(shape, -1, dtype=np.int64)
        return cls(nowhere, nowhere.copy())

    def write_capacity(self, statement: Statement, model: Program, share: float = 1.0) -> None:
        """Rows of capacity, in shares of a class, and for each a column of room that is not there."""
        ground = statement.ground
        for kind, situation, resource in np.ndindex(self.capacity.shape):
            if ground.total[kind, resource]:
                self.capacity[kind, situation, resource] = model.row(-highspy.kHighsInf, share)
        dearest = float(max(ground.idle.max(initial=0), NANO)) / NANO
        for kind, hosts in enumerate(ground.hosts):
            for row in self.capacity[kind].ravel():
                if row >= 0:
                    model.column(DEAR * dearest * float(hosts), [(int(row), -1.0)])

    def write_on(self, statement: Statement, model: Program) -> None:
        """Rows of what hosts that are on carry, in hosts, and a column of such hosts for each class."""
        ground = statement.ground
        for kind, situation, resource in np.ndindex(self.on.shape):
            if ground.total[kind, resource] and ground.idle[kind]:
                self.on[kind, situation, resource] = model.row(-highspy.kHighsInf, 0.0)
        for kind, idle in enumerate(ground.idle):
            if idle:
                model.column(idle / NANO, [(int(row), -1.0) for row in self.on[kind].ravel() if row >= 0])

    def capacity_prices(self, statement: Statement, duals: F8) -> F8:
        """Duals of capacity as prices of a unit."""
        shares = np.maximum(-np.append(duals, 0.0)[self.capacity], 0)
        return np.asarray(shares * NANO / np.maximum(statement.ground.total, 1)[:, None, :])

    def on_prices(self, statement: Statement, duals: F8) -> F8:
        """Duals of hosts that are on as prices of a unit."""
        hosts = np.maximum(-np.append(duals, 0.0)[self.on], 0)
        return np.asarray(hosts * NANO / np.maximum(statement.ground.cap, 1)[:, None, :])


def fitted(statement: Statement, capacity: F8, on: F8) -> Prices:
    """Whole prices from any: those of hosts that are on are shrunk to what such a host costs."""
    ground = statement.ground
    limit = MOST / np.maximum(ground.cap, 1)[:, None, :]
    whole = np.floor(np.minimum(on, limit)).astype(np.int64)
    paid = np.einsum("ksr,kr->k", whole, ground.cap)
    for kind in np.flatnonzero(paid > ground.idle):
        dear = [int(price) * int(ground.idle[kind]) // int(paid[kind]) for price in whole[kind].ravel()]
        whole[kind] = np.array(dear, dtype=np.int64).reshape(whole[kind].shape)
    return Prices(np.floor(np.minimum(capacity, limit)).astype(np.int64), whole)


def _write_layouts(
    statement: Statement, model: Program, weighed: tuple[int, float], choices: Choices
) -> dict[tuple[int, int], int]:
    """Columns of a group's layouts; the rows that say how often each side of each part is there."""
    groups, (group, weight) = statement.groups, weighed
    one = model.row(weight, weight)
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
                    flows[key] = model.row(0.0, 0.0)
                entries.append((flows[key], -1.0))
        choices.layouts[group, choice] = model.column(0.0, entries)
    return flows


def _write_side(statement: Statement, model: Program, rows: Rows, side: int, flow: int) -> dict[int, int]:
    """A column for each entry that a whole side may stand on; members keep to the most in a center."""
    sides, offers = statement.sides, statement.offers
    offer, mode = sides.offer[side], MODES[sides.mode[side]]
    members = mode is Mode.MEMBERS
    centers = range(len(statement.standing)) if members else [int(sides.center[side])]
    shares = {center: model.row(-highspy.kHighsInf, 0.0) for center in centers} if members else {}
    most = float(sides.least[side] / sides.amount[side])
    columns = {}
    for center in centers:
        view = int(statement.standing[center] if members else sides.seen[side])
        for entry in range(offers.start[offer, center], offers.start[offer, center + 1]):
            take, run = _counts(statement, side, entry, mode)
            cost = run * offers.run[entry] + take * offers.wish[entry]
            if sides.runs[side]:
                cost += take * (offers.elsewhere[entry] + int(sides.runs[side] > 1) * offers.away[entry])
            uses = _uses(statement, rows, entry, view, (run, take))
            spread = [(row, float(other == center) - most) for other, row in shares.items()]
            columns[entry] = model.column(cost / NANO, [(flow, 1.0), *uses, *spread])
    return columns


def _counts(statement: Statement, side: int, entry: int, mode: Mode) -> tuple[int, int]:
    """Replicas on takeover and in normal time of a whole side on one entry; of a copy, one that stays."""
    sides = statement.sides
    if mode is Mode.COPY:
        return 0, 1
    amount, least = int(sides.amount[side]), int(sides.least[side])
    if mode is Mode.MEMBERS:
        return amount, amount
    take = max(-(-amount // int(statement.offers.worth[entry])), least)
    if mode is Mode.NONE:
        return take, 0
    return take, max(1, -(-take // 2)) if mode is Mode.HALF else take


def _uses(
    statement: Statement, rows: Rows, entry: int, view: int, counts: tuple[int, int]
) -> list[tuple[int, float]]:
    """What a side on an entry takes of each priced row."""
    ground, views, offers = statement.ground, statement.views, statement.offers
    kind, (run, take) = int(offers.kind[entry]), counts
    found = []
    for situation in range(views.run.shape[1]):
        full = run * views.run[view, situation] + take * views.take[view, situation]
        awake = run * views.run_on[view, situation] + take * views.take_on[view, situation]
        for resource, amount in enumerate(offers.size[entry]):
            if amount and full:
                row = int(rows.capacity[kind, situation, resource])
                found.append((row, float(full * amount / ground.total[kind, resource])))
            row = int(rows.on[kind, situation, resource])
            if amount and awake and row >= 0:
                found.append((row, float(awake * amount / ground.cap[kind, resource])))
    return found


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its usual constructor prints before it can be silenced."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)
        self.setOptionValue("threads", 1)


def solver_of(model: Program) -> highspy.Highs:
    """A solver that holds the program."""
    solver = _Quiet()
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model.cost), len(model.low)
    program.col_cost_ = np.array(model.cost)
    program.col_lower_ = np.zeros(len(model.cost))
    program.col_upper_ = np.full(len(model.cost), highspy.kHighsInf)
    program.row_lower_, program.row_upper_ = np.array(model.low), np.array(model.high)
    program.a_matrix_.start_ = np.array(model.start)
    program.a_matrix_.index_ = np.array(model.index)
    program.a_matrix_.value_ = np.array(model.value)
    solver.passModel(program)
    return solver


def solve(solver: highspy.Highs) -> F8:
    """The duals of all rows; zeros where there are none."""
    solver.run()
    duals = np.array(solver.getSolution().row_dual)
    return duals if len(duals) == solver.getNumRow() else np.zeros(solver.getNumRow())


def solution(solver: highspy.Highs) -> F8:
    """The values of all columns; zeros where there are none."""
    solver.run()
    values = np.array(solver.getSolution().col_value)
    return values if len(values) == solver.getNumCol() else np.zeros(solver.getNumCol())
