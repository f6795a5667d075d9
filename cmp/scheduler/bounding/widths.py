"""Counts the hosts that a row keeps on: under `spread: host` replicas lie apart while there are hosts left.

At most ceil(k / hosts) of k replicas lie on one host then, so that they need w(k, hosts) = ceil(k / ceil(k /
hosts)) hosts, and no fewer where several pools of so many hosts share them: with k = Σ k_i and m >= m_i,
ceil(k / m) <= Σ ceil(k_i / m_i). A row of another spread needs one.
"""

from __future__ import annotations

from cmp.scheduler.bounding.arrays import APART, Terms
from cmp.scheduler.compiled import compiled


@compiled
def width(spread: int, replicas: int, hosts: int) -> int:
    """Hosts that so many replicas need at least, if as few as may be lie on one."""
    if spread != APART or replicas == 0 or hosts == 0:
        return min(replicas, 1)
    together = -(-replicas // hosts)
    return -(-replicas // together)


@compiled
def kept(terms: Terms, number: int, kind: int, replicas: int) -> int:
    """What the hosts cost that a side keeps on in a class where so many of its replicas run."""
    row = terms.sides.row[number]
    if row < 0 or replicas == 0:
        return 0
    wide = width(terms.sides.spread[number], replicas, terms.ground.each[kind])
    return int(terms.dear[row, kind, min(wide, terms.dear.shape[2]) - 1])
