"""Admits one workload after the other beside what stands: all of its sides, every promise of everybody kept.

What stands keeps its place. The answer holds what each pool says to each side, and why there is no place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cmp.errors import Invalid
from cmp.model.cards import card_of
from cmp.model.environment import Environment
from cmp.model.recovery import FailureKind, Role
from cmp.model.workload import Component, Workload
from cmp.scheduler.board.arrays import Board
from cmp.scheduler.board.choosing import FULL, Manner
from cmp.scheduler.board.entries import Catalog
from cmp.scheduler.board.handles import handle_of
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import place_group, prove_beside, remove_group
from cmp.scheduler.board.making import rows_for
from cmp.scheduler.board.tabling import Wanted, tables_of
from cmp.scheduler.constraints.options import size_on
from cmp.scheduler.constraints.profiles import judge
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.refusals import Refusal, why_not
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.preemption import needed_by_others
from cmp.scheduler.problem.rows import Row
from cmp.sentences import Sentence

CLOSELY = Manner(even=0, window=8, trials=4, ceiling=FULL)
"""The best pools are tried on their hosts, for their true cost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a workload: its rows, or why it has none; and what stands in the way, pool by pool.

    `table` has every verdict of every pool by component and role, `histogram` counts how many pools refuse
    first because of what. `held` is False where a promise would not hold any more.
    """

    rows: tuple[Row, ...]
    refusal: Refusal | None
    table: Mapping[tuple[str, Role], Mapping[str, tuple[Verdict, ...]]]
    histogram: Mapping[tuple[str, Role], Mapping[str, int]]
    held: bool


class Admissions:
    """Asks for one workload after the other on a board; what was worked out for one is kept for the next."""

    def __init__(self, placing: Placing) -> None:
        """Take a board on which everything stands that stands."""
        self._placing = placing
        environment = placing.snapshot.environment
        self._owned = any(each.own_hosts for each in environment.workloads)
        self._cut = frozenset(chip.id for chip in environment.estate.chips if chip.slices)
        self._catalog = Catalog(
            environment, placing.snapshot.accelerators, placing.names.classes, placing.names.centers
        )

    def ask(self, workload: Workload, *, every_verdict: bool = True) -> Answer:
        """Say where a new workload would stand; nothing is changed.

        Args:
            workload: one that asks no other; whom it could not reach is known to a whole Plan only.
            every_verdict: whether the table holds each pool's verdicts, or only the histogram is wanted.

        Raises:
            Invalid: the workload depends on others or talks to them.
        """
        if others := sorted(set(_asks_others(workload))):
            raise Invalid(
                Sentence("{id} asks {names}", id=workload.id, names=", ".join(others)),
                hint="plan the environment with it",
            )
        if told := self._shares_no_hosts(workload):
            raise Invalid(f"{workload.id}: {told}", hint="plan the environment with it")
        trial = self._trial(workload)
        placed = place_group(trial.handle, 0, CLOSELY) == FINE
        refusal = None if placed else why_not(trial, 0, CLOSELY)
        held = placed and not prove_beside(self._placing.handle, trial.handle).any()
        rows = trial.rows_of(0) if placed else ()
        if placed:
            remove_group(trial.handle, 0)
        table, histogram = {}, {}
        for component in workload.components:
            for role in _roles(self._placing.snapshot.environment, workload, component):
                side = component.id, role
                if every_verdict:
                    table[side] = dict(self._verdicts(workload, component, role))
                    histogram[side] = dict(Counter(_first(verdicts) for verdicts in table[side].values()))
                else:
                    histogram[side] = self._counted(workload, component, role)
        return Answer(rows, refusal, table, histogram, held)

    def _shares_no_hosts(self, workload: Workload) -> str:
        """Why a workload cannot be judged beside what stands host by host: a whole Plan looks at that."""
        if self._owned or workload.own_hosts:
            return "hosts are kept for one owner alone"
        ways = [way for component in workload.components for way in component.ways]
        cards = {card_of(device) for way in ways for device in way.needs.accelerators}
        cut = sorted(cards & self._cut)
        return f"cards of {', '.join(cut)} are cut or left whole host by host" if cut else ""

    def _trial(self, workload: Workload) -> Placing:
        """A board of the same ground and loads with this one workload to be placed."""
        standing = self._placing
        environment = standing.snapshot.environment.changed(workloads=(workload,))
        groups = groups_of(environment)
        snapshot = replace(
            standing.snapshot,
            environment=environment,
            groups=groups,
            group_of={workload.id: workload.id},
            bounds=(),
            needed=needed_by_others(environment),
            promised=tuple(
                frozenset({workload.id} if loss.failure.kind in _promises(environment, workload) else ())
                for loss in standing.snapshot.losses
            ),
        )
        wanted = Wanted(environment, snapshot.accelerators, groups, (), snapshot.losses, snapshot.at, {})
        tables, asked = tables_of(wanted, standing.names, self._catalog)
        sums = standing.board.sums
        failures = len(snapshot.losses)
        own = sums._replace(
            home=np.full(1, -1, dtype=np.int64),
            target=np.zeros((1, failures), dtype=np.int64),
            hit=np.zeros((1, failures), dtype=np.uint8),
        )
        board = Board(standing.board.ground, tables, rows_for(standing.board.ground, tables), own)
        return Placing(snapshot, standing.names, asked, board, handle_of(board))

    def _verdicts(
        self, workload: Workload, component: Component, role: Role
    ) -> Iterator[tuple[str, tuple[Verdict, ...]]]:
        """Every pool with all of its verdicts on one side; of several ways the best one speaks."""
        ways = [(ask, self._rooms(ask)) for ask in self._asks(workload, component, role)]
        for number, (name, seat) in enumerate(self._placing.snapshot.seats.items()):
            judged = [(*judge(ask, seat), *rooms[number]) for ask, rooms in ways]
            yield name, min(judged, key=lambda verdicts: sum(not verdict.ok for verdict in verdicts))

    def _asks(self, workload: Workload, component: Component, role: Role) -> Iterator[Ask]:
        estate = self._placing.snapshot.environment.estate
        ways = component.ways[:1] if role is Role.BACKUP else component.ways
        for way in ways:
            yield Ask.of(workload, component, way, role, estate)

    def _rooms(self, ask: Ask) -> list[tuple[Verdict, Verdict]]:
        """Whether a side finds room by each pool's sums, and how many hosts take a replica whatever fails."""
        ground, sums = self._placing.board.ground, self._placing.board.sums
        classes = self._placing.names.classes
        accelerators = self._placing.snapshot.accelerators
        size = np.array([size_on(ask, seat, accelerators) for seat in classes], dtype=np.int64)[
            ground.pool_class
        ]
        count = np.array([self._count(ask, seat) for seat in classes], dtype=np.int64)[ground.pool_class]
        used = sums.load.max(axis=1) + size * count[:, None]
        share = -(-used * FULL // np.maximum(ground.total, 1))
        peak = np.max(share, axis=1, where=size > 0, initial=0)
        per_host = np.repeat(size, np.diff(ground.host_start), axis=0)
        takes = (sums.left >= per_host[:, None, :]).all(axis=(1, 2))
        roomy = np.add.reduceat(takes, ground.host_start[:-1])
        copy = ask.role is Role.BACKUP
        return [
            self._room("a copy" if copy else f"{each} replicas", then, there, hosts)
            for each, then, there, hosts in zip(
                count.tolist(), peak.tolist(), sums.peak.tolist(), roomy.tolist(), strict=True
            )
        ]

    @staticmethod
    def _room(what: str, peak: int, now: int, hosts: int) -> tuple[Verdict, Verdict]:
        observed = f"{now / 10:g} % used, {peak / 10:g} % with it"
        by_sums = Verdict("capacity", what, observed, peak <= FULL, round(1 - peak / FULL, 3), "full")
        return by_sums, Verdict("hosts", what, f"{hosts} hosts with room", hosts > 0, None, "hosts full")

    def _count(self, ask: Ask, seat: Seat) -> int:
        """Replicas that a whole side has on a pool's chip, with demand factor 1."""
        if ask.role is Role.BACKUP:
            return 1
        if ask.component.quorum is not None:
            return ask.component.quorum.per_center
        asked = sizes.work(ask.component, ask.sized_on, sizes.MILLI)
        return asked.alone(sizes.worth(ask.component, seat.chip))

    def _counted(self, workload: Workload, component: Component, role: Role) -> dict[str, int]:
        """How many pools refuse first because of what ('': none does); equal pools are judged together."""
        ground, sums = self._placing.board.ground, self._placing.board.sums
        found: Counter[str] = Counter()
        for kind, seat in enumerate(self._placing.names.classes):
            pools = ground.class_pool[ground.class_start[kind] : ground.class_start[kind + 1]]
            told = [(_first(judge(ask, seat)), ask) for ask in self._asks(workload, component, role)]
            fits = next((ask for reason, ask in told if not reason), None)
            if fits is None:
                found[told[0][0]] += len(pools)
                continue
            size = np.array(size_on(fits, seat, self._placing.snapshot.accelerators), dtype=np.int64)
            used = sums.load[pools].max(axis=1) + size * self._count(fits, seat)
            full = int((used > ground.total[pools]).any(axis=1).sum())
            found["full"] += full
            found[""] += len(pools) - full
        return {reason: count for reason, count in found.items() if count}


def _asks_others(workload: Workload) -> Iterator[str]:
    """The other workloads that one depends on, talks to, or stands near or apart from."""
    yield from (each.workload for each in workload.depends_on)
    talks = (talk.workload for component in workload.components for talk in component.talks_to)
    beside = (wish.workload for component in workload.components for wish in component.beside)
    yield from (name for name in (*talks, *beside) if name is not None and name != workload.id)


def _first(verdicts: Iterable[Verdict]) -> str:
    """The first reason against a pool; empty where there is none."""
    return next((verdict.reason for verdict in verdicts if not verdict.ok), "")


def _promises(environment: Environment, workload: Workload) -> tuple[FailureKind, ...]:
    return environment.recovery.grade(workload.recovery.grade).promises


def _roles(environment: Environment, workload: Workload, component: Component) -> tuple[Role, ...]:
    """The roles of a component's rows."""
    if component.quorum is not None:
        return (Role.MEMBER,)
    sides = environment.recovery.grade(workload.recovery.grade).sides
    return tuple(side.role for side in sides if side.role is not Role.BACKUP or component.data.gib)
