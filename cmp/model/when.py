"""Reads moments that demand is declared for: `05-20`, `weekdays 08:30-11:30`, `month-end 3 days`."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

DAY = re.compile(r"(?P<month>\d{2})-(?P<day>\d{2})")
FULL = re.compile(r"\d{4}-\d{2}-\d{2}")
HOURS = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
MONTH_END = re.compile(r"month-end(?: (\d{1,2}) days?)?")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
DAY_ENDS = "24:00"
SATURDAY = 5
SHANGHAI = timezone(timedelta(hours=8))
"""Declared demand is in Asia/Shanghai, which has kept UTC+8 without summer time since 1991."""
LEAP_YEAR = 2000


class MomentKind(StrEnum):
    """What a moment is told by."""

    YEARLY = "yearly"
    DATED = "dated"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"
    WORKDAYS = "workdays"
    MONTH_END = "month-end"
    CALENDAR = "calendar"
    UNSCHEDULED = "unscheduled"


@dataclass(frozen=True, slots=True)
class When:
    """Days and hours at which something holds.

    `first` and `last` are (month, day) for yearly spans and dates for dated ones; `days` counts for
    month-end; `name` is that of a calendar; `start` and `end` bound the hours of the day, end excluded. Where
    the end is not after the start they last over midnight, and belong to the day on which they begin.
    """

    kind: MomentKind
    first: tuple[int, int] | date | None = None
    last: tuple[int, int] | date | None = None
    days: int = 1
    name: str = ""
    start: time | None = None
    end: time | None = None

    def covers(self, moment: datetime, calendars: Mapping[str, frozenset[date]]) -> bool:
        """True when it holds at `moment` (local time of Asia/Shanghai); `unscheduled` never does."""
        at, day = moment.time(), moment.date()
        if self.start is None or self.end is None:
            return self._day(day, calendars)
        if self.start < self.end:
            return self.start <= at < self.end and self._day(day, calendars)
        begun = at >= self.start and self._day(day, calendars)
        return begun or (at < self.end and self._day(day - timedelta(days=1), calendars))

    def _day(self, day: date, calendars: Mapping[str, frozenset[date]]) -> bool:  # noqa: PLR0911 - one per kind
        weekend = day.weekday() >= SATURDAY
        match self.kind:
            case MomentKind.YEARLY:
                return _in_yearly_span((day.month, day.day), self.first, self.last)
            case MomentKind.DATED:
                return (
                    isinstance(self.first, date)
                    and isinstance(self.last, date)
                    and self.first <= day <= self.last
                )
            case MomentKind.WEEKDAYS:
                return not weekend
            case MomentKind.WEEKENDS:
                return weekend
            case MomentKind.WORKDAYS:
                return day in calendars["workdays"] if "workdays" in calendars else not weekend
            case MomentKind.MONTH_END:
                return day.day > monthrange(day.year, day.month)[1] - self.days
            case MomentKind.CALENDAR:
                return day in calendars.get(self.name, frozenset())
            case MomentKind.UNSCHEDULED:
                return False


def parse_when(text: str) -> When:
    """Read one moment.

    Raises:
        ValueError: it is none of the forms, or names a day that does not exist.
    """
    head, _, rest = text.strip().partition(" ")
    if text == "unscheduled":
        return When(MomentKind.UNSCHEDULED)
    if head in {"weekdays", "weekends", "workdays"}:
        start, end = _hours(rest) if rest else (None, None)
        return When(MomentKind(head), start=start, end=end)
    if match := MONTH_END.fullmatch(text):
        return When(MomentKind.MONTH_END, days=_month_end_days(match[1]))
    first, dots, last = text.partition("..")
    last = last if dots else first
    if FULL.fullmatch(first):
        return _dated(first, last)
    if DAY.fullmatch(first):
        return When(MomentKind.YEARLY, first=_month_day(first), last=_month_day(last))
    if NAME.fullmatch(text) and not text[0].isdigit():
        return When(MomentKind.CALENDAR, name=text)
    raise ValueError(
        f"`{text}` is no moment: write MM-DD, MM-DD..MM-DD, YYYY-MM-DD, weekdays HH:MM-HH:MM or month-end"
    )


def days_of(spans: tuple[str, ...]) -> frozenset[date]:
    """All dates that a list of `YYYY-MM-DD` and `YYYY-MM-DD..YYYY-MM-DD` names.

    Raises:
        ValueError: an entry is not a dated span.
    """
    days: set[date] = set()
    for text in spans:
        when = parse_when(text)
        if not isinstance(when.first, date) or not isinstance(when.last, date):
            raise ValueError(  # noqa: TRY004 - the text is wrong, not its type
                f"`{text}` is no date: write YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD"
            )
        days.update(when.first + timedelta(offset) for offset in range((when.last - when.first).days + 1))
    return frozenset(days)


def _dated(first: str, last: str) -> When:
    begin, finish = date.fromisoformat(first), date.fromisoformat(last)
    if finish < begin or finish - begin > timedelta(days=3660):
        raise ValueError(f"`{first}..{last}` ends before it begins or spans more than ten years")
    return When(MomentKind.DATED, first=begin, last=finish)


def _month_day(text: str) -> tuple[int, int]:
    match = DAY.fullmatch(text)
    if not match:
        raise ValueError(f"`{text}` is no day of the year: write MM-DD")
    month, day = int(match["month"]), int(match["day"])
    date(LEAP_YEAR, month, day)
    return month, day


def _month_end_days(text: str | None) -> int:
    days = int(text or 1)
    if not 1 <= days <= 28:  # noqa: PLR2004 - the shortest month
        raise ValueError("month-end takes 1 to 28 days")
    return days


def _hours(text: str) -> tuple[time, time]:
    match = HOURS.fullmatch(text)
    if not match:
        raise ValueError(f"`{text}` are no hours: write HH:MM-HH:MM")
    start, until = time(int(match[1]), int(match[2])), f"{match[3]}:{match[4]}"
    end = time(0) if until == DAY_ENDS else time(int(match[3]), int(match[4]))
    if end == start and until != DAY_ENDS:
        raise ValueError(f"`{text}` ends when it begins: write 00:00-24:00 for a whole day")
    return start, end


def _in_yearly_span(day: tuple[int, int], first: object, last: object) -> bool:
    if not isinstance(first, tuple) or not isinstance(last, tuple):
        return False
    if first <= last:
        return first <= day <= last
    return day >= first or day <= last


def instant(moment: datetime) -> datetime:
    """A moment as it is written down: in Asia/Shanghai, whatever offset it has; without one it is there.

    The same instant is the same bytes, and so the same hash.
    """
    return moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def local(moment: datetime) -> datetime:
    """A moment in the time that demand is declared in, to the minute."""
    there = moment.astimezone(SHANGHAI) if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return there.replace(second=0, microsecond=0)
