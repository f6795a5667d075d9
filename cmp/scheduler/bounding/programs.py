"""Holds linear programs by columns, and has HiGHS solve them, again and again as costs and limits change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from cmp.scheduler.bounding.arrays import F8

DEAR = 3
"""What room that is not there costs, in hosts that are on: any sample can be solved so."""
BARRED = 30
"""What a host costs that may not be on, in the dearest hosts: so every branch has a solution."""


@dataclass(slots=True)
class Program:
    """A linear program by columns: costs, upper bounds, entries; rows are ranges."""

    cost: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
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

    def column(
        self, cost: float, entries: Sequence[tuple[int, float]], most: float = highspy.kHighsInf
    ) -> int:
        """A new column; none is below 0."""
        self.cost.append(cost)
        self.most.append(most)
        self.index += [row for row, value in entries if value]
        self.value += [value for _, value in entries if value]
        self.start.append(len(self.index))
        return len(self.cost) - 1


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its usual constructor prints before it can be silenced.

    All is stated in shares of a class and in points: scaling that again only takes more iterations.
    """

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)
        self.setOptionValue("threads", 1)
        self.setOptionValue("simplex_scale_strategy", 0)


class Solver:
    """A program in HiGHS, which goes on from where it was when costs and limits of columns change.

    `value` is that of the last optimum.
    """

    def __init__(self, program: Program) -> None:
        self.rows, self.highs, self.value = len(program.low), _Quiet(), 0.0
        given = highspy.HighsLp()
        given.num_col_, given.num_row_ = len(program.cost), len(program.low)
        given.col_cost_ = np.array(program.cost)
        given.col_lower_, given.col_upper_ = np.zeros(len(program.cost)), np.array(program.most)
        given.row_lower_, given.row_upper_ = np.array(program.low), np.array(program.high)
        given.a_matrix_.start_ = np.array(program.start)
        given.a_matrix_.index_ = np.array(program.index)
        given.a_matrix_.value_ = np.array(program.value)
        self.highs.passModel(given)

    def solved(self) -> tuple[F8, F8]:
        """The values of all columns, and the duals of all rows; zeros where there is no optimum."""
        self.highs.run()
        self.value = float(self.highs.getInfo().objective_function_value)
        found = self.highs.getSolution()
        duals = np.array(found.row_dual)
        if len(duals) != self.rows:
            return np.zeros(self.highs.getNumCol()), np.zeros(self.rows)
        return np.array(found.col_value), duals

    def add(self, cost: float, entries: Mapping[int, float]) -> None:
        """A further column, not below 0."""
        rows = np.array(list(entries), dtype=np.int32)
        self.highs.addCol(cost, 0.0, highspy.kHighsInf, len(rows), rows, np.array(list(entries.values())))

    def limit(self, column: int, between: tuple[float, float], cost: float) -> None:
        """Change a column's limits and cost."""
        self.highs.changeColBounds(column, *between)
        self.highs.changeColCost(column, cost)
