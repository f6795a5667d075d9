"""Turns what is asked for into arrays: components, layouts, bounds, where sides stood before."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cmp.model.base import grains_down
from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.model.workload import Component, Spread, Workload
from cmp.scheduler.board.arrays import (
    BY_CENTER,
    BY_HOST,
    BY_POOL,
    FREE,
    NOTHING,
    RoleIndex,
    Tables,
)
from cmp.scheduler.board.entries import Catalog
from cmp.scheduler.board.grounding import MICRO, Names, numbers_of_grades
from cmp.scheduler.board.relating import relations
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.groups import Bounded, Group
from cmp.scheduler.problem.layout_failover import outlook_of
from cmp.scheduler.problem.layouts import Layout, grades_of, layouts_of
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.preemption import floor, needed_by_others
from cmp.scheduler.recovery.patience import patience_of
from cmp.scheduler.recovery.recoverable import Recoverable

ROLES = {role: RoleIndex[role.name] for role in Role}
SPREADS = {Spread.NONE: FREE, Spread.HOST: BY_HOST, Spread.POOL: BY_POOL, Spread.CENTER: BY_CENTER}
EVERYTHING = 1 << 40
"""More than any side has: it keeps all of it."""
DEAREST_MOVE = 1 << 50
"""What moving a replica costs at most, in millionths of a point: more than all else together."""
ANY_LINK = 1 << 40
"""The slowest round trip, in microseconds, of who bounds none: only the lack of a link is worse."""

Before = Mapping[tuple[str, str, Role], Sequence[tuple[str, int]]]
"""Where sides stood: pools with their running replicas."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What the tables are made from."""

    environment: Environment
    accelerators: tuple[str, ...]
    groups: Sequence[Group]
    bounds: Sequence[Bounded]
    losses: Sequence[Loss]
    at: datetime | None
    before: Before


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the indices of components and layouts stand for."""

    components: tuple[tuple[Workload, Component], ...]
    layouts: tuple[Layout, ...]
    special: frozenset[int]
    """Groups with quorums, or with round trips to quorums: their members are placed one by one."""


def tables_of(wanted: Wanted, names: Names, catalog: Catalog | None = None) -> tuple[Tables, Asked]:
    """The arrays of what is asked for, and what their indices stand for.

    Args:
        wanted: what they are made from.
        names: what the indices of the ground stand for.
        catalog: entries that were worked out for the same estate and policy before.
    """
    if catalog is None:
        catalog = Catalog(wanted.environment, wanted.accelerators, names.classes, names.centers)
    parts = [_ordered(group, catalog) for group in wanted.groups]
    components = tuple(part for each in parts for part in each)
    options = [catalog.options(*part) for part in components]
    copies = [catalog.copies(*part) for part in components]
    kinds, layouts, layout_start = _layouts(wanted)
    where, turn = _geometry(wanted, names, kinds, layouts, layout_start)
    bound_start, bound_of, bound, bound_us, special = _bounds(wanted)
    previous = _previous(components, wanted.before, names)
    members = np.array([component.quorum is not None for _, component in components], dtype=np.uint8)
    group_start = np.concatenate(([0], np.cumsum([len(each) for each in parts]))).astype(np.int64)
    quorums = {number for number, each in enumerate(parts) if any(c.quorum is not None for _, c in each)}
    tables = Tables(
        **_entries(catalog),
        **_components(wanted, components, names),
        **relations(wanted.environment, wanted.accelerators, wanted.groups, components),
        group_start=group_start,
        group_kind=kinds,
        layout_start=layout_start,
        where=where,
        turn=turn,
        options=np.array(options, dtype=np.int64),
        copies=np.array([NOTHING if each is None else each for each in copies], dtype=np.int64),
        member=members,
        previous_start=previous[0],
        previous_pool=previous[1],
        previous_count=previous[2],
        bound_start=bound_start,
        bound_of=bound_of,
        bound=bound,
        bound_us=bound_us,
    )
    return tables, Asked(components, layouts, frozenset(quorums | special))


def _ordered(group: Group, catalog: Catalog) -> list[tuple[Workload, Component]]:
    """A group's components, those with the fewest classes of pools first, then the largest."""
    parts = [(workload, component) for workload in group.workloads for component in workload.components]

    def hardness(part: tuple[Workload, Component]) -> tuple[int, int, str, str]:
        workload, component = part
        choice = sum(len(each) for each in catalog.sets[catalog.options(workload, component)])
        bulk = component.replicas * (component.needs.vcpu_milli + component.needs.memory_mib)
        return choice, -bulk, workload.id, component.id

    return sorted(parts, key=hardness) if len(parts) > 1 else parts


