from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.errors import Invalid
from cmp.workflows.times import MOST, checked, due

BERLIN = "Europe/Berlin"
"""Clocks jump from 02:00 to 03:00 on 2026-03-29 and go back from 03:00 to 02:00 on 2026-10-25."""


def local(zone: str, *moments: datetime) -> list[str]:
    return [f"{moment.astimezone(ZoneInfo(zone)):%d %H:%M%z}" for moment in moments]


def on_the_night_of(day: datetime, cron: str) -> list[str]:
    start = datetime(day.year, day.month, day.day, 0, 59, tzinfo=ZoneInfo(BERLIN))
    return local(BERLIN, *due(cron, BERLIN, start, start + timedelta(hours=5)))


SPRING, AUTUMN = datetime(2026, 3, 29), datetime(2026, 10, 25)  # noqa: DTZ001 - days of the calendar


@pytest.mark.parametrize(
    ("day", "cron", "times"),
    [
        (SPRING, "30 2 * * *", ["29 03:30+0200"]),
        (SPRING, "30 1,3 * * *", ["29 01:30+0100", "29 03:30+0200"]),
        (
            SPRING,
            "30 * * * *",
            ["29 01:30+0100", "29 03:30+0200", "29 04:30+0200", "29 05:30+0200"],
        ),
        (AUTUMN, "30 2 * * *", ["25 02:30+0200"]),
        (AUTUMN, "30 */2 * * *", ["25 02:30+0200", "25 02:30+0100", "25 04:30+0100"]),
    ],
)
def test_where_clocks_are_set_fixed_hours_count_once_and_others_follow_elapsed_time(
    day: datetime, cron: str, times: list[str]
) -> None:
    assert on_the_night_of(day, cron) == times


def test_a_time_is_after_the_one_before_and_not_after_now() -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)

    assert due("0 12 * * *", "UTC", noon - timedelta(days=1), noon) == (noon,)
    assert due("0 12 * * *", "UTC", noon, noon + timedelta(hours=23)) == ()
    assert due("0 12 * * *", "UTC", noon, noon - timedelta(hours=1)) == ()  # the clock was set back
    assert local("Asia/Shanghai", *due("0 3 * * *", "Asia/Shanghai", noon, noon + timedelta(days=1))) == [
        "02 03:00+0800"
    ]


def test_of_a_long_time_only_the_last_days_are_counted_one_by_one() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)

    assert len(due("0 * * * *", "UTC", now - timedelta(days=400), now)) == MOST // timedelta(hours=1)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    cuts=st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=6),
    cron=st.sampled_from(["30 2 * * *", "*/20 * * * *", "15 1-3 * * *", "0 */3 * * 6,0"]),
    zone=st.sampled_from([BERLIN, "Asia/Shanghai", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_whoever_looks_often_finds_what_one_look_finds(
    start: datetime, cuts: list[int], cron: str, zone: str
) -> None:
    looks = [start + timedelta(minutes=minutes) for minutes in sorted(cuts)]
    found = list[datetime]()
    before = start
    for look in looks:
        found += due(cron, zone, before, look)
        before = max(before, look)

    assert tuple(found) == due(cron, zone, start, looks[-1])


@pytest.mark.parametrize(
    ("cron", "zone", "why"),
    [
        ("0 3 * *", "UTC", "no five fields"),
        ("0 3 * * * *", "UTC", "no five fields"),
        ("61 3 * * *", "UTC", "no five fields"),
        ("@daily", "UTC", "no five fields"),
        ("0 3 * * *", "Asia/Nowhere", "no time zone"),
        ("0 3 * * *", "../../etc/passwd", "no time zone"),
    ],
)
def test_times_that_nobody_can_read_are_refused(cron: str, zone: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        checked(cron, zone)
