"""Works out for one failure when every workload is back, and how much of its changes is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.scheduler.constraints import links
from cmp.scheduler.problem.dependencies import Dependencies, dependencies_of
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.recovery.patience import Patience, patience_of
from cmp.scheduler.recovery.takeover import (
    TakeoverStep,
    Turn,
    changes,
    own_steps,
    ready_steps,
    recovery_point,
    rpo_seconds,
    total,
    turns_of,
)

Key = tuple[str, str, str, str]
"""What tells rows apart: `Row.key`."""


@dataclass(frozen=True, slots=True)
class Back:
    """One workload after a failure: its turn, where it runs then, and what it took.

    `point` are the seconds of changes lost, None where no link carries a copy; the objectives are None where
    none is stated.
    """

    turn: Turn
    center: str
    steps: tuple[TakeoverStep, ...]
    rto: int | None
    point: int | None
    rpo: int | None

    @property
    def late(self) -> bool:
        """True when it is back later than its RTO."""
        return self.rto is not None and self.turn.seconds > self.rto

    @property
    def loses_too_much(self) -> bool:
        """True when more of its changes is lost than its RPO allows."""
        return self.rpo is not None and (self.point is None or self.point > self.rpo)


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """What is the same for every failure: who needs whom, what links carry, who may wait for hosts."""

    environment: Environment
    dependencies: Dependencies
    load: Mapping[tuple[str, str], int]
    patience: Patience
    known: dict[tuple[object, ...], tuple[TakeoverStep, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, environment: Environment, groups: Mapping[str, Sequence[Row]]) -> Timetable:
        """The timetable of rows that stand, by group."""
        load: links.Streams = {}
        for rows in groups.values():
            home = next((row.center for row in rows if row.role is Role.PRIMARY), "")
            streams = links.streams(rows, None, Fate(False, home, home), frozenset(), environment.estate)
            for pair, kbps in streams.items():
                load[pair] = load.get(pair, 0) + kbps
        return cls(environment, dependencies_of(environment), load, patience_of(environment))

    def after(
        self,
        loss: Loss,
        promised: Collection[str],
        groups: Mapping[str, tuple[Sequence[Row], Fate]],
        counts: Mapping[Row, int],
    ) -> tuple[Back, ...]:
        """Everybody who was interrupted and is promised to survive, in order; none where times are not known.

        Args:
            loss: the failure.
            promised: the workloads that survive it.
            groups: by group its rows and what the failure does to it.
            counts: replicas of each row afterwards.
        """
        if self.environment.takeover is None:
            return ()
        centers = _centers(promised, groups)
        hit = _taking_over(loss, promised, groups)
        homes = {name: fate.home for rows, fate in groups.values() for name in _names(rows) & hit.keys()}
        steps = {name: self._steps(rows, [counts[row] for row in rows]) for name, rows in hit.items()}
        turns = turns_of(
            self.dependencies,
            {name: total(self._ready(name)) for name in hit},
            {name: total(each) for name, each in steps.items()},
            lambda name: name in centers,
        )
        return tuple(
            self._back(turn, steps.get(name), hit.get(name, ()), (homes.get(name, ""), centers[name]), loss)
            for name, turn in turns.items()
        )

    def _back(
        self,
        turn: Turn,
        steps: tuple[TakeoverStep, ...] | None,
        rows: Sequence[Row],
        way: tuple[str, str],
        loss: Loss,
    ) -> Back:
        times = self.environment.takeover
        workload = self.environment.workload[turn.workload]
        point: int | None = 0
        if times is not None and steps is not None and changes(rows):
            point = recovery_point(self.environment, times, way, self.load)
        return Back(
            turn,
            way[1],
            () if steps is None else (*self._ready(turn.workload), *steps),
            self.environment.rto_seconds(workload),
            point,
            rpo_seconds(self.environment, workload, loss.failure.kind),
        )

    def _ready(self, name: str) -> tuple[TakeoverStep, ...]:
        times = self.environment.takeover
        grade = self.environment.workload[name].recovery.grade
        return ready_steps(times, grade) if times else ()

    def _steps(self, rows: Sequence[Row], counts: Sequence[int]) -> tuple[TakeoverStep, ...]:
        """A workload's own steps; several failures often ask for the same."""
        times = self.environment.takeover
        key = (*rows, *counts)
        if key not in self.known and times is not None:
            patience = self.patience[rows[0].workload.id] if rows else 0
            self.known[key] = own_steps(self.environment, times, rows, counts, patience)
        return self.known.get(key, ())


def _centers(promised: Collection[str], groups: Mapping[str, tuple[Sequence[Row], Fate]]) -> dict[str, str]:
    """Where each promised workload runs afterwards; who runs nowhere is left out."""
    return {
        row.workload.id: fate.center
        for rows, fate in groups.values()
        if fate.center is not None
        for row in rows
        if row.workload.id in promised
    }


def _taking_over(
    loss: Loss, promised: Collection[str], groups: Mapping[str, tuple[Sequence[Row], Fate]]
) -> dict[str, list[Row]]:
    """By workload that another side takes over, its rows in the center that does."""
    found: dict[str, list[Row]] = {}
    for rows, fate in groups.values():
        if not fate.hit or fate.center is None:
            continue
        names = _interrupted(rows, fate, loss, promised)
        for row in rows:
            here = row.role.takes_over and row.center == fate.center and not row.falls_with(loss)
            if here and row.workload.id in names:
                found.setdefault(row.workload.id, []).append(row)
    return found


def _interrupted(rows: Sequence[Row], fate: Fate, loss: Loss, promised: Collection[str]) -> set[str]:
    """The promised workloads of a hit group that go to another center, or to a sister cloud of their own."""
    members = {name for name in _names(rows) if name in promised}
    if fate.moved:
        return members
    return members & {row.workload.id for row in rows if row.role is Role.PRIMARY and row.falls_with(loss)}


def _names(rows: Sequence[Row]) -> set[str]:
    return {row.workload.id for row in rows}