def _entries(catalog: Catalog) -> dict[str, np.ndarray]:
    """The arrays of entries and sizes."""
    entries = [entry for each in catalog.sets for center in each for entry in center]
    counts = np.array([[len(center) for center in each] for each in catalog.sets], dtype=np.int64)
    counts = counts.reshape(len(catalog.sets), len(catalog.centers))
    ends = np.cumsum(counts.ravel()).reshape(counts.shape)
    start = np.zeros((counts.shape[0], counts.shape[1] + 1), dtype=np.int64)
    start[:, 1:] = ends
    start[:, 0] = ends[:, 0] - counts[:, 0]
    size = np.array(list(catalog.sizes), dtype=np.int64).reshape(
        len(catalog.sizes), 3 + len(catalog.accelerators)
    )
    running = size[size[:, 0] > 0]
    copies = size[(size[:, 0] == 0) & (size[:, 1] == 0)]
    smallest = [
        running[:, 0].min() if len(running) else 1,
        running[:, 1].min() if len(running) else 1,
        copies[:, 2].min() if len(copies) else 1,
    ]
    return {
        "entry_start": start,
        "entry_class": np.array([entry.kind for entry in entries], dtype=np.int64),
        "entry_size": np.array([entry.size for entry in entries], dtype=np.int64),
        "entry_worth": np.array([entry.worth for entry in entries], dtype=np.int64),
        "entry_way": np.array([entry.way for entry in entries], dtype=np.int64),
        "entry_cost": np.array([entry.cost for entry in entries], dtype=np.int64),
        "entry_wishes": np.array([entry.wishes for entry in entries], dtype=np.int64),
        "entry_elsewhere": np.array([entry.elsewhere for entry in entries], dtype=np.int64),
        "entry_away": np.array([entry.away for entry in entries], dtype=np.int64),
        "entry_format": np.array([entry.form for entry in entries], dtype=np.int64),
        "size": size,
        "smallest": np.array(smallest, dtype=np.int64),
    }


def _components(
    wanted: Wanted, components: Sequence[tuple[Workload, Component]], names: Names
) -> dict[str, np.ndarray]:
    """The arrays that say what each component needs."""
    environment = wanted.environment
    works = [
        sizes.work(
            component,
            environment.estate.chip[component.sized_on or environment.estate.reference_chip],
            sizes.factor_milli(component, wanted.at, environment.calendar),
        )
        for _, component in components
    ]
    needed, patience = needed_by_others(environment), patience_of(environment)
    owners = {owner: number for number, owner in enumerate(names.owners)}
    numbers = {workload.id: number for number, workload in enumerate(environment.workloads)}
    return {
        "amount": np.array([work.amount for work in works], dtype=np.int64),
        "least": np.array([work.least for work in works], dtype=np.int64),
        "grade": np.array([workload.recovery.grade for workload, _ in components], dtype=np.int64),
        "workload": np.array([numbers[workload.id] for workload, _ in components], dtype=np.int64),
        "stateful": np.array([component.stateful for _, component in components], dtype=np.uint8),
        "spread": np.array([SPREADS[component.spread] for _, component in components], dtype=np.int64),
        "floor": np.array([_floors(*part, needed) for part in components], dtype=np.int64).reshape(-1, 2),
        "kbps": np.array([component.data.change_kbps for _, component in components], dtype=np.int64),
        "copied": np.array(
            [component.carries and not environment.estate.is_connected for _, component in components],
            dtype=np.uint8,
        ),
        "owner": np.array(
            [owners.get(workload.owner, NOTHING) for workload, _ in components], dtype=np.int64
        ),
        "patience": np.array([patience[workload.id] for workload, _ in components], dtype=np.int64),
        "move_cost": np.array(
            [_move_costs(environment, part) for part in components], dtype=np.int64
        ).reshape(len(components), 2),
    }


def _floors(workload: Workload, component: Component, needed: Collection[tuple[str, str]]) -> list[int]:
    """What is left of a primary and of another side that give way; a quorum never does."""
    if component.quorum is not None:
        return [EVERYTHING, EVERYTHING]
    asked = (workload.id, component.id) in needed
    return [floor(component, role, EVERYTHING, needed=asked) for role in (Role.PRIMARY, Role.COLD)]


def _move_costs(environment: Environment, part: tuple[Workload, Component]) -> tuple[int, int]:
    """What moving one replica costs within a center and between centers, in millionths of a point."""
    weights = environment.policy.objective
    _, component = part
    near = weights.move * MICRO / float(weights.payback_hours)
    far = near * (1 + component.data.gib / 10 / component.replicas)
    return min(round(near), DEAREST_MOVE), min(round(far), DEAREST_MOVE)


