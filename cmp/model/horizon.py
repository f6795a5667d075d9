"""Defines what a horizon brings: its phases, the scale steps they ask for, and what to buy by when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from cmp.model.base import Count, Day, Document, Fact, Id, Positive
from cmp.model.plan import GivingWay
from cmp.model.recovery import Role
from cmp.model.sealing import canonical

Moment = Annotated[datetime, Field(strict=False)]
"""A moment with its offset."""


class PhaseSpan(Document):
    """From a moment up to another, which is not part of it."""

    start: Moment
    end: Moment


class PhaseFactor(Document):
    """A component's demand factor in a phase."""

    workload: Id
    component: Id
    factor: float


class UnscheduledPeak(Document):
    """A peak that may come at any moment of a phase, and whether it fits on top of it."""

    name: str
    fits: bool
    shortfall: tuple[str, ...] = ()


class HorizonPhase(Document):
    """One state of demand: when it holds, what it asks for, and whether that fits.

    `start` and `end` are those of the first of its `spans`; `factors` are those that are not 1. `covered_by`
    is the number, from 0, of the phase whose proof serves for this one, because no factor of it is smaller.
    `plan` is the hash of the Plan that `plan --at START --from PLAN` gives; `moves` counts replicas that this
    Plan runs elsewhere than the base Plan does although nobody asks for fewer of them. `closed` says that a
    purchase lets it fit.
    """

    start: Moment
    end: Moment
    spans: tuple[PhaseSpan, ...]
    factors: tuple[PhaseFactor, ...]
    fits: bool
    closed: bool = False
    covered_by: Count | None = None
    plan: str | None = None
    gives_way: tuple[GivingWay, ...] = ()
    moves: Count = 0
    unscheduled: tuple[UnscheduledPeak, ...] = ()
    shortfall: tuple[str, ...] = ()


class ScaleStep(Document):
    """Replicas of a row that run otherwise than in the base Plan, from a moment until another.

    `kind` is `scale` where the demand changes or who runs it gives way, `move` for others, which make room.
    `times` counts how often the step comes in the horizon, `last` ends the last of them.
    """

    workload: Id
    component: Id
    role: Role
    pool: Id
    from_: Annotated[Count, Field(alias="from")]
    to: Count
    when: Moment
    until: Moment
    kind: Literal["scale", "move"] = "scale"
    times: Positive = 1
    last: Moment


class Purchase(Document):
    """Hosts to order for a pool by a day; `late` where that day was over when the horizon began."""

    by: Day
    needed: Day
    pool: Id
    center: Id
    chip: Id
    hosts: Positive
    because: str
    late: bool = False


class UnknownCalendar(Document):
    """A calendar that ends before the horizon or begins after it: its feasts out there are not known."""

    calendar: Id
    since: date | None = None
    until: date | None = None


class Horizon(Document):
    """What a Plan meets in a horizon; `complete` is False where the work was stopped before the end."""

    schema_version: Literal[1] = 1
    plan: str
    """Hash of the base Plan, from which every phase starts."""
    start: Moment
    end: Moment
    lead_days: Fact
    phases: tuple[HorizonPhase, ...]
    steps: tuple[ScaleStep, ...]
    purchases: tuple[Purchase, ...]
    unknown_calendars: tuple[UnknownCalendar, ...] = ()
    complete: bool = True

    @property
    def open(self) -> tuple[HorizonPhase, ...]:
        """The phases that do not fit and that no purchase lets fit."""
        return tuple(phase for phase in self.phases if not (phase.fits or phase.closed))

    def to_json(self) -> bytes:
        """The canonical bytes, with one line end."""
        return canonical(self.model_dump(mode="json")) + b"\n"
