"""Proves how far a Plan can be from the best there is: a lower bound of the objective, and the gap to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Bound
from cmp.scheduler.bounding.arrays import NANO
from cmp.scheduler.bounding.naive import NAIVE, least_loaded
from cmp.scheduler.bounding.polishing import LOADS, polished
from cmp.scheduler.bounding.pricing import PRICES
from cmp.scheduler.bounding.relaxing import proposed
from cmp.scheduler.bounding.stating import state

LOOPS = (PRICES, LOADS, NAIVE)
"""What of it is compiled."""
METHOD = "lagrange"
SAMPLE = 100
"""Groups that the linear program sees; where there are more, they stand for the others."""
ROUNDS, FEWEST_ROUNDS, SIDES_A_ROUND = 40, 8, 200_000
"""Steps that improve prices: as many as price so many sides, within limits."""
ROUNDING = 5
"""Thousandths of a point that the objective's five parts may lose when they are rounded."""


def lower_bound(
    environment: Environment, *, at: datetime | None, placed: Iterable[str], objective: float
) -> Bound:
    """A bound that no placement of these workloads can be below, whatever it does.

    It prices capacity after the loss of every center, and hosts that are on, and lets each group choose the
    layout and pools that are cheapest then: whole groups, whole replicas, but nothing that only a packing, a
    link, a quota, a round trip or the loss of one cloud forbids. What may give way counts for nothing
    after a loss, and parts of the objective that are not linear (`balance`, `move`) for 0.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold, as for the placement.
        placed: the workloads that the placement places.
        objective: the placement's total.
    """
    statement = state(environment, at, frozenset(placed))
    rounds = max(FEWEST_ROUNDS, min(ROUNDS, SIDES_A_ROUND // max(1, len(statement.sides.mode))))
    value, _ = polished(statement, proposed(statement, SAMPLE), round(objective * NANO), rounds)
    thousandths = max(0, value // (NANO // 1000) - ROUNDING)
    least = thousandths / 1000
    return Bound(value=least, gap=gap(objective, least), method=METHOD)


def exact_bound(
    environment: Environment, *, at: datetime | None, placed: Iterable[str], objective: float, seconds: float
) -> Bound:
    """The better of `lower_bound` and what CP-SAT proves by the clock, with two threads, in whole numbers.

    For a few hundred components; the result depends on the machine, so no Plan states it.
    """
    from cmp.scheduler.bounding.integral import (  # noqa: PLC0415 - CP-SAT imports pandas: half a second
        Limit,
        integral_bound,
    )

    names = frozenset(placed)
    plain = lower_bound(environment, at=at, placed=names, objective=objective)
    proven = integral_bound(state(environment, at, names), Limit(seconds=seconds, workers=2))
    least = max(0, proven // (NANO // 1000) - ROUNDING) / 1000
    if least <= plain.value:
        return plain
    return Bound(value=least, gap=gap(objective, least), method="cp-sat")


def spread_out(environment: Environment, *, at: datetime | None, placed: Iterable[str]) -> float | None:
    """The objective of the usual simple method, to compare with; None where it does not place everything."""
    return least_loaded(state(environment, at, frozenset(placed)))


def gap(objective: float, bound: float) -> float:
    """(objective − bound) / objective, 0 where there is nothing to pay."""
    return round((objective - bound) / objective, 6) if objective > 0 else 0.0


def against_greedy(objective: float, bound: float, greedy: float) -> float:
    """(objective − bound) / (greedy − bound): how much of a simple method's excess is left.

    A gap alone flatters where most of the objective cannot be avoided. 0 where the simple method is
    no worse than the bound.
    """
    return round((objective - bound) / (greedy - bound), 6) if greedy > bound else 0.0
