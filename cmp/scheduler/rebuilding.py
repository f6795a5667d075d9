"""Rebuilds the search's view of a Plan from its rows, without judging them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cmp.model.plan import Placement
from cmp.scheduler.rows import by_group, rows_of
from cmp.scheduler.snapshot import Snapshot
from cmp.scheduler.state import State, empty


def rebuilt(snapshot: Snapshot, placements: Iterable[Placement]) -> State:
    """The state in which everything stands as the placements say, right or not.

    Raises:
        Invalid: a placement names something that the environment does not have.
    """
    rows = by_group(rows_of(snapshot.environment, placements), snapshot.group_of)
    state = empty(snapshot)
    for group in snapshot.groups:
        if group.name in rows:
            state = state.put(group, rows[group.name])
    packed = state.packed({row.pool for each in rows.values() for row in each})
    return packed or replace(state, witnesses={})
