"""States what a relaxation has to know: each group's layouts with the sides that they consist of.

Only the loss of whole centers is kept: which groups such a loss moves follows from a layout alone, while the
loss of one cloud hits only those that stand there, which a lower bound may not presume. Groups with equal
components, of equal grades, are one that is there several times.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np

from cmp.model.environment import Environment
from cmp.model.recovery import FailureKind, Grade, Role
from cmp.model.workload import Component, Spread, Workload
from cmp.scheduler.bounding.arrays import APART, Groups, Mode, Sides, Statement, Views
from cmp.scheduler.bounding.offering import Catalog, classes_of, evening_of, ground_of
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.groups import Group, groups_of
from cmp.scheduler.problem.layouts import Layout, grades_of, layouts_of
from cmp.scheduler.problem.losses import Loss, loss_of
from cmp.scheduler.problem.preemption import may_give_way, needed_by_others
from cmp.scheduler.problem.rows import accelerators_of
from cmp.scheduler.problem.sizes import Work
from cmp.scheduler.recovery.patience import patience_of
from cmp.scheduler.recovery.takeover import boot_of

GONE, STAYS, TAKES_OVER = 0, 1, 2
PRIMARY = 2
"""What `Sides.runs` says of primaries."""
FEW_GROUPS = 150
"""Up to so many kinds of groups have rows of their own, whose hosts that are on are priced."""

Turns = tuple[int, ...]
"""What becomes of a side after each loss."""
Kind = tuple[int, ...]
"""The grades of a group."""


class Slot(NamedTuple):
    """A side of a grade in a layout: where it lies, what becomes of it."""

    role: Role
    center: int
    turns: Turns


class Side(NamedTuple):
    """A side as it is priced; see `Sides`."""

    offer: int
    center: int
    seen: int
    mode: Mode
    amount: int
    least: int
    runs: int
    spread: int = 0
    row: int = -1


@dataclass(slots=True)
class _Book:
    """Numbers of views, sides, bundles, and what components ask; equal ones have one number.

    `rows` says how often each row is there.
    """

    views: dict[tuple[Turns, bool, bool], int] = field(default_factory=dict)
    sides: dict[Side, int] = field(default_factory=dict)
    bundles: list[tuple[int, ...]] = field(default_factory=list)
    barred: list[bool] = field(default_factory=list)
    parts: dict[Hashable, int] = field(default_factory=dict)
    asks: dict[tuple[Kind, _Ask], int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Stater:
    environment: Environment
    at: datetime | None
    losses: tuple[Loss, ...]
    catalog: Catalog
    center: Mapping[str, int]
    fastest_boot: int
    patience: Mapping[str, int]
    needed: frozenset[tuple[str, str]]
    book: _Book
    slots: dict[tuple[int, ...], tuple[Mapping[int, tuple[Slot, ...]], ...]]


def state(environment: Environment, at: datetime | None, placed: frozenset[str]) -> Statement:
    """The relaxation's arrays for the groups of which every workload was placed."""
    accelerators = accelerators_of(environment)
    centers = tuple(sorted(environment.estate.center))
    classes = classes_of(environment)
    catalog = Catalog(environment, accelerators, classes, centers)
    numbers = {name: number for number, name in enumerate(centers)}
    losses = _whole_centers(environment)
    stater = _Stater(
        environment,
        at,
        losses,
        catalog,
        numbers,
        _fastest_boot(environment),
        patience_of(environment),
        needed_by_others(environment),
        _Book(),
        {},
    )
    standing = np.array([_standing_view(stater, center) for center in centers], dtype=np.int64)
    groups = _groups(stater, [group for group in groups_of(environment) if placed.issuperset(group.members)])
    return Statement(
        ground_of(environment, classes, accelerators),
        catalog.arrays(),
        _views(stater.book, len(losses)),
        standing,
        _sides(stater.book),
        groups,
        np.array(stater.book.rows, dtype=np.int64),
        evening_of(environment) if len(stater.book.rows) else 0,
    )


def _whole_centers(environment: Environment) -> tuple[Loss, ...]:
    """Losses of centers, and of locations with several: losing a location's only center is never harder."""
    losses = (loss_of(environment.estate, failure) for failure in environment.failures)
    return tuple(loss for loss in losses if loss.failure.kind is FailureKind.CENTER or len(loss.centers) > 1)


def _standing_view(stater: _Stater, center: str) -> int:
    """The view of what stands in a center and neither grows nor goes unless the center is lost."""
    turns = tuple(GONE if center in loss.centers else STAYS for loss in stater.losses)
    return _view(stater.book, turns, hot=False, yields=False)


def _view(book: _Book, turns: Turns, *, hot: bool, yields: bool) -> int:
    return book.views.setdefault((turns, hot, yields), len(book.views))


