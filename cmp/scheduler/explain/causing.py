"""Says which part of the objective a workload causes, and what its cheapest other places would cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmp.model.explanation import Alternative, PoolView, Standpoint
from cmp.scheduler.explain.scoring import Prices, parts_of
from cmp.scheduler.problem.rows import Row


def caused(rows: Iterable[Row], prices: Prices) -> Mapping[str, float]:
    """The objective's parts, weighted, that would be saved in normal time if these rows were not there.

    Hosts that they share with others are counted where they would be off without them, so that parts of two
    workloads together may be more than the sum. `total` is their sum; where nothing stands all is 0.
    """
    return parts_of(tuple(rows), prices)


def cheapest(views: Sequence[PoolView]) -> Alternative | None:
    """The cheapest pool of those that would take a whole side that does not stand there, with its costs."""
    able = [view for view in views if view.verdict is Standpoint.FITS and "total" in view.score]
    best = min(able, key=lambda view: (view.score["total"], view.pool), default=None)
    return None if best is None else Alternative(pool=best.pool, costs=dict(best.score))
