"""Places groups one after the other, hardest first, and makes room where one finds none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from cmp.model.recovery import Role
from cmp.scheduler.choosing import Draft, Side, Wish, choose_side, sides_of
from cmp.scheduler.groups import Group
from cmp.scheduler.layouts import Layout, grades_of, layouts_of
from cmp.scheduler.members import choose_members
from cmp.scheduler.rows import Row
from cmp.scheduler.snapshot import Snapshot
from cmp.scheduler.state import Refusal, State, empty

Ban = tuple[str, str, Role, str]
Wishes = Mapping[tuple[str, str, Role], Wish]

ROUNDS = 8
"""How often the search starts again with what it could not place in front."""
REPACKS = 6
"""How often a side is sent elsewhere because a pool's hosts could not be packed."""
SHUFFLED_FROM = 3
"""From this round on the rest of the order is shuffled."""


def search(snapshot: Snapshot, wishes: Wishes, seed: int) -> tuple[State, tuple[Group, ...]]:
    """Place as many groups as possible, each whole; the second value are those that found no place.

    Args:
        snapshot: what there is and what is asked for.
        wishes: where sides stood before; tried first.
        seed: decides the shuffles of later rounds.
    """
    chance = Random(seed)  # noqa: S311 - reproducible, nothing secret
    order = by_difficulty(snapshot)
    best = _construct(snapshot, order, wishes)
    for number in range(1, ROUNDS):
        hopeful = [group for group in best[1] if not _is_hopeless(group, snapshot)]
        if not hopeful:
            break
        order = _reordered(order, hopeful, chance if number >= SHUFFLED_FROM else None)
        found = _construct(snapshot, order, wishes)
        if _misses(found[1]) < _misses(best[1]):
            best = found
    return best


def place(group: Group, state: State, wishes: Wishes) -> State | Refusal:
    """The state with a group in the cheapest layout that holds, or what forbade the cheapest."""
    first: Refusal | None = None
    if not layouts_of(group, state.snapshot.environment):
        grades = " and ".join(str(grade.grade) for grade in grades_of(group, state.snapshot.environment))
        return Refusal("place", f"no centers lie to each other as grade {grades} asks")
    for draft in drafts(group, state, wishes):
        taken = _take(group, draft, state, wishes)
        if isinstance(taken, State):
            return taken
        first = first or taken
    return first or Refusal("capacity", f"no choice of centers has room for every side of {group.name}")


def by_difficulty(snapshot: Snapshot) -> list[Group]:
    """Groups by their scarcest need: the largest share that a component asks of all it may use."""
    return sorted(snapshot.groups, key=lambda group: (-_difficulty(group, snapshot), group.name))


class Attempt:
    """A layout with the rows chosen for it and what they cost."""

    __slots__ = ("cost", "layout", "rows")

    def __init__(self, layout: Layout, draft: Draft) -> None:
        self.layout = layout
        self.rows = tuple(draft.rows)
        self.cost = draft.cost


def drafts(group: Group, state: State, wishes: Wishes) -> Iterator[Attempt]:
    """Every layout that has room by the sums of its pools, the wished one first, then the cheapest."""
    found: list[tuple[bool, int, int, Attempt]] = []
    for number, layout in enumerate(layouts_of(group, state.snapshot.environment)):
        draft = draft_of(group, layout, state, wishes, frozenset())
        if draft is not None:
            strange = not _is_wished(draft, wishes)
            found.append((strange, draft.cost, number, Attempt(layout, draft)))
    for each in sorted(found, key=lambda each: each[:-1]):
        yield each[-1]


def draft_of(
    group: Group, layout: Layout, state: State, wishes: Wishes, banned: frozenset[Ban]
) -> Draft | None:
    """Pools for every side of a group in a layout; None when one finds no room."""
    draft = _sides_drafted(sides_of(group, layout, state.snapshot), state, wishes, banned)
    if draft is None:
        return None
    for workload in group.workloads:
        for component in workload.components:
            if component.quorum is not None:
                need = state.snapshot.needs[workload.id, component.id]
                wish = wishes.get((*need.key, Role.MEMBER), {})
                found = choose_members(need, layout, draft, state.snapshot, wish)
                if found is None:
                    return None
                draft = found
    return draft


