"""A change window is open on its days between its hours, also past midnight."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.model.network import Window
from cmp.network.moving.windows import HERE, is_open, next_opening

WEEKEND_NIGHT = Window(days="weekends", start="20:00", end="06:00")
LUNCH = Window(days="weekdays", start="12:00", end="13:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("2026-11-27T23:00", False),  # Friday
        ("2026-11-28T19:59", False),
        ("2026-11-28T20:00", True),  # Saturday
        ("2026-11-29T05:59", True),
        ("2026-11-29T06:00", False),
        ("2026-11-30T03:00", True),  # Monday, of Sunday's window
        ("2026-11-30T21:00", False),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_begins(text: str, open_: bool) -> None:
    assert is_open([WEEKEND_NIGHT], at(text)) is open_


def test_without_windows_every_moment_will_do() -> None:
    assert is_open([], at("2026-11-30T21:00"))


def test_the_next_opening_is_said() -> None:
    assert next_opening([WEEKEND_NIGHT, LUNCH], at("2026-11-27T14:00")) == at("2026-11-28T20:00")


@given(st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")))
def test_the_next_opening_is_open(moment: datetime) -> None:
    opening = next_opening([WEEKEND_NIGHT, LUNCH], moment.replace(tzinfo=HERE))

    assert is_open([WEEKEND_NIGHT, LUNCH], opening)