def _groups(stater: _Stater, groups: Sequence[Group]) -> Groups:
    found = _alike(stater, groups)
    fine = len(found) <= FEW_GROUPS
    asked = list(stater.book.asks)
    parts = [
        tuple(_part(stater, *asked[ask], times if fine else 0) for ask in asks)
        for (_, asks), times in found.items()
    ]
    book = stater.book
    starts = np.cumsum([0, *(len(each) for each in parts)])
    ends = np.cumsum([0, *(len(each) for each in book.bundles)])
    return Groups(
        times=np.array(list(found.values()), dtype=np.int64),
        layouts=np.array([len(stater.slots[kind]) for kind, _ in found], dtype=np.int64),
        part_start=starts.astype(np.int64),
        part_bundle=np.array([part for each in parts for part in each], dtype=np.int64),
        bundle_start=ends.astype(np.int64),
        side=np.array([side for each in book.bundles for side in each], dtype=np.int64),
        barred=np.array(book.barred, dtype=np.int64),
    )


def _alike(stater: _Stater, groups: Sequence[Group]) -> dict[tuple[Kind, tuple[int, ...]], int]:
    """How often groups of some grades ask for the same; what they ask by its number."""
    found: dict[tuple[Kind, tuple[int, ...]], int] = {}
    asks = stater.book.asks
    for group in groups:
        kind = tuple(grade.grade for grade in grades_of(group, stater.environment))
        if kind not in stater.slots:
            stater.slots[kind] = _slots(stater, group)
        numbers = sorted(
            asks.setdefault((kind, _ask(stater, workload, component)), len(asks))
            for workload in group.workloads
            for component in workload.components
        )
        key = (kind, tuple(numbers))
        found[key] = found.get(key, 0) + 1
    return found


def _slots(stater: _Stater, group: Group) -> tuple[Mapping[int, tuple[Slot, ...]], ...]:
    """For each layout of a group, the slots of each of its grades."""
    grades = grades_of(group, stater.environment)
    return tuple(
        {grade.grade: tuple(_slots_of(stater, grades, grade, layout)) for grade in grades}
        for layout in layouts_of(group, stater.environment)
    )


def _slots_of(stater: _Stater, grades: Sequence[Grade], grade: Grade, layout: Layout) -> Iterator[Slot]:
    for side in grade.sides:
        center = layout.center(grade.grade, side.role)
        if center is not None:
            turns = tuple(
                _turn(side.role, center, layout, loss, _target(stater, grades, layout, loss))
                if loss.failure.kind in grade.promises
                else (GONE if center in loss.centers else STAYS)
                for loss in stater.losses
            )
            yield Slot(side.role, stater.center[center], turns)


def _turn(role: Role, center: str, layout: Layout, loss: Loss, target: str | None) -> int:
    if center in loss.centers:
        return GONE
    if role.takes_over and center == target:
        return TAKES_OVER
    moved_away = role is Role.PRIMARY and target not in {None, layout.home}
    return GONE if moved_away else STAYS


def _target(stater: _Stater, grades: Sequence[Grade], layout: Layout, loss: Loss) -> str | None:
    """Where a group goes when centers are lost; None where they do not hit it."""
    bound = [grade for grade in grades if loss.failure.kind in grade.promises]
    running = {
        layout.center(grade.grade, side.role) for grade in grades for side in grade.sides if side.role.runs
    }
    if not bound or loss.centers.isdisjoint(running):
        return None
    if layout.home not in loss.centers:
        return layout.home
    able = set.intersection(
        *(
            {str(layout.center(grade.grade, side.role)) for side in grade.sides if side.role.takes_over}
            for grade in bound
        )
    )
    estate = stater.environment.estate
    city = estate.center[layout.home].location
    order = sorted(able - loss.centers, key=lambda name: (estate.center[name].location != city, name))
    return order[0] if order else None


class _Ask(NamedTuple):
    """All of a component that decides what its sides cost: sets of entries, work, and how it behaves.

    `yields` says whether a primary, and whether another side, may give way.
    """

    grade: int
    options: int
    copies: int | None
    work: Work
    stateful: bool
    yields: tuple[bool, bool]
    hot: bool
    quorum: tuple[int, int] | None
    spread: int


