"""The moments that demand is declared for hold when people say they do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.model.when import days_of, parse_when

CALENDARS = {
    "qingming": days_of(("2026-04-04..2026-04-06",)),
    "workdays": days_of(("2026-01-04", "2026-01-05..2026-01-09")),
}
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1))  # noqa: DTZ001 - local time


def holds(when: str, moment: str) -> bool:
    return parse_when(when).covers(datetime.fromisoformat(moment), CALENDARS)


@pytest.mark.parametrize(
    ("when", "inside", "outside"),
    [
        ("05-20", "2026-05-20T00:00", "2026-05-21T00:00"),
        ("12-20..01-05", "2027-01-03T12:00", "2027-01-06T12:00"),
        ("02-29", "2028-02-29T12:00", "2026-02-28T12:00"),
        ("2026-04-04", "2026-04-04T23:59", "2027-04-04T12:00"),
        ("2026-04-04..2026-04-06", "2026-04-06T23:59", "2026-04-07T00:00"),
        ("weekdays", "2026-01-05T03:00", "2026-01-04T03:00"),
        ("weekdays 08:30-11:30", "2026-01-05T08:30", "2026-01-05T11:30"),
        ("weekdays 22:00-06:00", "2026-01-05T22:00", "2026-01-05T05:59"),
        ("weekdays 22:00-06:00", "2026-01-10T05:59", "2026-01-10T06:00"),
        ("weekdays 22:00-06:00", "2026-01-06T05:59", "2026-01-10T22:00"),
        ("weekends 22:00-06:00", "2026-01-05T05:59", "2026-01-05T22:00"),
        ("weekdays 20:00-24:00", "2026-01-09T23:59", "2026-01-10T00:00"),
        ("weekends 00:00-24:00", "2026-01-04T00:00", "2026-01-05T00:00"),
        ("workdays 23:00-00:00", "2026-01-04T23:30", "2026-01-05T00:00"),
        ("weekdays 23:59-00:01", "2026-01-10T00:00", "2026-01-11T00:00"),
        ("weekends", "2026-01-04T03:00", "2026-01-05T03:00"),
        ("workdays", "2026-01-04T03:00", "2026-01-10T03:00"),
        ("month-end", "2026-02-28T12:00", "2026-02-27T12:00"),
        ("month-end 3 days", "2026-02-26T12:00", "2026-02-25T12:00"),
        ("qingming", "2026-04-05T12:00", "2026-04-07T12:00"),
    ],
)
def test_a_moment_holds_inside_and_not_outside(when: str, inside: str, outside: str) -> None:
    assert holds(when, inside)
    assert not holds(when, outside)


def test_without_a_calendar_of_working_days_they_are_the_weekdays() -> None:
    assert parse_when("workdays").covers(datetime.fromisoformat("2026-01-05T12:00"), {})
    assert not parse_when("workdays").covers(datetime.fromisoformat("2026-01-04T12:00"), {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5-20",
        "13-01",
        "02-30",
        "05-20..",
        "2026-02-29",
        "2026-05-20..2026-05-19",
        "2026-05-20..2046-05-20",
        "weekdays 08:30-08:30",
        "weekdays 00:00-00:00",
        "weekdays 24:00-08:30",
        "weekdays 08:30-24:30",
        "weekdays 8:30-11:30",
        "weekdays 25:00-26:00",
        "month-end 0 days",
        "month-end 29 days",
        "Qingming",
        "5th-of-may",
        "unscheduled 08:00-09:00",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is no|are no|ends before|ends when|takes 1 to|out of range|must be in"
    ):
        parse_when(text)


@given(moment=MOMENTS)
def test_what_is_unscheduled_never_holds(moment: datetime) -> None:
    assert not parse_when("unscheduled").covers(moment, CALENDARS)


@given(moment=MOMENTS)
def test_a_day_is_a_weekday_or_of_the_weekend(moment: datetime) -> None:
    weekday, weekend = (parse_when(text).covers(moment, {}) for text in ("weekdays", "weekends"))

    assert weekday != weekend


@given(first=st.dates(), length=st.integers(0, 400), day=st.dates())
def test_a_span_holds_every_day_from_its_first_to_its_last(first: date, length: int, day: date) -> None:
    last = min(date.max.toordinal(), first.toordinal() + length)
    text = f"{first.isoformat()}..{date.fromordinal(last).isoformat()}"

    days = days_of((text,))

    assert (day in days) == (first <= day <= date.fromordinal(last))
    assert len(days) == (date.fromordinal(last) - first + timedelta(1)).days


def test_a_calendar_is_made_of_dates_only() -> None:
    with pytest.raises(ValueError, match="no date"):
        days_of(("05-20",))
