"""Holds what is to stand exactly as it is said to, and completes sides that a loss has broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cmp.model.estate import Isa
from cmp.model.plan import Amounts, Placement
from cmp.model.recovery import Role
from cmp.scheduler.board.arrays import NOTHING
from cmp.scheduler.board.entries import image_of
from cmp.scheduler.board.loops import remove_group
from cmp.scheduler.board.tabling import ROLES
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.placement.warm_start import Side, Stays, entry_of, keep, rows_as_given
from cmp.scheduler.problem.rows import amounts, with_running


def hold(placing: Placing, stays: Stays, groups: Iterable[str]) -> tuple[str, ...]:
    """Put groups (by name) on the board, in order, exactly as they stood; the names of those that may not."""
    numbers = [placing.group_number[name] for name in groups]
    refused = [number for number in numbers if _stands(stays, placing, number)]
    refused = [number for number in refused if not keep(placing, stays, number)]
    return tuple(placing.snapshot.groups[number].name for number in refused)


def completed(placing: Placing, stays: Stays, group: str, sides: Sequence[Side]) -> Stays:
    """What stands with as many of a group's broken sides whole again as find room, one after the other.

    A side is made whole on one pool more, where everything that stands already stays as it is; the pool with
    the most room comes first. `sides` are among `stays.gone` and `stays.fewer`; what becomes whole is not in
    them any more.
    """
    number = placing.group_number[group]
    if placing.is_placed(number):
        remove_group(placing.handle, number)
    for side in sides:
        ways = _ways(placing, stays, number, side)
        stays = next((way for way in ways if _tried(placing, way, number)), stays)
    if _stands(stays, placing, number):
        keep(placing, stays, number)
    return stays


def _stands(stays: Stays, placing: Placing, group: int) -> bool:
    """True where anything is left of a group."""
    members = set(placing.snapshot.groups[group].members)
    return any(workload in members for workload, _, _ in stays.rows)


def _tried(placing: Placing, stays: Stays, group: int) -> bool:
    """True where a group may stand so; the board is left without it."""
    if not keep(placing, stays, group):
        return False
    remove_group(placing.handle, group)
    return True


def _ways(placing: Placing, stays: Stays, group: int, side: Side) -> Iterator[Stays]:
    """Each way to make a side whole, as what would stand then."""
    workload, component, role = side
    tables = placing.board.tables
    numbers = range(int(tables.group_start[group]), int(tables.group_start[group + 1]))
    comp = next(n for n in numbers if _named(placing, n) == (workload, component))
    others = replace(stays, gone=stays.gone - {side}, fewer=stays.fewer - {side})
    there = stays.rows.get(side, ())
    for center in _centers(placing, stays, group, comp, role):
        if any(row.center != center for row in there):
            continue
        for pool in _roomy(placing, center):
            for rows in _rows_on(placing, comp, role, pool, there):
                yield replace(others, rows={**others.rows, side: rows})


def _named(placing: Placing, comp: int) -> tuple[str, str]:
    workload, component = placing.asked.components[comp]
    return workload.id, component.id


def _centers(placing: Placing, stays: Stays, group: int, comp: int, role: Role) -> Sequence[str]:
    """Where a side may lie in some layout that has all the others where they are, in order of layouts."""
    tables, names = placing.board.tables, placing.names
    rows = rows_as_given(placing, group, stays)
    kind, grade = tables.group_kind[group], int(tables.grade[comp])
    found: dict[str, None] = {}
    for layout in range(int(tables.layout_start[kind]), int(tables.layout_start[kind + 1])):
        where = int(tables.where[layout, grade, int(ROLES[role])])
        fits = rows is None or all(
            int(row[1]) == int(ROLES[Role.MEMBER])
            or int(tables.where[layout, int(tables.grade[row[0]]), int(row[1])])
            == int(placing.board.ground.pool_center[row[2]])
            for row in rows
        )
        if where != NOTHING and fits:
            found[names.centers[where]] = None
    return tuple(found)


def _roomy(placing: Placing, center: str) -> list[str]:
    """The pools of a center, those with the most room first."""
    peak = placing.board.sums.peak
    seats = placing.snapshot.seats
    pools = [name for name, seat in seats.items() if seat.center == center and seat.cordon is None]
    return sorted(pools, key=lambda name: (int(peak[placing.names.pool[name]]), name))


def _rows_on(
    placing: Placing, comp: int, role: Role, pool: str, there: Sequence[Placement]
) -> Iterator[tuple[Placement, ...]]:
    """A side whole with one more row on a pool, in each way that its component runs there."""
    _, component = placing.asked.components[comp]
    if any(row.pool == pool for row in there):
        return
    for way in component.ways[:1] if role is Role.BACKUP else component.ways:
        row = _row(placing, comp, role, pool, "" if role is Role.BACKUP else way.id)
        entry = entry_of(placing, comp, placing.names.pool[pool], row)
        if entry == NOTHING:
            continue
        row = _filled(placing, comp, entry, row)
        count = 0 if role is Role.BACKUP else _missing(placing, comp, entry, there)
        rows = sorted(
            (*there, row.model_copy(update={"replicas_on_takeover": count})), key=lambda each: each.pool
        )
        yield with_running(component, role, rows)


def _missing(placing: Placing, comp: int, entry: int, there: Sequence[Placement]) -> int:
    """Replicas of an entry that do what rows do not do yet."""
    tables = placing.board.tables
    worths = [
        int(tables.entry_worth[entry_of(placing, comp, placing.names.pool[row.pool], row)]) for row in there
    ]
    done = sum(row.replicas_on_takeover * worth for row, worth in zip(there, worths, strict=True))
    count = sum(row.replicas_on_takeover for row in there)
    left = -(-(int(tables.amount[comp]) - done) // int(tables.entry_worth[entry]))
    return max(left, int(tables.least[comp]) - count, 1)


def _filled(placing: Placing, comp: int, entry: int, row: Placement) -> Placement:
    """A row with all that follows from where it stands."""
    tables = placing.board.tables
    _, component = placing.asked.components[comp]
    chip = placing.snapshot.seats[row.pool].chip
    copy = row.role is Role.BACKUP
    size = tuple(int(amount) for amount in tables.size[tables.entry_size[entry]])
    return row.model_copy(
        update={
            "chip": chip.id,
            "isa": chip.isa or Isa.AMD64,
            "image": "" if copy else image_of(component, int(tables.entry_way[entry]), chip.isa),
            "size": amounts(size, placing.snapshot.accelerators),
        }
    )


def _row(placing: Placing, comp: int, role: Role, pool: str, way: str) -> Placement:
    """A row to be counted, with what says where it stands."""
    workload, component = placing.asked.components[comp]
    seat = placing.snapshot.seats[pool]
    return Placement.model_construct(
        workload=workload.id,
        component=component.id,
        variant=way or None,
        role=role,
        pool=pool,
        cloud=seat.cloud.id,
        center=seat.center,
        chip="",
        isa=Isa.AMD64,
        image="",
        size=Amounts(),
        replicas=0,
        replicas_on_takeover=0,
    )
