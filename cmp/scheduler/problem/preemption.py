"""Decides who gives way on a pool where a failure lets a takeover grow: who, in which order, down to what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.model.relying import relied_on
from cmp.model.workload import Component, Yields
from cmp.scheduler.problem.rows import Row

Key = tuple[str, str, str, str]
"""What tells rows apart: `Row.key`."""

Name = tuple[str, str]
"""A workload and one of its components."""

Order = tuple[bool, int, str, str, str, str]
"""What rows that give way are sorted by."""


def needed_by_others(environment: Environment) -> frozenset[Name]:
    """Components that somebody cannot do without, and that therefore never stop for a takeover."""
    return relied_on(environment.workloads)


def may_give_way(component: Component, role: Role, *, needed: bool) -> bool:
    """True when rows of a component in this role may give way; copies and members of a quorum never do.

    A preemptible one stops altogether. It does not where somebody needs it (`needed`), nor on a side that
    takes over: a takeover to nothing would be none.
    """
    if component.yields is Yields.PREEMPTIBLE:
        return role is Role.PRIMARY and not needed
    return component.yields is Yields.ELASTIC and role.takes_over


def floor(component: Component, role: Role, takeover: int, before: int = 0, *, needed: bool) -> int:
    """Replicas that a row keeps when it gives way.

    A preemptible one keeps nothing. The rows of an elastic side keep `min_replicas` together, those on pools
    with smaller ids first; a row of which less runs than it keeps gives nothing.

    Args:
        component: what the row runs.
        role: its role.
        takeover: replicas that the row has once its side has taken over.
        before: what rows of the same side on pools with smaller ids keep.
        needed: whether somebody cannot do without the component (`needed_by_others`).
    """
    if not may_give_way(component, role, needed=needed):
        return takeover
    if component.yields is Yields.PREEMPTIBLE:
        return 0
    return min(takeover, max(0, component.min_replicas - before))


def floors(rows: Iterable[Row], needed: Collection[Name]) -> dict[Key, int]:
    """What every row keeps when it gives way, whole sides given; `needed` as `needed_by_others` tells."""
    kept: dict[tuple[str, str, Role], int] = {}
    found: dict[Key, int] = {}
    for row in sorted(rows, key=lambda row: row.key):
        before = kept.get(row.side, 0)
        asked = (row.workload.id, row.component.id) in needed
        found[row.key] = floor(row.component, row.role, row.takeover, before, needed=asked)
        kept[row.side] = before + found[row.key]
    return found


def order_key(row: Row) -> Order:
    """The order of giving way: preemptible before elastic, then ascending grade, then by name."""
    elastic = row.component.yields is not Yields.PREEMPTIBLE
    return elastic, row.workload.recovery.grade, *row.key


def a_takeover_grows(rows: Iterable[Row], counts: Iterable[int]) -> bool:
    """True when more of some row is to run on a pool than in normal time: only there does anything yield."""
    return any(count > row.running for row, count in zip(rows, counts, strict=True))


def candidates(rows: Sequence[Row], counts: Sequence[int], kept: Mapping[Key, int]) -> list[int]:
    """The numbers of a pool's rows that have something to give, in order of giving way.

    Args:
        rows: what stands on the pool.
        counts: replicas of each after a failure, before anything gives way.
        kept: what each keeps at least (`floors`).
    """
    if not a_takeover_grows(rows, counts):
        return []
    able = (number for number, row in enumerate(rows) if counts[number] > kept[row.key])
    return sorted(able, key=lambda number: order_key(rows[number]))


def gives_way(
    rows: Sequence[Row],
    counts: Sequence[int],
    kept: Mapping[Key, int],
    fits: Callable[[Sequence[int]], bool],
) -> list[int] | None:
    """Replicas of a pool's rows after the shortest prefix of the order has given way that makes all fit.

    Each row of the prefix gives way as far as it may. None where even all of them are not enough.

    Args:
        rows: what stands on the pool.
        counts: replicas of each after a failure, before anything gives way.
        kept: what each keeps at least (`floors`).
        fits: whether so many replicas of each row find room.
    """
    left = list(counts)
    if fits(left):
        return left
    for number in candidates(rows, counts, kept):
        left[number] = kept[rows[number].key]
        if fits(left):
            return left
    return None
