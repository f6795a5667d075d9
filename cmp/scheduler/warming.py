"""Knows every unit of the scheduler, so that they can be compiled before anybody waits for one."""

from __future__ import annotations

from cmp.native.telling import Standing
from cmp.native.units import Unit
from cmp.scheduler.assigning.annealing import REASSIGNMENT
from cmp.scheduler.board.loops import SEARCH
from cmp.scheduler.bounding.bound import LOOPS

UNITS: tuple[Unit, ...] = (SEARCH, *LOOPS, REASSIGNMENT)


def warm() -> tuple[Standing, ...]:
    """Compile what is not kept yet; how each unit stands after that."""
    for unit in UNITS:
        unit.ready()
    return standings()


def standings() -> tuple[Standing, ...]:
    """How each unit stands; changes nothing."""
    return tuple(unit.standing() for unit in UNITS)
