"""Decides by trying everything whether a tiny estate can be placed, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import NamedTuple

from support.exact_packer import pack

from cmp.model.environment import Environment
from cmp.model.estate import Isa, Pool
from cmp.model.plan import Amounts, Placement
from cmp.model.recovery import Role
from cmp.model.workload import Component, Scaling, Variant
from cmp.verifier.checking import check_placements
from cmp.verifier.constraints import check_constraints
from cmp.verifier.reading import Name, Reading, local
from cmp.verifier.sides import check_sides
from cmp.verifier.sizing import check_sizing, performance, replicas_asked, running_of, size_on, work
from cmp.verifier.survival import aftermaths

Rows = tuple[Placement, ...]

MOST_REPLICAS = 6
"""No side of a tiny estate has more; trying everything would not end in useful time."""


class Seat(NamedTuple):
    """A pool, with its center and instruction set, and a way to run there."""

    pool: Pool
    center: str
    isa: Isa
    way: Variant


def first_placement(environment: Environment, moment: datetime | None = None) -> Rows | None:
    """The first complete placement that keeps every constraint; None when there is none at all.

    Raises:
        ValueError: a side may need more replicas than this search is for.
    """
    return next(placements(environment, moment), None)


def placements(environment: Environment, moment: datetime | None = None) -> Iterator[Rows]:
    """Every complete placement that keeps every constraint and can be packed on hosts.

    Sides split over pools and all variants are tried, nothing is left out.

    Raises:
        ValueError: a side may need more replicas than this search is for.
    """
    empty = Reading(environment, (), local(moment))
    choices = [
        list(_rows_of_side(empty, name, role))
        for name, (workload, component) in empty.components.items()
        for role in [side.role for side in empty.sides_asked(workload, component)] or [Role.MEMBER]
    ]
    for rows in _combined(empty, choices):
        reading = Reading(environment, rows, empty.moment)
        if next(check_placements(reading, aftermaths(reading)), None) is None and pack(reading) is not None:
            yield rows


def _combined(empty: Reading, choices: Sequence[Sequence[Rows]], chosen: Rows = ()) -> Iterator[Rows]:
    """One choice per side, leaving out early what already stands in the wrong centers."""
    if not choices:
        yield chosen
        return
    for rows in choices[0]:
        more = chosen + rows
        if next(check_sides(Reading(empty.environment, more)), None) is None:
            yield from _combined(empty, choices[1:], more)


def _rows_of_side(empty: Reading, name: Name, role: Role) -> Iterator[Rows]:
    """Every set of rows of one side that is right by itself."""
    _, component = empty.components[name]
    seats = list(_seats(empty, name, role))
    for counts in _counts(empty, component, role, seats):
        taken = [(seat, count) for seat, count in zip(seats, counts, strict=True) if count]
        if not taken or len({seat.pool.id for seat, _ in taken}) < len(taken):
            continue
        rows = sorted((_row(empty, name, role, *one) for one in taken), key=lambda row: row.pool)
        running = running_of(component, role, rows)
        complete = tuple(
            row.model_copy(update={"replicas": runs}) for row, runs in zip(rows, running, strict=True)
        )
        if next(check_sizing(Reading(empty.environment, complete, empty.moment)), None) is None:
            yield complete


def _seats(empty: Reading, name: Name, role: Role) -> Iterator[Seat]:
    """Where one replica may stand by itself."""
    estate = empty.environment.estate
    _, component = empty.components[name]
    for pool in estate.pools:
        isa = estate.chip[pool.chip].isa
        for way in component.ways if role is not Role.BACKUP else component.ways[:1]:
            if isa is None or (isa not in way.images and role is not Role.BACKUP):
                continue
            seat = Seat(pool, estate.cloud[pool.cloud].center, isa, way)
            alone = Reading(empty.environment, (_row(empty, name, role, seat, 1),), empty.moment)
            if next(check_constraints(alone), None) is None:
                yield seat


def _counts(
    empty: Reading, component: Component, role: Role, seats: Sequence[Seat]
) -> Iterator[tuple[int, ...]]:
    """Every way to share replicas among the seats; more than the slowest chip needs is never right."""
    environment = empty.environment
    work_bound = False
    if role is Role.BACKUP:
        most = 1
    elif component.quorum is not None:
        most = component.quorum.members
    elif component.scaling is Scaling.HORIZONTAL:
        speeds = [performance(environment, component, seat.pool.chip) for seat in seats]
        alone = -(-work(environment, component, empty.moment) // min(speeds)) if speeds else 0
        most = max(alone, component.min_replicas)
        work_bound = True
    else:
        most = replicas_asked(environment, component, empty.moment)
    if most > MOST_REPLICAS:
        raise ValueError(
            f"{component.id} may need {most} replicas; trying everything ends at {MOST_REPLICAS}"
        )
    for counts in product(range(most + 1), repeat=len(seats)):
        if sum(counts) == most or (work_bound and 0 < sum(counts) < most):
            yield counts


def _row(empty: Reading, name: Name, role: Role, seat: Seat, count: int) -> Placement:
    """A row with `count` replicas on takeover, and as many running for a member; a backup has none."""
    _, component = empty.components[name]
    backup = role is Role.BACKUP
    size = size_on(empty.environment, component, seat.way, seat.pool.chip)
    return Placement(
        workload=name[0],
        component=name[1],
        variant=seat.way.id or None,
        role=role,
        pool=seat.pool.id,
        cloud=seat.pool.cloud,
        center=seat.center,
        chip=seat.pool.chip,
        isa=seat.isa,
        image="" if backup else seat.way.images[seat.isa],
        size=Amounts(disk_gib=component.data.gib) if backup else size,
        replicas=0,
        replicas_on_takeover=0 if backup else count,
    )
