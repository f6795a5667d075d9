"""Says at which moments a schedule is due, by five fields of cron and the clocks of a time zone.

Two rules where clocks are set. A schedule of fixed hours runs once for every such time: where the clocks jump
over it, as much later as they jump; where they show it twice, at the first. A schedule of every hour, or of
every few (`*` in the field of hours), follows elapsed time: in both of two equal hours, not in one left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadCronError, croniter

from cmp.errors import Invalid
from cmp.sentences import Sentence

FIELDS: Final = 5
MOST: Final = timedelta(days=8)
"""How far back missed times are looked for; more than a week of them is not counted one by one."""
LEAP: Final = timedelta(hours=26)
"""More than any clocks are set by, and than zones lie apart from UTC."""


def checked(cron: str, zone: str) -> None:
    """Refuse times that nobody can read.

    Raises:
        Invalid: the fields are no five of cron, or there is no such time zone.
    """
    if len(cron.split()) != FIELDS or not croniter.is_valid(cron):
        raise Invalid(
            Sentence("{cron} are no five fields of cron", cron=f"{cron!r:.60}"),
            hint="minute, hour, day, month, weekday: `0 3 * * *` is every night at three",
        )
    _zone(zone)


def due(cron: str, zone: str, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """The moments after one and up to another, in UTC, oldest first; of more than eight days the last eight.

    Args:
        cron: five fields: minute, hour, day of the month, month, day of the week.
        zone: the name of a time zone of the tz database.
        after: with a time zone; that moment itself is not among them.
        until: with a time zone; that moment may be.

    Raises:
        Invalid: `cron` or `zone` cannot be read.
    """
    clock, start = _zone(zone), max(after, until - MOST)
    moments = {
        moment
        for wall in _walls(cron, start.astimezone(clock), until.astimezone(clock))
        for moment in _moments(wall, clock, hourly="*" in cron.split()[1])
        if start < moment <= until
    }
    return tuple(sorted(moments))


def _walls(cron: str, start: datetime, until: datetime) -> Iterator[datetime]:
    """Times of the clock, without a zone, that the fields name around a span."""
    last = until.replace(tzinfo=None) + LEAP
    try:
        times = croniter(cron, start.replace(tzinfo=None) - LEAP)
        while (wall := times.get_next(datetime)) <= last:
            yield wall
    except CroniterBadCronError as error:
        raise Invalid(Sentence("{cron} are no five fields of cron", cron=f"{cron!r:.60}")) from error


def _moments(wall: datetime, clock: ZoneInfo, *, hourly: bool) -> tuple[datetime, ...]:
    """When a clock shows a time: once, twice where it is set back, never where it jumps over it."""
    first, second = (wall.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = first.astimezone(clock).replace(tzinfo=None) == wall
    if not shown:
        return () if hourly else (first,)
    return (first, second) if hourly else (first,)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise Invalid(
            Sentence("there is no time zone {zone}", zone=f"{name!r:.60}"),
            hint="such as Asia/Shanghai or UTC",
        ) from error
