"""Compares the placements of two Plans: what is new, moved, gone and resized, with nothing left untold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cmp.model.plan import Placement
from cmp.model.plan_difference import Figure, RowChanges, RowMoved, RowResized, RowThere, Said
from cmp.scheduler.objective.plan_diff import Side, matched

Key = tuple[str, str, str, str]
Leg = tuple[Placement, Placement, int]

NAMES = ("workload", "component", "role", "pool")
PLACE = ("cloud", "center", "chip", "isa")
COUNTS = ("replicas", "replicas_on_takeover")


def row_changes(before: Iterable[Placement], after: Iterable[Placement]) -> RowChanges:
    """What differs, in order of workload, component, role and pool.

    A row is `new` or `gone` where no replica of its side went there or came from it. Counts of a row that
    stays are told where moves do not explain them; a side of which rows come or go tells its sums too.
    """
    old, new = ({_key(row): row for row in rows} for rows in (before, after))
    legs = tuple(matched(old.values(), new.values()))
    left, come = {_key(source) for source, _, _ in legs}, {_key(to) for _, to, _ in legs}
    return RowChanges(
        new=tuple(_there(new[key]) for key in sorted(new.keys() - old.keys() - come)),
        moved=tuple(_moved(leg) for leg in legs),
        gone=tuple(_there(old[key]) for key in sorted(old.keys() - new.keys() - left)),
        resized=tuple(sorted(_resized(old, new, legs), key=_key)),
    )


def _key(row: Placement | RowResized) -> Key:
    return row.workload, row.component, row.role.value, row.pool


def _there(row: Placement) -> RowThere:
    return RowThere.model_validate({name: getattr(row, name) for name in (*NAMES, *COUNTS)})


def _moved(leg: Leg) -> RowMoved:
    source, to, replicas = leg
    return RowMoved.model_validate(
        {
            **{name: getattr(to, name) for name in NAMES[:3]},
            "from": source.pool,
            "to": to.pool,
            "replicas": replicas,
            "figures": tuple(_figures(source, to, (*NAMES, *PLACE, *COUNTS))),
        }
    )


def _figures(old: Placement, new: Placement, but: Sequence[str]) -> Iterator[Figure]:
    for name in Placement.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if name not in but and before != after:
            yield Figure(name=name, before=_said(before), after=_said(after))


def _said(value: Said) -> Said:
    """A name of an enumeration as a plain one."""
    return str(value) if isinstance(value, str) else value


def _resized(
    old: Mapping[Key, Placement], new: Mapping[Key, Placement], legs: Sequence[Leg]
) -> Iterator[RowResized]:
    come = Counter[Key]()
    for source, to, replicas in legs:
        come[_key(to)] += replicas
        come[_key(source)] -= replicas
    for key in old.keys() & new.keys():
        but = (*NAMES, *_explained(old[key], new[key], come[key]))
        figures = tuple(_figures(old[key], new[key], but))
        if figures:
            yield _of(new[key], new[key].pool, figures)
    yield from _sums(old, new)


def _explained(old: Placement, new: Placement, come: int) -> Sequence[str]:
    """The counts of a row that moves explain."""
    return [name for name in COUNTS if come and getattr(new, name) - getattr(old, name) == come]


def _sums(old: Mapping[Key, Placement], new: Mapping[Key, Placement]) -> Iterator[RowResized]:
    """What a side runs in all, where it differs and rows of it came or went."""
    then, now = _by_side(old.values()), _by_side(new.values())
    for side in then.keys() & now.keys():
        if {row.pool for row in then[side]} == {row.pool for row in now[side]}:
            continue
        figures = tuple(
            Figure(name=name, before=before, after=after)
            for name in COUNTS
            if (before := _sum(then[side], name)) != (after := _sum(now[side], name))
        )
        if figures:
            yield _of(now[side][0], "", figures)


def _by_side(rows: Iterable[Placement]) -> Mapping[Side, Sequence[Placement]]:
    found: dict[Side, list[Placement]] = {}
    for row in rows:
        found.setdefault((row.workload, row.component, row.role), []).append(row)
    return found


def _sum(rows: Iterable[Placement], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def _of(row: Placement, pool: str, figures: tuple[Figure, ...]) -> RowResized:
    return RowResized(
        workload=row.workload, component=row.component, role=row.role, pool=pool, figures=figures
    )
