"""Adds to a linear relaxation the ways to split a side that pay at its prices, until none does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import F8, NANO, NEVER, Mode, Prices, Statement
from cmp.scheduler.bounding.pricing import Hosts, Proven, lagrangian
from cmp.scheduler.bounding.programs import Solver
from cmp.scheduler.bounding.relaxing import Relaxation, split_column

ROUNDS = 12
"""Times that ways are added at most."""
LITTLE = 0.01
"""Points that a way has to gain to be added: prices are rounded, so that what is there seems to gain less."""


class Settled(NamedTuple):
    """The best bound of all rounds with its prices; values of columns and optimum (points) of the last."""

    proven: Proven
    prices: Prices
    values: F8
    relaxed: float


def proposed(statement: Statement, sample: int) -> Prices:
    """Prices from the linear relaxation of at most so many groups, taken to stand for all of them."""
    relaxation = Relaxation(statement, sample)
    return settled(relaxation, Solver(relaxation.program)).prices


def settled(
    relaxation: Relaxation, solver: Solver, hosts: Hosts | None = None, enough: int = NEVER
) -> Settled:
    """Whole sides come first; what is cheaper split at the prices found so far is added, until nothing is.

    A bound of `enough` is not improved.
    """
    values, duals = solver.solved()
    best = last = _proven(relaxation, (values, duals), hosts)
    for _ in range(ROUNDS):
        if best.proven.value >= enough or not _added(relaxation, solver, last.proven, duals):
            break
        values, duals = solver.solved()
        last = _proven(relaxation, (values, duals), hosts)
        best = max(best, last, key=lambda each: each.proven.value)
    return best._replace(values=values, relaxed=solver.value)


def _proven(relaxation: Relaxation, found: tuple[F8, F8], hosts: Hosts | None) -> Settled:
    values, duals = found
    prices = relaxation.prices(duals)
    return Settled(lagrangian(relaxation.statement, prices, hosts), prices, values, 0.0)


def _added(relaxation: Relaxation, solver: Solver, proven: Proven, duals: F8) -> int:
    """How many ways to split sides were added."""
    modes, counts, found = relaxation.statement.sides.mode, proven.priced.replicas, 0
    split = ((counts > 0).sum(axis=1) > 1) & (modes != Mode.MEMBERS)
    for side in np.flatnonzero(split).tolist():
        flows = [
            flow
            for flow in relaxation.flows.get(side, ())
            if proven.priced.side[side] / NANO < duals[flow] - LITTLE
        ]
        if flows:
            cost, uses = split_column(relaxation, side, counts[side])
            for flow in flows:
                solver.add(cost, {flow: 1.0, **uses})
            found += len(flows)
    return found
