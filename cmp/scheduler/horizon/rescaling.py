"""Scales a Plan's rows to another demand where they stand, so that a peak moves nothing in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from cmp.model.environment import Environment
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Component, Spread, Workload
from cmp.scheduler.constraints.options import size_on
from cmp.scheduler.constraints.profiles import fits
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.horizon.headroom import Room, room_of
from cmp.scheduler.horizon.homes import homes_of
from cmp.scheduler.horizon.scale_steps import needed, running_on
from cmp.scheduler.problem import sizes
from cmp.scheduler.problem.formats import format_on
from cmp.scheduler.problem.rows import amounts
from cmp.scheduler.problem.sizes import Work

MANY = 1000
"""More replicas than anybody adds to one pool at once."""
Side = tuple[str, str, Role]


def grown(previous: Plan, environment: Environment, at: datetime | None) -> Plan:
    """The Plan with every side as large as its demand at a moment asks for, where it stands.

    What does not fit on the hosts of a side's own pools goes to other pools of its center that may take it,
    the emptiest first. What is one too many leaves those pools first on which the side did not stand before
    a peak. It is a start to decide from and no Plan: nothing is proved, and what no longer exists, or may not
    share a pool or center, stays as it was.
    """
    rows = sorted(previous.placements, key=_side)
    changed: dict[Side, list[Placement]] = {}
    room: Room | None = None
    homes = homes_of(previous)
    for side, each in groupby(rows, key=_side):
        there = list(each)
        asked = _asked(environment, side, there, at)
        if asked is None:
            continue
        room = room or room_of(previous, environment)
        home = homes.get(side, {})
        there.sort(key=lambda row: (row.pool not in home, row.pool))
        changed[side] = _scaled(environment, side, asked, there, (room, home))
    if not changed:
        return previous
    kept = [row for row in previous.placements if _side(row) not in changed]
    placements = [*kept, *(row for each in changed.values() for row in each)]
    return previous.model_copy(update={"placements": tuple(sorted(placements, key=_key))})


def _side(row: Placement) -> Side:
    return row.workload, row.component, row.role


def _key(row: Placement) -> tuple[str, str, str, str]:
    return row.workload, row.component, row.role.value, row.pool


def _asked(
    environment: Environment, side: Side, rows: Sequence[Placement], at: datetime | None
) -> Work | None:
    """What a side has to deliver at a moment; None where its rows do just that, or are not to be scaled."""
    workload, component, role = side
    declared = environment.workload.get(workload)
    if declared is None or component not in declared.component or not role.takes_over:
        return None
    if any(row.pool not in environment.estate.pool for row in rows):
        return None
    found = declared.component[component]
    if found.spread in {Spread.POOL, Spread.CENTER} or found.quorum is not None:
        return None
    estate = environment.estate
    sized_on = estate.chip[found.sized_on or estate.reference_chip]
    work = sizes.work(found, sized_on, sizes.factor_milli(found, at, environment.calendar))
    spread = {row.pool: row.replicas_on_takeover for row in rows}
    worth = {pool: sizes.worth(found, estate.chip[estate.pool[pool].chip]) for pool in spread}
    return None if _does(work, spread, worth) and needed(work, spread, worth, spread) == spread else work


def _does(work: Work, spread: Mapping[str, int], worth: Mapping[str, int]) -> bool:
    done = sum(count * worth[pool] for pool, count in spread.items())
    return done >= work.amount and sum(spread.values()) >= work.least


def _scaled(
    environment: Environment,
    side: Side,
    work: Work,
    rows: Sequence[Placement],
    given: tuple[Room, Mapping[str, int]],
) -> list[Placement]:
    """The rows of one side with as many replicas as it needs, on further pools of its center if need be."""
    room, homes = given
    workload, component, role = side
    declared, part = environment.find(workload, component)
    before = {row.pool: row.replicas_on_takeover for row in rows}
    patterns = {row.pool: row for row in rows}
    spread, worth = dict(before), {pool: _worth(environment, part, pool) for pool in before}
    for pattern in _pools(environment, declared, part, rows, room):
        worth.setdefault(pattern.pool, _worth(environment, part, pattern.pool))
        patterns.setdefault(pattern.pool, pattern)
        more = room.holds(pattern, _missing(work, spread, worth, pattern.pool))
        spread[pattern.pool] = spread.get(pattern.pool, 0) + more
    home = rows[0].pool
    spread[home] += _missing(work, spread, worth, home)
    kept = {pool: count + (MANY if pool in homes else 0) for pool, count in before.items()}
    spread = {pool: count for pool, count in needed(work, spread, worth, kept).items() if count}
    for pool, count in spread.items():
        room.spend(patterns[pool], count - before.get(pool, 0))
    runs = running_on(part, role, spread)
    return [
        patterns[pool].model_copy(update={"replicas": runs[pool], "replicas_on_takeover": count})
        for pool, count in sorted(spread.items())
    ]


def _worth(environment: Environment, component: Component, pool: str) -> int:
    estate = environment.estate
    return sizes.worth(component, estate.chip[estate.pool[pool].chip])


def _missing(work: Work, spread: Mapping[str, int], worth: Mapping[str, int], pool: str) -> int:
    """Replicas on a pool that would do what is left to do."""
    left = work.amount - sum(count * worth[each] for each, count in spread.items())
    return max(0, -(-left // worth[pool]), work.least - sum(spread.values()))


def _pools(
    environment: Environment,
    workload: Workload,
    component: Component,
    rows: Sequence[Placement],
    room: Room,
) -> Iterator[Placement]:
    """An example of a row on every pool of a side's center: its own pools first, then the emptiest."""
    yield from rows
    own, center = {row.pool for row in rows}, rows[0].center
    found = []
    for name, seat in room.seats.items():
        if seat.center != center or name in own:
            continue
        for way in component.ways:
            ask = Ask.of(workload, component, way, rows[0].role, environment.estate)
            if fits(ask, seat) and _reads(environment, ask, seat, rows[0]):
                row = _example(ask, seat, rows[0], room.accelerators)
                found.append((-room.holds(row, MANY), name, row))
                break
    yield from (row for _, _, row in sorted(found, key=lambda each: each[:2]))


def _reads(environment: Environment, ask: Ask, seat: Seat, pattern: Placement) -> bool:
    """True unless data that are copied byte by byte have another form on a pool than where they lie."""
    if not ask.component.data.is_bytewise or seat.chip.isa is None:
        return True
    estate = environment.estate
    here = format_on(estate, estate.pool[pattern.pool], pattern.image)
    return format_on(estate, seat.pool, ask.way.images[seat.chip.isa]) == here


def _example(ask: Ask, seat: Seat, pattern: Placement, accelerators: tuple[str, ...]) -> Placement:
    isa = seat.chip.isa or pattern.isa
    return pattern.model_copy(
        update={
            "variant": ask.way.id or None,
            "pool": seat.pool.id,
            "cloud": seat.cloud.id,
            "chip": seat.chip.id,
            "isa": isa,
            "image": ask.way.images[isa],
            "size": amounts(size_on(ask, seat, accelerators), accelerators),
        }
    )
