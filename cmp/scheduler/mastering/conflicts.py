"""Says which replicas are too large for one host together, where a row's have to stand on several hosts.

No sum of sizes knows this: three hosts of 2000 GiB carry 1500, 1500, 500 and 500, but not if both of 500 are
of one row that is spread over hosts, and something small stands on every host as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.scheduler.board.arrays import BY_HOST, RoleIndex
from cmp.scheduler.mastering.stating import Side, Stage

LARGE = 0.15
"""Of a host, from which on a replica is looked at."""

Replicas = Sequence[tuple[int, int]]
"""Sizes and counts."""
Sides = Mapping[int, tuple[Side, Replicas]]
"""By flag: the side that is laid so, and its replicas on one pool in one situation."""


def conflicts(stage: Stage, pool: int, room: float, sides: Sides) -> list[list[tuple[int, int]]]:
    """Sums of flags that are at most the number of hosts, whatever else is true.

    A row that is spread keeps so many different hosts, and none of them carries a replica that is too large
    beside one of its own. `room` are the units of a host that are given away.
    """
    found = []
    for row, own in _spread(stage, pool, room, sides).items():
        others = [
            (flag, count)
            for flag, (side, replicas) in sides.items()
            for size, count in replicas
            if size > room - row[2] and side[:2] != row[:2] and count
        ]
        if others:
            found.append([*own, *others])
    return found


def _spread(
    stage: Stage, pool: int, room: float, sides: Sides
) -> dict[tuple[int, int, int], list[tuple[int, int]]]:
    """Flags of large rows that are spread with the hosts that each keeps, by component, role and size."""
    spread, hosts = stage.placing.board.tables.spread, stage.hosts(pool)
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for flag, (side, replicas) in sides.items():
        if spread[side.comp] != BY_HOST or side.role == RoleIndex.BACKUP:
            continue
        for size, count in replicas:
            if count and size > LARGE * room:
                wide = -(-count // -(-count // hosts))
                found.setdefault((side.comp, side.role, size), []).append((flag, wide))
    return found
