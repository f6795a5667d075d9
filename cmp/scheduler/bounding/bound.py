"""Proves how far a Plan can be from the best there is: a lower bound of the objective, and the gap to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Bound
from cmp.scheduler.bounding.arrays import NANO, Prices, Statement
from cmp.scheduler.bounding.branching import Branches
from cmp.scheduler.bounding.generating import proposed
from cmp.scheduler.bounding.naive import NAIVE, least_loaded
from cmp.scheduler.bounding.polishing import LOADS, polished
from cmp.scheduler.bounding.pricing import PRICES
from cmp.scheduler.bounding.stating import FEW_GROUPS, state

LOOPS = (PRICES, LOADS, NAIVE)
"""What of it is compiled."""
METHOD, BRANCHED = "lagrange", "branches"
"""How a bound came to be: by prices alone, or by those of several branches."""
SAMPLE = FEW_GROUPS
"""Groups that the linear program sees; where there are more, they stand for the others."""
ROUNDS, FEWEST_ROUNDS, SIDES_A_ROUND = 40, 8, 200_000
"""Steps that improve prices: as many as price so many sides, within limits."""
LOST = 0.999
"""Which part of what the linear program says is proven, unless sides can be split in too many ways."""
ROUNDING = 5
"""Thousandths of a point that the objective's five parts may lose when they are rounded."""
BRANCHES = ((1_000, 64), (10_000, 16))
"""Columns of a linear program up to which a Plan's bound branches on whole hosts, and how often at most."""


def lower_bound(
    environment: Environment,
    *,
    at: datetime | None,
    placed: Iterable[str],
    objective: float,
    branches: int | None = None,
) -> Bound:
    """A bound that no placement of these workloads can be below, whatever it does.

    It prices capacity after the loss of every center, hosts that are on, and being the fullest pool, and
    lets each group choose the layout and pools that are cheapest then: whole groups, whole replicas, each row
    on as many hosts as its spread asks for, but nothing that only a packing, a link, a quota, a round trip or
    the loss of one cloud forbids. What may give way counts for nothing after a loss, `move` for 0. Where the
    estate is small, hosts are on or off as a whole.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold, as for the placement.
        placed: the workloads that the placement places.
        objective: the placement's total.
        branches: how many branches on hosts to look into; None: a few where the estate is small.
    """
    return _bounded(state(environment, at, frozenset(placed)), objective, branches)


def kept_bound(
    environment: Environment, *, at: datetime | None, placed: Iterable[str], objective: float, branches: int
) -> Bound:
    """What no placement can be below that keeps the policy's headroom on every pool and splits no side.

    Plans do so where there is room, but need not: this is no bound of all placements.
    """
    statement = state(environment, at, frozenset(placed))
    free = environment.policy.objective.headroom_percent
    room = statement.ground.total * (10_000 - round(100 * free)) // 10_000
    ground = statement.ground._replace(room=room)
    found = _bounded(statement._replace(ground=ground, whole=True), objective, branches)
    return found.model_copy(update={"method": "headroom and whole sides"})


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


def _bounded(statement: Statement, objective: float, branches: int | None) -> Bound:
    """A statement's bound: by branches where rows are priced, else by steps from what a sample proposes."""
    goal, method, value = round(objective * NANO), METHOD, 0
    prices: Prices | None = None
    if len(statement.rows):
        search = Branches(statement, SAMPLE)
        most = branches or next((few for columns, few in BRANCHES if search.columns <= columns), 1)
        value = search.bound(goal, lambda made: made >= most)
        method = METHOD if search.made == 1 else BRANCHED
        if search.root is not None and value < search.root.relaxed * LOST * NANO:
            prices = search.root.prices
    else:
        prices = proposed(statement, SAMPLE)
    if prices is not None:
        rounds = max(FEWEST_ROUNDS, min(ROUNDS, SIDES_A_ROUND // max(1, len(statement.sides.mode))))
        value = max(value, polished(statement, prices, goal, rounds)[0])
    least = max(0, value // (NANO // 1000) - ROUNDING) / 1000
    return Bound(value=least, gap=gap(objective, least), method=method)
