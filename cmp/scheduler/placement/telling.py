"""Says what a placing costs as the Plan will say it, while it is still searched for."""

from __future__ import annotations

from cmp.scheduler.board.grounding import MICRO
from cmp.scheduler.board.loops import total_of
from cmp.scheduler.placement.placing import Placing

NO_CEILING = 1 << 40
"""Above every pool's peak: what a search adds for crowded pools is no part of the objective."""


def objective_of(placing: Placing) -> float:
    """The objective of what stands, in points, without what the search counts beside it: crowded pools.

    Moves since a previous Plan are those that the search counts, not yet their minutes.
    """
    return total_of(placing.handle, NO_CEILING) / MICRO
