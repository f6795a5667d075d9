"""Compares where sides stand in two Plans: what moves from which pool to which, and what that takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import Role
from cmp.scheduler.objective.migration_cost import Leg, MoveEffort, Roads, effort_of

Side = tuple[str, str, Role]
"""Workload, component and role."""


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """One side that stands elsewhere than before; `effort` is None where no road leads.

    A leg without replicas carries data only: a side that runs nothing, or one that is reserved elsewhere.
    """

    side: Side
    legs: tuple[Leg, ...]
    effort: MoveEffort | None

    @property
    def replicas(self) -> int:
        """Replicas that start elsewhere."""
        return sum(leg.replicas for leg in self.legs)

    @property
    def moves(self) -> int:
        """What counts against a limit on moves: each replica, or one where no replica goes."""
        return max(1, self.replicas)


def shifts(
    before: Iterable[Placement], after: Iterable[Placement], environment: Environment, roads: Roads
) -> tuple[Shift, ...]:
    """Every side that stood somewhere before and stands elsewhere now, in order.

    Replicas more than before are growth and fewer are none any more: neither is a move. What moves is matched
    inside its center first, then by pool id.
    """
    old, new = _by_side(before), _by_side(after)
    held = _centers(old)
    found = []
    for side in sorted(set(old) & set(new)):
        legs = tuple(_legs(environment, side, old[side], new[side], held[side[:2]]))
        if legs:
            found.append(Shift(side, legs, _total(legs, roads)))
    return tuple(found)


def matched(
    before: Iterable[Placement], after: Iterable[Placement]
) -> Iterator[tuple[Placement, Placement, int]]:
    """Which rows go where, of every side that stands in both, in order: from, to, and how many replicas.

    Knows the rows alone, so that Plans of different estates can be compared; matched as in `shifts`.
    """
    old, new = _by_side(before), _by_side(after)
    for side in sorted(set(old) & set(new)):
        yield from _matched(old[side], new[side])


def moved_minutes(moved: Iterable[Shift]) -> float:
    """Minutes of moving as the objective counts them: link, downtime and exposure of every side."""
    return sum(shift.effort.ms for shift in moved if shift.effort is not None) / 60_000


def rows_in_use(placements: Iterable[Placement]) -> int:
    """Rows that a Plan holds: what moves are compared with."""
    return sum(1 for _ in placements)


def _total(legs: Sequence[Leg], roads: Roads) -> MoveEffort | None:
    total = MoveEffort()
    for leg in legs:
        effort = effort_of(leg, roads)
        if effort is None:
            return None
        total = total + effort
    return total


def _by_side(placements: Iterable[Placement]) -> dict[Side, list[Placement]]:
    found: dict[Side, list[Placement]] = {}
    for row in sorted(placements, key=lambda row: (row.workload, row.component, row.role, row.pool)):
        found.setdefault((row.workload, row.component, row.role), []).append(row)
    return found


def _centers(sides: Mapping[Side, Sequence[Placement]]) -> dict[tuple[str, str], frozenset[str]]:
    """The centers that hold anything of a component, and so its data."""
    found: dict[tuple[str, str], set[str]] = {}
    for side, rows in sides.items():
        found.setdefault(side[:2], set()).update(row.center for row in rows)
    return {key: frozenset(centers) for key, centers in found.items()}


def _legs(
    environment: Environment,
    side: Side,
    old: Sequence[Placement],
    new: Sequence[Placement],
    held: frozenset[str],
) -> Iterator[Leg]:
    workload, component, role = side
    _, part = environment.find(workload, component)
    brought = set(held)
    for source, target, count in _matched(old, new):
        data = target.center not in brought
        brought.add(target.center)
        yield Leg(
            part, role, target.size.memory_mib, target.size.disk_gib, count, source.pool, target.pool, data
        )


def _matched(
    old: Sequence[Placement], new: Sequence[Placement]
) -> Iterator[tuple[Placement, Placement, int]]:
    """Which replicas go where: those that leave a pool with those that come to one."""
    then, now = ({row.pool: row.replicas for row in rows} for rows in (old, new))
    gone = {row.pool: (row, row.replicas - now.get(row.pool, 0)) for row in old}
    come = [(row, row.replicas - then.get(row.pool, 0)) for row in new]
    left = {pool: count for pool, (_, count) in gone.items()}
    for row, wanted in come:
        missing, matched = wanted, False
        for pool in sorted(left, key=lambda each: (gone[each][0].center != row.center, each)):
            count = min(missing, left[pool])
            if count > 0:
                yield gone[pool][0], row, count
                left[pool] -= count
                missing -= count
                matched = True
        if not matched and row.pool not in then and (vacant := _vacated(old, now)):
            yield vacant, row, 0


def _vacated(old: Sequence[Placement], now: Mapping[str, int]) -> Placement | None:
    """The first row whose pool the side has left: where a reservation or a copy comes from."""
    return next((row for row in old if row.pool not in now), None)
