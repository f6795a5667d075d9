"""Says which ways to lay sides go together: byte-wise copies need one form of data on every side."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.scheduler.board.arrays import RoleIndex
from cmp.scheduler.mastering.solving import Program
from cmp.scheduler.mastering.stating import Side, Stage, Way

Ways = Mapping[int, tuple[int, Side, Way]]
"""What a flag stands for: a group, one of its sides, and a way to lay it."""


def bind_forms(program: Program, stage: Stage, ways: Ways, hint: dict[int, int]) -> None:
    """All sides of a byte-wise component that run or take over are laid in one form of data.

    Each side has exactly one way, so that for every form the ways of each side that have it add up to the
    same flag. `hint` says which ways are taken now, and hears which forms are.
    """
    for sides in _by_form(stage, ways).values():
        forms = {form: program.flag() for form in sorted({form for side in sides.values() for form in side})}
        program.one_of(forms.values())
        for side in sides.values():
            for form, flag in forms.items():
                program.equal([*((way, 1) for way in side.get(form, ())), (flag, -1)], 0)
                hint[flag] = max((hint.get(way, 0) for way in side.get(form, ())), default=0)


def _by_form(stage: Stage, ways: Ways) -> dict[int, dict[int, dict[int, list[int]]]]:
    """The ways of byte-wise components, by component, role and form; one that mixes forms has none."""
    tables = stage.placing.board.tables
    found: dict[int, dict[int, dict[int, list[int]]]] = {}
    for flag, (_, side, way) in ways.items():
        if tables.bytewise[side.comp] and side.role != RoleIndex.BACKUP:
            forms = found.setdefault(side.comp, {}).setdefault(side.role, {})
            for form in {int(tables.entry_format[share.entry]) for share in way}:
                forms.setdefault(form, []).append(flag)
    return found
