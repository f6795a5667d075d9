"""Proposes prices: the duals of a linear relaxation over a sample of groups, which HiGHS solves."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np

from cmp.scheduler.bounding.arrays import F8, NANO, Mode, Prices, Statement

MODES = tuple(Mode)
MOST = 10_000.0 * NANO
"""The highest price of a whole host, so that no sum leaves 64 bits."""
DEAR = 3
"""What room that is not there costs, in hosts that are on: any sample can be solved so."""


@dataclass(slots=True)
class _Model:
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

    def column(self, cost: float, entries: list[tuple[int, float]]) -> None:
        """A new column; none is below 0."""
        self.cost.append(cost)
        self.index += [row for row, value in entries if value]
        self.value += [value for _, value in entries if value]
        self.start.append(len(self.index))


def proposed(statement: Statement, sample: int) -> Prices:
    """Prices from the linear relaxation of at most so many groups, taken to stand for all of them."""
    model, rows = _Model(), _Rows.of(statement)
    rows.write(statement, model)
    chosen, weights = _sampled(statement, sample)
    for group, weight in zip(chosen, weights, strict=True):
        _write_group(statement, model, rows, group, weight)
    duals = _solved(model)
    return rows.prices(statement, duals)


def _sampled(statement: Statement, sample: int) -> tuple[list[int], list[float]]:
    """Every so-manieth group, each as often as all that it stands for."""
    times = statement.groups.times
    step = max(1, -(-len(times) // sample))
    chosen = list(range(0, len(times), step))
    share = float(times.sum()) / float(times[chosen].sum()) if chosen else 1.0
    return chosen, [float(times[group]) * share for group in chosen]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Where the priced rows lie; -1 where a class has nothing of a resource."""

    capacity: np.ndarray
    on: np.ndarray

    @classmethod
    def of(cls, statement: Statement) -> _Rows:
        shape = (len(statement.ground.hosts), statement.views.run.shape[1], statement.ground.cap.shape[1])
        return cls(np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64))

    def write(self, statement: Statement, model: _Model) -> None:
        """Rows of capacity (shares of a class) and of hosts on, and a column of hosts on for each class."""
        ground = statement.ground
        for kind, situation, resource in np.ndindex(self.capacity.shape):
            if ground.total[kind, resource]:
                self.capacity[kind, situation, resource] = model.row(-highspy.kHighsInf, 1.0)
                if ground.idle[kind]:
                    self.on[kind, situation, resource] = model.row(-highspy.kHighsInf, 0.0)
        dearest = float(max(ground.idle.max(initial=0), NANO)) / NANO
        for kind, idle in enumerate(ground.idle):
            for row in self.capacity[kind].ravel():
                if row >= 0:
                    model.column(DEAR * dearest * float(ground.hosts[kind]), [(int(row), -1.0)])
            if idle:
                model.column(idle / NANO, [(int(row), -1.0) for row in self.on[kind].ravel() if row >= 0])

    def prices(self, statement: Statement, duals: F8) -> Prices:
        """Duals as prices of a unit, rounded down, those of hosts on within what a host costs."""
        ground = statement.ground
        padded = np.append(duals, 0.0)
        capacity = np.maximum(-padded[self.capacity], 0) * NANO / np.maximum(ground.total, 1)[:, None, :]
        on = np.maximum(-padded[self.on], 0) * NANO / np.maximum(ground.cap, 1)[:, None, :]
        return fitted(statement, capacity, on)


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


def _write_group(statement: Statement, model: _Model, rows: _Rows, group: int, weight: float) -> None:
    """Columns of a group: its layouts, and where each of their sides stands."""
    groups = statement.groups
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
        model.column(0.0, entries)
    for (_, side), row in flows.items():
        _write_side(statement, model, rows, side, row)


def _write_side(statement: Statement, model: _Model, rows: _Rows, side: int, flow: int) -> None:
    """A column for each entry that a whole side may stand on; members keep to the most in a center."""
    sides, offers = statement.sides, statement.offers
    offer, mode = sides.offer[side], MODES[sides.mode[side]]
    members = mode is Mode.MEMBERS
    centers = range(len(statement.standing)) if members else [int(sides.center[side])]
    shares = {center: model.row(-highspy.kHighsInf, 0.0) for center in centers} if members else {}
    most = float(sides.least[side] / sides.amount[side])
    for center in centers:
        view = int(statement.standing[center] if members else sides.seen[side])
        for entry in range(offers.start[offer, center], offers.start[offer, center + 1]):
            take, run = _counts(statement, side, entry, mode)
            cost = run * offers.run[entry] + take * offers.wish[entry]
            if sides.runs[side]:
                cost += take * (offers.elsewhere[entry] + int(sides.runs[side] > 1) * offers.away[entry])
            uses = _uses(statement, rows, entry, view, (run, take))
            spread = [(row, float(other == center) - most) for other, row in shares.items()]
            model.column(cost / NANO, [(flow, 1.0), *uses, *spread])


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
    statement: Statement, rows: _Rows, entry: int, view: int, counts: tuple[int, int]
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
            if amount and awake and ground.idle[kind]:
                row = int(rows.on[kind, situation, resource])
                found.append((row, float(awake * amount / ground.cap[kind, resource])))
    return found


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its usual constructor prints before it can be silenced."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)
        self.setOptionValue("threads", 1)


def _solved(model: _Model) -> F8:
    """The duals of all rows."""
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
    solver.run()
    duals = np.array(solver.getSolution().row_dual)
    return duals if len(duals) == len(model.low) else np.zeros(len(model.low))
