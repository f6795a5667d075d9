"""Foresees from a layout alone which sides grow after which failure, before any pool is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

from cmp.model.estate import Estate
from cmp.model.recovery import FailureKind, Grade, Role
from cmp.scheduler.problem.layouts import Layout
from cmp.scheduler.problem.losses import Loss


class Turn(IntEnum):
    """What becomes of a side."""

    GONE = 0
    STAYS = 1
    TAKES_OVER = 2


Outlook = Mapping[tuple[int, Role], tuple[Turn, ...]]
"""A turn for each failure, by grade and role."""


def outlook_of(grades: Sequence[Grade], layout: Layout, losses: Sequence[Loss], estate: Estate) -> Outlook:
    """What each failure does to each side of a group with these grades.

    The loss of a cloud is taken to move a group just as that of its center does, with nothing leaving: which
    clouds a side stands on is not chosen yet, so this sees too much load, never too little.
    """
    found: dict[tuple[int, Role], list[Turn]] = {
        (grade.grade, side.role): [] for grade in grades for side in grade.sides
    }
    for loss in losses:
        lost = loss.centers or _center_of_cloud(loss, estate)
        target = _target(grades, layout, loss, lost, estate)
        for grade in grades:
            promised = loss.failure.kind in grade.promises
            for side in grade.sides:
                center = layout.center(grade.grade, side.role)
                goes_to = target if promised and side.role.takes_over else None
                found[grade.grade, side.role].append(_turn(center, side.role, loss, goes_to, layout))
    return {key: tuple(turns) for key, turns in found.items()}


def replicas(running: int, takeover: int, turns: Sequence[Turn]) -> tuple[int, ...]:
    """Replicas of a row in normal time and after each failure."""
    by_turn = (0, running, takeover)
    return running, *(by_turn[turn] for turn in turns)


def _turn(center: str | None, role: Role, loss: Loss, target: str | None, layout: Layout) -> Turn:
    if center in loss.centers:
        return Turn.GONE
    if center is not None and center == target:
        return Turn.TAKES_OVER
    left_behind = role is Role.PRIMARY and target not in {None, layout.home} and bool(loss.centers)
    return Turn.GONE if left_behind else Turn.STAYS


def _has_sister(layout: Layout, grade: Grade) -> bool:
    """True when a further side that takes over lies at home, on another cloud."""
    return any(
        side.role.takes_over and side.role is not Role.PRIMARY
        for side in grade.sides
        if layout.center(grade.grade, side.role) == layout.home
    )


def _center_of_cloud(loss: Loss, estate: Estate) -> frozenset[str]:
    if loss.failure.kind is not FailureKind.CLOUD:
        return frozenset()
    return frozenset({estate.cloud[loss.failure.id].center})


def _target(
    grades: Sequence[Grade], layout: Layout, loss: Loss, lost: frozenset[str], estate: Estate
) -> str | None:
    """Where the group goes; None where it is not hit or cannot go anywhere."""
    bound = [grade for grade in grades if loss.failure.kind in grade.promises]
    running = {
        layout.center(grade.grade, side.role) for grade in grades for side in grade.sides if side.role.runs
    }
    if not bound or lost.isdisjoint(running):
        return None
    if layout.home not in lost:
        return layout.home
    able = set.intersection(
        *(
            {str(layout.center(grade.grade, side.role)) for side in grade.sides if side.role.takes_over}
            for grade in bound
        )
    )
    if not loss.centers and all(_has_sister(layout, grade) for grade in bound):
        return layout.home
    city = estate.center[layout.home].location
    order = sorted(able - lost, key=lambda center: (estate.center[center].location != city, center))
    return order[0] if order else None
