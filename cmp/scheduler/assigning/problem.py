"""Says what an assignment problem is: items, machines, what is forbidden and what costs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def _none() -> Numbers:
    return np.zeros((0, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Items with a home each, and machines they may be moved to. All numbers are exact integers.

    The model is that of the machine reassignment problem (ROADEF/EURO Challenge 2012), with a
    cost of using a machine at all and a cost for an item on a machine beside it. A machine's cost is the load
    above its safe capacity, per resource times its weight, plus the balance terms
    `weight × max(0, target × free[first] − free[second])`, plus `fixed` if it holds anything. An item away
    from its home costs `item_move` and `machine_move[home, machine]`; the service with most items away costs
    `service_move` for each of them.
    """

    need: Numbers
    """items × resources: what each item takes, at least 0."""
    capacity: Numbers
    """machines × resources: never exceeded."""
    safe: Numbers
    """machines × resources: exceeding it costs `load_weight` a unit."""
    transient: NDArray[np.bool_]
    """Per resource: True where an item that moved still takes its need at home."""
    load_weight: Numbers
    balances: Numbers
    """balances × 4: first resource, second resource, target, weight."""
    location: Numbers
    """Per machine, from 0: a service is spread over locations."""
    neighbourhood: Numbers
    """Per machine, from 0: a service finds what it depends on in its own neighbourhood."""
    service: Numbers
    """Per item, from 0: two items of one service never share a machine."""
    spread: Numbers
    """Per service: how many locations its items occupy at least."""
    depends: Numbers
    """pairs × 2: the first service has the second in every neighbourhood where it has an item."""
    home: Numbers
    """Per item: its machine at the start."""
    item_move: Numbers
    machine_move: Numbers
    """machines × machines: cost of a move from one to the other."""
    service_move: int = 0
    fixed: Numbers = field(default_factory=_none)
    """Per machine: cost of holding anything (energy of a host that is on); empty where it costs nothing."""
    linear: Numbers = field(default_factory=_none)
    """items × machines: cost of an item on a machine; empty where it costs nothing."""

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.need.shape[0])

    @property
    def machines(self) -> int:
        """How many machines there are."""
        return int(self.capacity.shape[0])

    @property
    def resources(self) -> int:
        """How many resources are counted."""
        return int(self.need.shape[1])

    @property
    def services(self) -> int:
        """How many services there are."""
        return int(self.spread.shape[0])