def _sides_drafted(
    sides: Sequence[Side], state: State, wishes: Wishes, banned: frozenset[Ban]
) -> Draft | None:
    """Pools for all sides; one that finds no room is put in front and all are chosen again."""
    if any(not side.options(banned) for side in sides):
        return None
    order = list(sides)
    for _ in range(1 + len(sides)):
        draft = Draft(state.ledger.copy())
        failed = next(
            (side for side in order if not choose_side(side, draft, banned, wishes.get(side.key, {}))), None
        )
        if failed is None:
            return draft
        if failed is order[0]:
            return None
        order = [failed, *(side for side in order if side is not failed)]
    return None


def _take(group: Group, attempt: Attempt, state: State, wishes: Wishes) -> State | Refusal:
    """Take a group as drafted; where hosts cannot be packed, send the pool's last side elsewhere, retry."""
    banned: frozenset[Ban] = frozenset()
    rows: Sequence[Row] = attempt.rows
    for _ in range(REPACKS):
        taken = state.take(group, rows)
        if isinstance(taken, State) or taken.constraint != "packing":
            return taken
        last = [row for row in rows if row.pool == taken.pool][-1]
        banned |= {(*last.side, last.pool)}
        draft = draft_of(group, attempt.layout, state, wishes, banned)
        if draft is None:
            return taken
        rows = draft.rows
    return taken


def _construct(snapshot: Snapshot, order: Sequence[Group], wishes: Wishes) -> tuple[State, tuple[Group, ...]]:
    state, missing = _kept(order, empty(snapshot), wishes), []
    for group in order:
        if group.name in state.placed:
            continue
        taken = place(group, state, wishes)
        if isinstance(taken, Refusal):
            made = _make_room(group, state, wishes)
            if made is None:
                missing.append(group)
                continue
            taken = made
        state = taken
    return state, tuple(missing)


def _kept(order: Sequence[Group], state: State, wishes: Wishes) -> State:
    """Take every group that may stay exactly where it stood, before anything new takes its room."""
    for group in order if wishes else ():
        for layout in layouts_of(group, state.snapshot.environment):
            draft = draft_of(group, layout, state, wishes, frozenset())
            if draft is not None and _is_wished(draft, wishes):
                taken = state.take(group, draft.rows)
                state = taken if isinstance(taken, State) else state
                break
    return state


def _make_room(group: Group, state: State, wishes: Wishes) -> State | None:
    """Take one placed group off, place this one, and find that one another place."""
    if _is_hopeless(group, state.snapshot):
        return None
    pools = _reach(group, state.snapshot)
    others = sorted(
        (
            (len(placed.rows), name)
            for name, placed in state.placed.items()
            if any(row.pool in pools for row in placed.rows)
        ),
    )
    for _, name in others:
        placed = place(group, state.without(name), {})
        if isinstance(placed, State):
            again = place(state.placed[name].group, placed, wishes)
            if isinstance(again, State):
                return again
    return None


def _is_hopeless(group: Group, snapshot: Snapshot) -> bool:
    """True when not even the empty estate takes it."""
    return isinstance(place(group, empty(snapshot), {}), Refusal)


def _reach(group: Group, snapshot: Snapshot) -> set[str]:
    """Every pool that some component of a group may use."""
    return {
        option.pool
        for workload in group.workloads
        for component in workload.components
        for options in snapshot.needs[workload.id, component.id].sides.values()
        for option in options
    }


def _difficulty(group: Group, snapshot: Snapshot) -> int:
    return max(
        _scarcity(snapshot, workload.id, component.id)
        for workload in group.workloads
        for component in workload.components
    )


def _scarcity(snapshot: Snapshot, workload: str, component: str) -> int:
    """The share, in millionths, that one side takes of all pools that may carry it, in its worst resource."""
    need = snapshot.needs[workload, component]
    options = [option for each in need.sides.values() for option in each]
    worst = 0
    for resource in range(3 + len(snapshot.accelerators)):
        there = asked = 0
        for option in options:
            room = snapshot.rooms[option.pool]
            there += room.capacity[resource] * room.hosts
            asked = max(asked, option.size[resource] * need.work.alone(option.worth))
        worst = max(worst, asked * 1_000_000 // there if there else 0)
    return worst


def _is_wished(draft: Draft, wishes: Wishes) -> bool:
    """True when every row stands where the wish has it."""
    return bool(wishes) and all(row.pool in wishes.get(row.side, {}) for row in draft.rows)


def _reordered(order: Sequence[Group], first: Sequence[Group], chance: Random | None) -> list[Group]:
    names = {group.name for group in first}
    rest = [group for group in order if group.name not in names]
    if chance is not None:
        chance.shuffle(rest)
    return [*first, *rest]


def _misses(groups: Sequence[Group]) -> int:
    return sum(len(workload.components) for group in groups for workload in group.workloads)
