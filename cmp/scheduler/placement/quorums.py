"""Places groups that have a quorum, or a bounded round trip to one: sides first, then members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmp.model.recovery import FailureKind, Role
from cmp.model.workload import Quorum, Spread
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.limits import FINE, NO_ROOM, STRANDED, TOO_FAR
from cmp.scheduler.board.loops import (
    drop_component,
    drop_rows,
    place_members,
    place_sides,
    remove_group,
    settle,
)
from cmp.scheduler.board.relations import ANY_FORMAT
from cmp.scheduler.board.rowstore import Ask
from cmp.scheduler.board.tabling import ROLES
from cmp.scheduler.constraints.latency import Breach, Situation, apart, breaches
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.groups import Bounded
from cmp.scheduler.problem.layouts import Layout
from cmp.scheduler.problem.rows import Row


def place_special(placing: Placing, group: int, manner: Manner) -> int | None:
    """Place such a group in its cheapest layout; None, or the last answer that forbade it."""
    tables = placing.board.tables
    kind = tables.group_kind[group]
    best: tuple[int, int] | None = None
    told = NO_ROOM
    for layout in range(int(tables.layout_start[kind]), int(tables.layout_start[kind + 1])):
        before = _cost(placing, manner)
        answer = _in_layout(placing, group, layout, manner)
        if answer != FINE:
            told = answer
            continue
        cost = _cost(placing, manner) - before
        remove_group(placing.handle, group)
        if best is None or cost < best[0]:
            best = cost, layout
    if best is None:
        return told
    _in_layout(placing, group, best[1], manner)
    return None


def _cost(placing: Placing, manner: Manner) -> int:
    cost = placing.board.sums.cost
    return int(cost[3]) if manner.even else int(cost.sum())


def _in_layout(placing: Placing, group: int, layout: int, manner: Manner) -> int:
    board = placing.board
    answer = place_sides(placing.handle, group, layout, manner)
    if answer != FINE:
        return answer
    for comp in range(int(board.tables.group_start[group]), int(board.tables.group_start[group + 1])):
        if board.tables.member[comp] and not _members(placing, (group, comp), layout, manner):
            drop_rows(placing.handle, group)
            return NO_ROOM
    answer = settle(placing.handle, group)
    if answer == FINE:
        answer = judged(placing, group)
    if answer != FINE and placing.is_placed(group):
        remove_group(placing.handle, group)
    return answer


def judged(placing: Placing, group: int) -> int:
    """FINE where such a group, which is placed, may stand: the board knows no members, and judges without."""
    answer = _outlived(placing, group)
    if answer == FINE and any(True for _ in round_trips(placing, group)):
        return TOO_FAR
    return answer


def _members(placing: Placing, which: tuple[int, int], layout: int, manner: Manner) -> bool:
    """Give all members of a quorum their rows, spread over centers in the cheapest way that is right."""
    group, comp = which
    best: tuple[int, Mapping[str, int]] | None = None
    for shares in spreads(placing, comp, placing.asked.layouts[layout]):
        before = _cost(placing, manner)
        placed = _spread(placing, which, shares, manner)
        cost = _cost(placing, manner) - before
        drop_component(placing.handle, group, comp)
        if placed and (best is None or cost < best[0]):
            best = cost, shares
    return best is not None and _spread(placing, which, best[1], manner)


def _spread(placing: Placing, which: tuple[int, int], shares: Mapping[str, int], manner: Manner) -> bool:
    group, comp = which
    centers = placing.names.center
    return all(
        place_members(
            placing.handle,
            Ask(group, comp, int(ROLES[Role.MEMBER]), centers[name], ANY_FORMAT),
            count,
            manner,
        )
        for name, count in shares.items()
    )


def spreads(placing: Placing, comp: int, layout: Layout) -> Iterator[Mapping[str, int]]:
    """Every way to give centers their numbers of members that outlives each promised loss of a center.

    Members hear each other over links: each two centers of them have one.
    """
    workload, component = placing.asked.components[comp]
    quorum = component.quorum
    if quorum is None:
        return
    grade = placing.snapshot.environment.recovery.grade(workload.recovery.grade)
    outside = FailureKind.LOCATION in grade.promises
    active = {layout.home, layout.center(grade.grade, Role.ACTIVE)}
    per_center = 1 if component.spread is Spread.CENTER else quorum.per_center
    for shares in _distributions(_centers(placing, comp), quorum.members, per_center):
        if outside and not any(center not in active for center in shares):
            continue
        if apart(placing.snapshot.environment.estate, shares):
            continue
        if _outlives(placing, shares, quorum, workload.id):
            yield shares


def _centers(placing: Placing, comp: int) -> list[str]:
    """The centers that have any pool for a component."""
    starts = placing.board.tables.entry_start[placing.board.tables.options[comp]]
    return [name for place, name in enumerate(placing.names.centers) if starts[place] < starts[place + 1]]


def _distributions(centers: Sequence[str], left: int, per_center: int) -> Iterator[Mapping[str, int]]:
    """All ways to share members over centers, large shares first."""
    if not left:
        yield {}
    elif centers and left <= per_center * len(centers):
        first, *rest = centers
        for count in range(min(per_center, left), -1, -1):
            for others in _distributions(rest, left - count, per_center):
                yield {first: count, **others} if count else others


def _outlives(placing: Placing, shares: Mapping[str, int], quorum: Quorum, workload: str) -> bool:
    snapshot = placing.snapshot
    return all(
        sum(count for center, count in shares.items() if center not in loss.centers) >= quorum.needed
        for loss, promised in zip(snapshot.losses, snapshot.promised, strict=True)
        if workload in promised
    )


def _outlived(placing: Placing, group: int) -> int:
    """FINE where every quorum of a group keeps enough members after each failure promised to it."""
    rows = placing.rows_of(group)
    needed = failover.needed(rows)
    for loss, promised in zip(placing.snapshot.losses, placing.snapshot.promised, strict=True):
        for key, left in failover.alive(rows, loss).items():
            if key[0] in promised and sum(left.values()) < needed[key]:
                return STRANDED
    return FINE


def round_trips(placing: Placing, group: int) -> Iterator[Breach]:
    """Bounded round trips of a group with what is placed that do not hold, those to quorums among them."""
    members = placing.snapshot.groups[group].members
    bounds = [placing.snapshot.bounds[number] for number in sorted(placing.bounds_at(members))]
    if not bounds:
        return
    rows, groups = _standing(placing, bounds)
    estate = placing.snapshot.environment.estate
    for situation in _situations(placing, groups):
        for bound in bounds:
            yield from breaches(bound, rows, situation, estate)


def _standing(placing: Placing, bounds: Sequence[Bounded]) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """The rows of the workloads that bounds name, and the groups of all that stand with them."""
    names = {name for bound in bounds for name in (bound.workload, bound.asked)}
    numbers = {placing.group_number[placing.snapshot.group_of[name]] for name in names}
    rows: dict[str, list[Row]] = {}
    groups: dict[str, int] = {}
    for number in sorted(numbers):
        if placing.is_placed(number):
            groups |= dict.fromkeys(placing.snapshot.groups[number].members, number)
            for row in placing.rows_of(number):
                rows.setdefault(row.workload.id, []).append(row)
    return rows, groups


def _situations(placing: Placing, groups: Mapping[str, int]) -> Iterator[Situation]:
    """Normal time, then every failure with what it does to these groups."""
    homes = {name: _at_home(placing, number) for name, number in groups.items()}
    yield Situation(None, frozenset(), homes)
    for failure, (loss, promised) in enumerate(
        zip(placing.snapshot.losses, placing.snapshot.promised, strict=True)
    ):
        fates = {name: placing.fate(number, failure) for name, number in groups.items()}
        yield Situation(loss, promised, fates)


def _at_home(placing: Placing, group: int) -> Fate:
    home = int(placing.board.sums.home[group])
    name = placing.names.centers[home] if home >= 0 else ""
    return Fate(False, name, name)
