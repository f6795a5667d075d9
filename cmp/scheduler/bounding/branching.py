"""Branches on how many hosts of a class are on: each branch is bounded alone, the least of them bounds all.

Part of a host cannot be on; where pools have few hosts that is most of what a linear relaxation gives away.
Each branch's
bound is proven in integers whatever a solver says, and any number of hosts lies in one of the branches.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import F8, Statement
from cmp.scheduler.bounding.generating import Settled, settled
from cmp.scheduler.bounding.pricing import Hosts, all_hosts
from cmp.scheduler.bounding.programs import BARRED, Solver
from cmp.scheduler.bounding.relaxing import Relaxation

NEAR = 9_998
"""Ten thousandths of a known cost that are near enough to it: no further branch is looked into."""
WHOLE = 1e-4
"""How near to a whole number of hosts counts as whole."""


class Leaf(NamedTuple):
    """A branch: its bound, a number that breaks ties, how many hosts are on, where to part it if at all."""

    value: int
    number: int
    least: tuple[int, ...]
    most: tuple[int, ...]
    parted: tuple[int, int] | None


class Branches:
    """Looks into branches of a statement, the one with the least bound first; `made` counts them.

    Args:
        statement: what is bounded.
        sample: how many groups the linear program sees at most.
    """

    def __init__(self, statement: Statement, sample: int) -> None:
        self.statement, self.made = statement, 0
        self.relaxation = Relaxation(statement, sample)
        self.solver = Solver(self.relaxation.program)
        self.root: Settled | None = None

    @property
    def columns(self) -> int:
        """How large the linear program is."""
        return len(self.relaxation.program.cost)

    def bound(self, goal: int, stop: Callable[[int], bool]) -> int:
        """The bound, in billionths of a point, once it is near a goal or `stop` is true of the branches made.

        `goal` is a known cost: a branch in which everything costs as much is not looked into further.
        """
        enough = goal * NEAR // 10_000
        leaves = [self._leaf(all_hosts(self.statement), 0, goal)]
        while leaves[0].parted is not None and leaves[0].value < enough and not stop(self.made):
            leaf = heapq.heappop(leaves)
            for part in _parts(leaf):
                heapq.heappush(leaves, self._leaf(part, leaf.value, goal))
        return leaves[0].value

    def _leaf(self, hosts: Hosts, known: int, goal: int) -> Leaf:
        """A branch with its own bound, or what is known of a larger one."""
        self.made += 1
        for kind in range(len(hosts.least)):
            self._limit(kind, int(hosts.least[kind]), int(hosts.most[kind]))
        found = settled(self.relaxation, self.solver, hosts, goal)
        self.root = self.root or found
        parted = self._parted(found.values, hosts)
        least, most = tuple(hosts.least.tolist()), tuple(hosts.most.tolist())
        return Leaf(max(known, found.proven.value), self.made, least, most, parted)

    def _limit(self, kind: int, least: int, most: int) -> None:
        """Hosts that have to be on are; those that may not are dear."""
        idle, columns = self.relaxation.idle(kind), self.relaxation.hosts[kind]
        for place, column in enumerate(columns):
            last = place + 1 == len(columns)
            there = int(self.statement.ground.hosts[kind]) - place if last else 1
            barred = most <= place
            high = there if barred else min(there, most - place)
            cost = idle + BARRED * self.relaxation.dearest * barred
            self.solver.limit(column, (min(max(least - place, 0), there), high), cost)

    def _parted(self, values: F8, hosts: Hosts) -> tuple[int, int] | None:
        """The class whose hosts are least whole, weighed by what one costs, and after how many to part."""
        best, found = WHOLE, None
        for kind, columns in enumerate(self.relaxation.hosts):
            number, rest = _fraction(values[columns])
            worth = min(rest, 1 - rest) * self.relaxation.idle(kind)
            if hosts.least[kind] <= number < hosts.most[kind] and worth > best:
                best, found = worth, (kind, number)
        return found


def _fraction(on: F8) -> tuple[int, float]:
    """Whole hosts that are on, and which part of one is: of the first that is not whole, if any."""
    number = int(np.floor(on.sum() + WHOLE))
    rest = float(on.sum()) - number
    full = int((on >= 1 - WHOLE).sum())
    if rest < WHOLE and full < min(number, len(on)):
        return full, float(on[full])
    return number, max(rest, 0.0)


def _parts(leaf: Leaf) -> tuple[Hosts, Hosts]:
    """Both parts of a branch: so many hosts of a class at most, or more."""
    kind, number = leaf.parted or (0, 0)
    least, most = np.array(leaf.least, dtype=np.int64), np.array(leaf.most, dtype=np.int64)
    fewer, more = most.copy(), least.copy()
    fewer[kind], more[kind] = number, number + 1
    return Hosts(least, fewer), Hosts(more, most)