def _part(stater: _Stater, kind: Kind, ask: _Ask, times: int) -> int:
    """The first bundle of a component: one for each layout of its group.

    Args:
        stater: what is stated.
        kind: the grades of the component's group.
        ask: what the component asks for.
        times: how often its group is there, if it shall have rows of its own; 0: it shares bundles.
    """
    book = stater.book
    if not times and (kind, ask) in book.parts:
        return book.parts[kind, ask]
    first = book.parts[kind, ask] = len(book.bundles)
    rows: dict[Role, int] = {}
    for slots in stater.slots[kind]:
        sides = _sides_in(stater, slots[ask.grade], ask)
        if times:
            sides = [(role, side and _with_row(book, rows, (role, side), times)) for role, side in sides]
        book.bundles.append(tuple(_number(book, side) for _, side in sides if side is not None))
        book.barred.append(any(side is None for _, side in sides))
    return first


def _with_row(book: _Book, rows: dict[Role, int], one: tuple[Role, Side], times: int) -> Side:
    """The side as one of its row, if any of it runs in normal time."""
    role, side = one
    if side.mode is Mode.NONE:
        return side
    if role not in rows:
        rows[role] = len(book.rows)
        book.rows.append(times)
    return side._replace(row=rows[role])


def _ask(stater: _Stater, workload: Workload, component: Component) -> _Ask:
    environment, quorum = stater.environment, component.quorum
    chip = environment.estate.chip[component.sized_on or environment.estate.reference_chip]
    factor = sizes.factor_milli(component, stater.at, environment.calendar)
    return _Ask(
        workload.recovery.grade,
        stater.catalog.options(workload, component),
        stater.catalog.copies(workload, component),
        sizes.work(component, chip, factor),
        component.stateful,
        _may_give_way(stater, workload, component),
        stater.patience[workload.id] < stater.fastest_boot,
        (quorum.members, quorum.per_center) if quorum else None,
        APART if component.spread is Spread.HOST else 0,
    )


def _may_give_way(stater: _Stater, workload: Workload, component: Component) -> tuple[bool, bool]:
    needed = (workload.id, component.id) in stater.needed
    first, further = (may_give_way(component, role, needed=needed) for role in (Role.PRIMARY, Role.COLD))
    return first, further


def _number(book: _Book, side: Side) -> int:
    return book.sides.setdefault(side, len(book.sides))


def _sides_in(stater: _Stater, slots: Sequence[Slot], ask: _Ask) -> list[tuple[Role, Side | None]]:
    """The sides that a component has in a layout; None stands for one that finds no pool."""
    if ask.quorum is not None:
        return [(Role.MEMBER, Side(ask.options, -1, 0, Mode.MEMBERS, *ask.quorum, 1))]
    backed_up = ask.copies is not None
    return [
        (slot.role, _side(stater, slot, ask)) for slot in slots if backed_up or slot.role is not Role.BACKUP
    ]


def _side(stater: _Stater, slot: Slot, ask: _Ask) -> Side | None:
    copy = slot.role is Role.BACKUP
    offer = ask.copies if copy else ask.options
    if offer is None or not stater.catalog.sets[offer][slot.center]:
        return None
    if copy:
        view = _view(stater.book, slot.turns, hot=False, yields=False)
        return Side(offer, slot.center, view, Mode.COPY, 1, 1, 0)
    yields = ask.yields[slot.role is not Role.PRIMARY]
    view = _view(stater.book, slot.turns, hot=ask.hot, yields=yields)
    mode = _mode(slot.role, stateful=ask.stateful)
    work = ask.work
    return Side(offer, slot.center, view, mode, work.amount, work.least, _runs(slot.role), ask.spread)


def _runs(role: Role) -> int:
    return PRIMARY if role is Role.PRIMARY else int(role.runs)


def _mode(role: Role, *, stateful: bool) -> Mode:
    if role is Role.COLD:
        return Mode.NONE
    return Mode.HALF if role is Role.WARM and not stateful else Mode.ALL


def _fastest_boot(environment: Environment) -> int:
    """Seconds that hosts take to boot at least: what cannot wait for these waits for none.

    Hosts without power data count as on whoever waits, which is left aside here.
    """
    return min((boot_of(pool) for pool in environment.estate.pools if pool.power), default=0)


def _views(book: _Book, losses: int) -> Views:
    """What the views count; what may give way counts for nothing after a loss."""
    shape = (len(book.views), 1 + losses)
    run, take, run_on, take_on = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for (turns, hot, yields), number in book.views.items():
        run[number, 0] = run_on[number, 0] = 1
        for place, turn in enumerate(turns, 1):
            if yields or turn == GONE:
                continue
            grows = turn == TAKES_OVER
            run[number, place], take[number, place] = int(not grows), int(grows)
            run_on[number, place], take_on[number, place] = int(not (grows and hot)), int(grows and hot)
    return Views(run, take, run_on, take_on)


def _sides(book: _Book) -> Sides:
    columns = np.array(list(book.sides), dtype=np.int64).reshape(len(book.sides), len(Side._fields)).T
    return Sides(*(np.ascontiguousarray(column) for column in columns))
