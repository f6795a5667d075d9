"""Turns calendars of demand into phases: the distinct states of demand in a horizon, and when each holds."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.when import SHANGHAI, MomentKind, When, local, parse_when
from cmp.model.workload import Component, Demand
from cmp.scheduler.problem.sizes import MILLI, factor_milli
from cmp.sentences import Sentence

HORIZON = re.compile(r"(?P<count>[1-9]\d{0,3})(?P<unit>[dwmy])")
LONGEST = timedelta(days=3660)
"""No horizon reaches further than ten years: nobody's calendar does."""
LUNAR_YEAR = timedelta(days=354)
"""The shortest time after which a feast of the lunar calendar comes back."""
MIDNIGHT = time()

Name = tuple[str, str]
"""Workload and component."""
Factors = tuple[int, ...]
"""Demand factors in thousandths, in the order of a timeline's components."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a moment up to another, which is not part of it; local time of Asia/Shanghai."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DemandPhase:
    """One state of demand and every span of the horizon in which it holds, in order."""

    factors: Factors
    spans: tuple[Span, ...]

    @property
    def start(self) -> datetime:
        """When it holds for the first time."""
        return self.spans[0].start


@dataclass(frozen=True, slots=True)
class Peak:
    """What may come at any moment: the `unscheduled` demand of one workload under one title."""

    name: str
    factors: Mapping[Name, int]

    def on(self, components: Sequence[Name], factors: Factors) -> Factors:
        """A state with the peak on top: of a component's factors the larger one holds."""
        pairs = zip(components, factors, strict=True)
        return tuple(max(factor, self.factors.get(name, 0)) for name, factor in pairs)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A calendar that says nothing of a part of the horizon; known from `since` to `until`, if at all."""

    calendar: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The demand of a horizon: phases in order of their first span, peaks, calendars that end too early.

    `components` are those whose demand changes, sorted; every other component has factor 1 throughout.
    """

    start: datetime
    end: datetime
    components: tuple[Name, ...]
    phases: tuple[DemandPhase, ...]
    peaks: tuple[Peak, ...]
    unknown: tuple[Unknown, ...]


def horizon_end(start: datetime, text: str) -> datetime:
    """The end of a horizon such as `90d`, `12w`, `18m` or `1y` from a moment; a month ends on its last day.

    Raises:
        Invalid: it is none of these, or longer than ten years.
    """
    match = HORIZON.fullmatch(text)
    hint = "write days, weeks, months or years: 90d, 12w, 18m, 1y"
    if not match:
        raise Invalid(Sentence("--horizon {text} is no horizon", text=text), hint=hint)
    count, unit = int(match["count"]), match["unit"]
    if unit in "dw":
        length = timedelta(days=count * (7 if unit == "w" else 1))
        end = start + length if length <= LONGEST else None
    else:
        end = _months_later(start, count * (12 if unit == "y" else 1))
    if end is None or end - start > LONGEST:
        raise Invalid(Sentence("--horizon {text} is longer than ten years", text=text), hint=hint)
    return end


def timeline(environment: Environment, start: datetime, end: datetime) -> Timeline:
    """Cut a horizon exactly where any factor changes, and gather equal states.

    A moment without offset is local time of Asia/Shanghai; a start is taken down to the full minute, which is
    as fine as demand is declared.
    """
    start, end = local(start), local(end)
    every = {
        (workload.id, component.id): component
        for workload in environment.workloads
        for component in workload.components
        if component.demand and component.quorum is None
    }
    names = tuple(sorted(every))
    texts = tuple(sorted({demand.when for each in every.values() for demand in each.demand}))
    whens = {text: parse_when(text) for text in texts}
    cuts = _cuts(whens.values())
    found: dict[Factors, list[Span]] = {}
    known: dict[tuple[bool, ...], Factors] = {}
    for span in _pieces(start, end, cuts):
        holding = tuple(whens[text].covers(_naive(span.start), environment.calendar) for text in texts)
        if holding not in known:
            held = frozenset(text for text, holds in zip(texts, holding, strict=True) if holds)
            known[holding] = tuple(_factor(every[name].demand, held) for name in names)
        _append(found.setdefault(known[holding], []), span)
    phases = tuple(DemandPhase(factors, tuple(spans)) for factors, spans in found.items())
    return Timeline(
        start, end, names, phases, peaks_of(environment), unknown_of(environment, whens.values(), start, end)
    )


