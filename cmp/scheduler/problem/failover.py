"""Follows a group through a failure: is it hit, where does it go, how many replicas has each row then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.estate import Estate
from cmp.model.recovery import Role
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.rows import Row


@dataclass(frozen=True, slots=True)
class Fate:
    """What a failure does to a group.

    `home` is where its primaries stand, `center` where it runs afterwards: None where the failure takes
    primaries of a workload that was promised to survive it, and no center can take over.
    """

    hit: bool
    home: str
    center: str | None

    @property
    def moved(self) -> bool:
        """True when it runs in another center than before."""
        return self.center is not None and self.center != self.home


def fate_of(rows: Sequence[Row], loss: Loss, promised: Collection[str], estate: Estate) -> Fate:
    """Follow the rows of one group through a failure that was `promised` to these workloads (ids)."""
    sides = [row for row in rows if row.role.takes_over]
    home = next((row.center for row in sides if row.role is Role.PRIMARY), "")
    if not any(row.role.runs and row.falls_with(loss) for row in sides):
        return Fate(False, home, home)
    bound = [row for row in sides if row.workload.id in promised]
    if not any(row.role is Role.PRIMARY and row.falls_with(loss) for row in bound):
        return Fate(True, home, home)
    return Fate(True, home, next(able(bound, home, loss, estate), None))


def able(rows: Sequence[Row], home: str, loss: Loss, estate: Estate) -> Iterator[str]:
    """The centers that could take all of these rows' components after a failure, best first."""
    return (center for center in _order(estate, home, rows) if _can_take(rows, center, loss))


def counts(rows: Iterable[Row], loss: Loss, fate: Fate, promised: Collection[str]) -> list[int]:
    """Replicas of each row after the failure: y."""
    return [_count(row, loss, fate, row.workload.id in promised) for row in rows]


def _count(row: Row, loss: Loss, fate: Fate, promised: bool) -> int:
    if row.falls_with(loss):
        return 0
    if not (fate.hit and promised and row.role.takes_over):
        return row.running
    if row.center == fate.center:
        return row.takeover
    return 0 if row.role is Role.PRIMARY and fate.moved else row.running


def _order(estate: Estate, home: str, rows: Iterable[Row]) -> list[str]:
    """Where a group may go, in order: home, the same city, elsewhere; names break ties."""
    city = estate.center[home].location
    return sorted(
        {row.center for row in rows},
        key=lambda center: (center != home, estate.center[center].location != city, center),
    )


def _can_take(rows: Sequence[Row], center: str, loss: Loss) -> bool:
    """True when every component has a side that lies in the center wholly on pools that remain."""
    if center in loss.centers:
        return False
    whole: dict[tuple[str, str], bool] = {}
    sides: dict[tuple[str, str, Role], bool] = {}
    for row in rows:
        stands = row.center == center and not row.falls_with(loss)
        sides[row.side] = sides.get(row.side, True) and stands
    for (workload, component, _), stands in sides.items():
        whole[workload, component] = whole.get((workload, component), False) or stands
    return all(whole.values())


def alive(rows: Iterable[Row], loss: Loss | None) -> dict[tuple[str, str], dict[str, int]]:
    """Members of each quorum that a failure leaves in each center, by workload and component."""
    left: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row.role is Role.MEMBER:
            here = left.setdefault((row.workload.id, row.component.id), {})
            if not (loss and row.falls_with(loss)):
                here[row.center] = here.get(row.center, 0) + row.running
    return left


def needed(rows: Iterable[Row]) -> Mapping[tuple[str, str], int]:
    """Members that each quorum needs to go on."""
    return {
        (row.workload.id, row.component.id): row.component.quorum.needed
        for row in rows
        if row.component.quorum is not None
    }
