"""A naive placer to compare with: workloads as declared, the first layout and the first pool with room."""

from __future__ import annotations

from cmp.model.environment import Environment
from cmp.scheduler.choosing import Draft, Side, put, row_of, sides_of
from cmp.scheduler.groups import Group
from cmp.scheduler.layouts import Layout, layouts_of
from cmp.scheduler.ledger import FULL
from cmp.scheduler.members import choose_members
from cmp.scheduler.outlook import replicas
from cmp.scheduler.snapshot import snapshot_of
from cmp.scheduler.state import State, empty


def first_fit(environment: Environment) -> tuple[State, list[str]]:
    """Place what the first fit can place; the names of the groups it cannot are the second value."""
    snapshot = snapshot_of(environment, None)
    state, missing = empty(snapshot), []
    declared = [workload.id for workload in environment.workloads]
    for group in sorted(
        snapshot.groups, key=lambda group: min(declared.index(each) for each in group.members)
    ):
        taken = next(
            (
                found
                for layout in layouts_of(group, environment)
                for found in (_place(group, layout, state),)
                if found is not None
            ),
            None,
        )
        if taken is None:
            missing.append(group.name)
        else:
            state = taken
    return state, missing


def _place(group: Group, layout: Layout, state: State) -> State | None:
    draft = Draft(state.ledger.copy())
    if not all(_first(side, draft) for side in sides_of(group, layout, state.snapshot)):
        return None
    for workload in group.workloads:
        for component in workload.components:
            if component.quorum is not None:
                need = state.snapshot.needs[workload.id, component.id]
                found = choose_members(need, layout, draft, state.snapshot, {})
                if found is None:
                    return None
                draft = found
    taken = state.take(group, draft.rows)
    return taken if isinstance(taken, State) else None


def _first(side: Side, draft: Draft) -> bool:
    for option in side.options(frozenset()):
        takeover = side.work.alone(option.worth)
        runs = side.running(takeover)
        counts = replicas(runs, takeover, side.turns)
        if draft.ledger.peak_with(option.pool, option.size, counts) <= FULL:
            put(draft, row_of(side.need, side.role, option, runs, takeover), side.turns)
            return True
    return False