def _layouts(wanted: Wanted) -> tuple[np.ndarray, tuple[Layout, ...], np.ndarray]:
    """Each group's kind (grades, freshness, layouts that keep its objectives), and each kind's layouts."""
    possible: dict[Hashable, tuple[Layout, ...]] = {}
    known: dict[Hashable, int] = {}
    layouts: list[Layout] = []
    starts = [0]
    kinds = []
    objectives = Recoverable(wanted.environment)
    for group in wanted.groups:
        fresh = any(workload.recovery.fresh_facts for workload in group.workloads)
        asked = (*(grade.grade for grade in grades_of(group, wanted.environment)), fresh)
        if asked not in possible:
            possible[asked] = layouts_of(group, wanted.environment)
        kept = objectives.layouts(group, possible[asked])
        key = asked, tuple(map(id, kept))
        if key not in known:
            known[key] = len(known)
            layouts += kept
            starts.append(len(layouts))
        kinds.append(known[key])
    return np.array(kinds, dtype=np.int64), tuple(layouts), np.array(starts, dtype=np.int64)


def _geometry(
    wanted: Wanted, names: Names, kinds: np.ndarray, layouts: Sequence[Layout], starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where each grade's sides lie in each layout, and what each failure makes of them at most."""
    grades_there = numbers_of_grades(wanted.environment)
    where = np.full((len(layouts), grades_there, len(RoleIndex)), NOTHING, dtype=np.int64)
    turn = np.zeros((len(layouts), grades_there, len(RoleIndex), len(wanted.losses)), dtype=np.uint8)
    examples = dict(zip(kinds.tolist(), wanted.groups, strict=True))
    for kind in sorted(examples):
        grades = grades_of(examples[kind], wanted.environment)
        for number in range(int(starts[kind]), int(starts[kind + 1])):
            layout = layouts[number]
            ahead = outlook_of(grades, layout, wanted.losses, wanted.environment.estate)
            for grade in grades:
                for side in grade.sides:
                    center = layout.center(grade.grade, side.role)
                    if center is not None:
                        where[number, grade.grade, ROLES[side.role]] = names.center[center]
                    turn[number, grade.grade, ROLES[side.role]] = ahead[grade.grade, side.role]
    return where, turn


def _bounds(
    wanted: Wanted,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, set[int]]:
    """Bounds between groups' sides as arrays; groups whose bounds end at quorums are told apart."""
    environment = wanted.environment
    group_of = {name: number for number, group in enumerate(wanted.groups) for name in group.members}
    numbers = {workload.id: number for number, workload in enumerate(environment.workloads)}
    by_group: list[list[int]] = [[] for _ in wanted.groups]
    rows: list[tuple[int, ...]] = []
    limits: list[int] = []
    special: set[int] = set()
    for bound in wanted.bounds:
        ends = ((bound.workload, bound.component), (bound.asked, bound.asked_component))
        if any(_at_quorum(environment, *end) for end in ends) or _meets_expired(environment, bound):
            special |= {group_of[name] for name, _ in ends}
            continue
        for group in {group_of[name] for name, _ in ends}:
            by_group[group].append(len(rows))
        rows.append(
            tuple(
                value
                for name, _ in ends
                for value in (group_of[name], environment.workload[name].recovery.grade, numbers[name])
            )
        )
        limits.append(ANY_LINK if bound.max_rtt_ms is None else grains_down(bound.max_rtt_ms, 1000))
    start = np.concatenate(([0], np.cumsum([len(each) for each in by_group]))).astype(np.int64)
    flat = np.array([number for each in by_group for number in each], dtype=np.int64)
    return (
        start,
        flat,
        np.array(rows, dtype=np.int64).reshape(len(rows), 6),
        np.array(limits, np.int64),
        special,
    )


def _meets_expired(environment: Environment, bound: Bounded) -> bool:
    """True when who bounds a round trip may rest on none that has expired, and one has."""
    fresh = bound.max_rtt_ms is not None and environment.workload[bound.workload].recovery.fresh_facts
    return fresh and not all(link.rtt_ms.is_known for link in environment.estate.links)


def _at_quorum(environment: Environment, workload: str, component: str) -> bool:
    """True where a round trip ends at the members of a quorum."""
    parts = environment.workload[workload].component
    if component:
        return parts[component].quorum is not None
    return all(each.quorum is not None for each in parts.values())


def _previous(
    components: Sequence[tuple[Workload, Component]], before: Before, names: Names
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each side stood before: starts by component and role, pools, running replicas."""
    if not before:
        empty = np.zeros(0, dtype=np.int64)
        return np.zeros(len(components) * 6 + 1, dtype=np.int64), empty.astype(np.int64), empty
    pools = {name: number for number, name in enumerate(names.pools)}
    starts, found = [0], []
    for workload, component in components:
        for role in ROLES:
            for pool, count in before.get((workload.id, component.id, role), ()):
                if pool in pools:
                    found.append((pools[pool], count))
            starts.append(len(found))
    flat = np.array(found, dtype=np.int64).reshape(len(found), 2)
    return np.array(starts, dtype=np.int64), flat[:, 0].astype(np.int64), flat[:, 1].copy()
