"""A naive placer to compare with: workloads as declared, the first layout and the first pool with room."""

from __future__ import annotations

import numpy as np

from cmp.model.environment import Environment
from cmp.scheduler.board.choosing import FULL, Manner
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import place_in_layout
from cmp.scheduler.placement.placing import placing_of
from cmp.scheduler.placement.quorums import place_special
from cmp.scheduler.snapshot import snapshot_of

FIRST = Manner(even=0, window=1, trials=1, ceiling=FULL)


def first_fit(environment: Environment) -> list[str]:
    """The names of the groups that find no place when each takes the first that has room."""
    placing = placing_of(snapshot_of(environment, None), {})
    placing.board.tables.entry_cost[:] = 0
    placing.board.ground.on_cost[:] = 0
    tables = placing.board.tables
    missing = []
    declared = [workload.id for workload in environment.workloads]
    groups = placing.snapshot.groups
    for number in sorted(
        range(len(groups)), key=lambda n: min(declared.index(each) for each in groups[n].members)
    ):
        kind = int(tables.group_kind[number])
        layouts = range(int(tables.layout_start[kind]), int(tables.layout_start[kind + 1]))
        if number in placing.asked.special:
            placed = place_special(placing, number, FIRST) is None
        else:
            placed = any(place_in_layout(placing.handle, number, layout, FIRST) == FINE for layout in layouts)
        if not placed:
            missing.append(groups[number].name)
    assert np.all(placing.board.sums.left >= 0)
    return missing
