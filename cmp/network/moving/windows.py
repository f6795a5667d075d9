"""Tells whether a change window is open, and when the next one opens (Asia/Shanghai)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cmp.model.network import Window

HERE: Final = ZoneInfo("Asia/Shanghai")
SATURDAY: Final = 5
FURTHEST: Final = 8
"""Days after which every window has opened again."""


def is_open(windows: Sequence[Window], moment: datetime) -> bool:
    """True when one of the windows is open; without any, every moment will do.

    A window that passes midnight belongs to the day on which it begins.
    """
    here = moment.astimezone(HERE)
    return not windows or any(_holds(window, here) for window in windows)


def next_opening(windows: Sequence[Window], moment: datetime) -> datetime:
    """When a window opens next; the moment itself while one is open.

    Raises:
        ValueError: there is no window.
    """
    if is_open(windows, moment):
        return moment
    here = moment.astimezone(HERE)
    days = [here.date() + timedelta(days=number) for number in range(FURTHEST)]
    openings = [
        datetime.combine(day, time.fromisoformat(window.start), HERE)
        for window in windows
        for day in days
        if _is_day(window, day.weekday())
    ]
    return min(opening for opening in openings if opening > here)


def _holds(window: Window, here: datetime) -> bool:
    start, end, now = time.fromisoformat(window.start), time.fromisoformat(window.end), here.time()
    today, yesterday = here.weekday(), (here - timedelta(days=1)).weekday()
    if start < end:
        return _is_day(window, today) and start <= now < end
    return (_is_day(window, today) and now >= start) or (_is_day(window, yesterday) and now < end)


def _is_day(window: Window, weekday: int) -> bool:
    if window.days == "daily":
        return True
    return (weekday >= SATURDAY) == (window.days == "weekends")