def factors_at(environment: Environment, components: Iterable[Name], at: datetime | None) -> Factors:
    """The factors of some components at one moment; all 1 without one."""
    found = (environment.find(*name)[1] for name in components)
    return tuple(factor_milli(component, at, environment.calendar) for component in found)


def dominates(one: Factors, other: Factors) -> bool:
    """True when whoever carries the first state carries the second: no factor of it is larger."""
    return all(mine >= theirs for mine, theirs in zip(one, other, strict=True))


def peaks_of(environment: Environment) -> tuple[Peak, ...]:
    """Every unscheduled peak: entries of one workload with the same title rise together."""
    found: dict[tuple[str, str], dict[Name, int]] = {}
    for workload in environment.workloads:
        for component in workload.components:
            for demand in _unscheduled(component):
                title = demand.title.en if demand.title else ""
                factors = found.setdefault((workload.id, title), {})
                name = workload.id, component.id
                factors[name] = max(factors.get(name, 0), demand.factor_milli)
    return tuple(
        Peak(f"{workload}: {title}" if title else workload, factors)
        for (workload, title), factors in sorted(found.items())
    )


def unknown_of(
    environment: Environment, whens: Iterable[When], start: datetime, end: datetime
) -> tuple[Unknown, ...]:
    """The calendars that demand names and that do not reach over the whole horizon.

    A calendar is taken to be complete from its first day to its last, and beyond either for the shortest
    pause between two of its runs of days (a lunar year at most, and where it has one run only).
    """
    asked = {
        when.name if when.kind is MomentKind.CALENDAR else when.kind.value
        for when in whens
        if when.kind in {MomentKind.CALENDAR, MomentKind.WORKDAYS}
    }
    found = []
    for name in sorted(asked):
        known = _known(environment.calendar.get(name, frozenset()))
        if known is None or known[0] > start.date() or known[1] < (end - timedelta(minutes=1)).date():
            found.append(Unknown(name, *(known or (None, None))))
    return tuple(found)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _unscheduled(component: Component) -> Iterator[Demand]:
    if component.quorum is None:
        yield from (each for each in component.demand if parse_when(each.when).kind is MomentKind.UNSCHEDULED)


def _factor(demand: Sequence[Demand], held: frozenset[str]) -> int:
    return max((each.factor_milli for each in demand if each.when in held), default=MILLI)


def _cuts(whens: Iterable[When]) -> tuple[time, ...]:
    """The moments of a day at which something may change."""
    hours = {each for when in whens for each in (when.start, when.end) if each is not None}
    return tuple(sorted(hours | {MIDNIGHT}))


def _pieces(start: datetime, end: datetime, cuts: Sequence[time]) -> Iterator[Span]:
    """The horizon in pieces within each of which nothing changes."""
    day, before = start.date(), start
    while before < end:
        for cut in (*cuts[1:], None):
            moment = datetime.combine(day + timedelta(days=cut is None), cut or MIDNIGHT, SHANGHAI)
            moment = min(moment, end)
            if moment > before:
                yield Span(before, moment)
                before = moment
        day += timedelta(days=1)


def _append(spans: list[Span], span: Span) -> None:
    """Add a span, joined with the last one where it follows at once."""
    if spans and spans[-1].end == span.start:
        spans[-1] = Span(spans[-1].start, span.end)
    else:
        spans.append(span)


def _months_later(start: datetime, months: int) -> datetime | None:
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    if year > date.max.year:
        return None
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def _known(days: frozenset[date]) -> tuple[date, date] | None:
    """From when until when a calendar may be taken to be complete."""
    if not days:
        return None
    ordered = sorted(days)
    pauses = [later - earlier for earlier, later in pairwise(ordered)]
    pause = min((each for each in pauses if each > timedelta(days=1)), default=LUNAR_YEAR)
    pause = min(pause, LUNAR_YEAR) - timedelta(days=1)
    return ordered[0] - pause, ordered[-1] + pause
