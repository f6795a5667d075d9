"""Guides a search: the layout of each group and the pools of each side as the linear relaxation has them.

A linear program's basic solution leaves no more groups undecided than it has rows of capacity, so rounding it
is a nearly optimal choice of layouts and pools; hosts are left open (`bounding.patterns` packs them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.scheduler.bounding.arrays import F8, Statement
from cmp.scheduler.bounding.relaxing import Choices, Program, Rows, solution, solver_of, write_groups
from cmp.scheduler.bounding.stating import Legend, Standing, state_with_legend
from cmp.scheduler.layouts import Layout

SHARE = 0.98
"""How full pools may get in the relaxation: packing and rounding need the rest."""
EVERY = 1 << 40


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the relaxation chooses; pools are those of a class, all alike, of which any will do."""

    layouts: Mapping[str, Layout]
    """By name of a group; one that has no layout at all is missing."""
    pools: Mapping[tuple[str, str, Role], tuple[str, ...]]
    """By workload, component and role; members of a quorum are left to the search."""


def guided(environment: Environment, at: datetime | None, share: float = SHARE) -> Guidance:
    """Layouts and pools from the linear relaxation of all groups: seconds for some thousands of them.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold.
        share: how full pools may get.
    """
    names = frozenset(workload.id for workload in environment.workloads)
    statement, legend = state_with_legend(environment, at, names)
    program, rows = Program(), Rows.of(statement)
    rows.write_capacity(statement, program, share)
    rows.write_on(statement, program)
    choices = write_groups(statement, program, rows, EVERY)
    return _rounded(statement, legend, choices, solution(solver_of(program)))


def _rounded(statement: Statement, legend: Legend, choices: Choices, values: F8) -> Guidance:
    """Whole choices: of equal groups as many take a layout as the relaxation has, rounded."""
    left = {key: float(values[column]) for key, column in choices.layouts.items()}
    entries = {key: float(values[column]) for key, column in choices.entries.items()}
    layouts: dict[str, Layout] = {}
    pools: dict[tuple[str, str, Role], tuple[str, ...]] = {}
    for group, standings in enumerate(legend.groups):
        open_layouts = _of(left, group, statement)
        for standing in standings:
            if not open_layouts:
                break
            chosen = max(open_layouts, key=lambda key: (left[key], -key[1]))
            left[chosen] -= 1
            layouts[standing.name] = standing.layouts[chosen[1]]
            for side, entry in _taken(statement, standing, (group, chosen[1]), entries):
                pools[side] = legend.pools[int(statement.offers.kind[entry])]
    return Guidance(layouts, pools)


def _of(left: Mapping[tuple[int, int], float], group: int, statement: Statement) -> list[tuple[int, int]]:
    """A group's layouts that are open to it."""
    keys = ((group, layout) for layout in range(int(statement.groups.layouts[group])))
    return [key for key in keys if key in left]


def _taken(
    statement: Statement,
    standing: Standing,
    chosen: tuple[int, int],
    entries: dict[tuple[int, int, int, int], float],
) -> Iterator[tuple[tuple[str, str, Role], int]]:
    """The entry that each side of a group takes in a layout; what is taken is taken off the relaxation's."""
    groups, (group, layout) = statement.groups, chosen
    first = int(groups.part_start[group])
    for number, (workload, component, roles) in enumerate(standing.parts):
        bundle = int(groups.part_bundle[first + number]) + layout
        sides = groups.side[groups.bundle_start[bundle] : groups.bundle_start[bundle + 1]].tolist()
        for role, side in zip(roles[layout], sides, strict=True):
            if role is Role.MEMBER:
                continue
            offer, center = statement.sides.offer[side], statement.sides.center[side]
            span = range(statement.offers.start[offer, center], statement.offers.start[offer, center + 1])
            entry = max(span, key=lambda each: (entries[group, number, side, each], -each))
            entries[group, number, side, entry] -= 1
            yield (workload, component, role), entry
