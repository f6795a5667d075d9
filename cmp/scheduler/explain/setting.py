"""Defines a side within a Plan: its rows there, and a ledger of everything else."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.model.recovery import Role, Side
from cmp.model.workload import Component, Workload
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.explain.ledger import Ledger
from cmp.scheduler.explain.state import PlacedState
from cmp.scheduler.problem.layout_failover import Turn, replicas
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import Vector, running, worth


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A side within a Plan: its rows there, its group's home, and a ledger of everything else.

    `turns` say what each failure makes of the side; where its group is not placed, that it takes over.
    """

    workload: Workload
    component: Component
    role: Role
    side: Side | None
    rows: tuple[Row, ...]
    home: str
    ledger: Ledger
    turns: tuple[Turn, ...]

    @classmethod
    def of(cls, workload: Workload, component: Component, side: Side | None, state: PlacedState) -> Setting:
        """A side of a component as it stands in a state; nothing stands where its group is not placed."""
        role = side.role if side else Role.MEMBER
        placed = state.placed.get(state.snapshot.group_of[workload.id])
        ledger = state.ledger.copy()
        rows: list[Row] = []
        turns = (Turn.TAKES_OVER,) * len(state.snapshot.losses)
        for row, counts in zip(placed.rows, placed.counts, strict=True) if placed else ():
            if row.side == (workload.id, component.id, role):
                ledger.remove(row.pool, row.size, counts)
                rows.append(row)
                turns = tuple(_turn(row, count) for count in counts[1:])
        home = placed.fates[0].home if placed else ""
        return cls(workload, component, role, side, tuple(rows), home, ledger, turns)

    def counts(self, takeover: int) -> tuple[int, ...]:
        """Replicas of so large a side in each situation."""
        if self.role in {Role.BACKUP, Role.MEMBER}:
            return (takeover,) * (1 + len(self.turns))
        runs = running(self.role, takeover, stateful=self.component.stateful)
        return replicas(runs, takeover, self.turns)

    def peak_with(self, seat: Seat, size: Vector, takeover: int, state: PlacedState) -> int:
        """How full a pool gets with the whole side, in thousandths.

        Where its group is not placed, one failure of a center that could be home is enough to keep room for.
        """
        possible = self.possible(seat, takeover, state)
        return min(self.ledger.peak_with(seat.pool.id, size, counts) for counts in possible)

    def possible(self, seat: Seat, takeover: int, state: PlacedState) -> list[tuple[int, ...]]:
        """What so large a side may run in each situation; room for one of these is enough.

        Where its group is not placed, it takes over after the loss of some center that could be home.
        """
        if self.rows:
            return [self.counts(takeover)]
        runs = self.counts(takeover)[0]
        need = state.snapshot.needs[self.workload.id, self.component.id]
        losses = state.snapshot.losses
        found = [
            (runs, *(takeover if other is loss else runs for other in losses))
            for loss in losses
            if seat.center not in loss.centers and not loss.centers.isdisjoint(need.sides)
        ]
        return list(dict.fromkeys(found)) or [(runs,) * (1 + len(self.turns))]


def _turn(row: Row, count: int) -> Turn:
    if count == row.running:
        return Turn.STAYS
    return Turn.TAKES_OVER if count else Turn.GONE


def takeover_on(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> int:
    """Replicas that a side needs on a pool's chip if all of it stood there; its share where it is split."""
    if setting.role is Role.BACKUP:
        return 1
    here = [row.takeover for row in setting.rows if row.pool == seat.pool.id]
    if here and len(setting.rows) > 1:
        return here[0]
    if setting.role is Role.MEMBER:
        return max((row.running for row in setting.rows), default=1)
    each = worth(ask.component, seat.chip)
    return state.snapshot.needs[ask.workload.id, ask.component.id].work.alone(each)
