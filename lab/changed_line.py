"""Changes the classes of a line while it is full: shares before and after, and those of a fresh line."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cmp.model.network import TrafficClass
from lab.shared_line import FIRST_PORT, THREE, Line, Share, shared_line

STAMP: Final = re.compile(r"^\[([\d.]+)\] \d+ bytes", re.MULTILINE)
LEAVING, COMING = FIRST_PORT + 20, FIRST_PORT + 40
"""The first ports of classes that go and that come: their senders live apart from those that stay."""
CHANGING: Final = 4
"""Seconds over which answers are counted around the change."""
SETTLED: Final = 1.0
"""Seconds before and after the change that answers are counted in as well."""

LATER: Final = (
    TrafficClass(id="voice", dscp="ef", guaranteed_mbps=10, ceiling_mbps=100),
    TrafficClass(id="video", dscp="af41", guaranteed_mbps=50, ceiling_mbps=100),
    TrafficClass(id="best-effort", dscp="be", guaranteed_mbps=40, ceiling_mbps=100),
)
"""What becomes of `THREE`: a class goes, another comes, and those that stay have other rates."""
FAMILIES: Final = {"voice": 4, "office": 6, "video": 6, "best-effort": 4}


@dataclass(frozen=True, slots=True)
class Change:
    """Shares of a full line before and after its classes changed, and of a fresh line with the later ones.

    `gap_ms` is the longest time without an answer to pings of 10 ms in the most urgent class around the
    change, beside `usual_gap_ms` of as long a time without one.
    """

    before: tuple[Share, ...]
    after: tuple[Share, ...]
    fresh: tuple[Share, ...]
    gap_ms: float
    usual_gap_ms: float


def changed_under_load(
    seconds: float = 4,
    first: Sequence[TrafficClass] = THREE,
    then: Sequence[TrafficClass] = LATER,
    families: Mapping[str, int] = FAMILIES,
) -> Change:
    """Fill a line, change its classes, and go on: classes that go are sending until they are gone.

    Raises:
        TryLater: this machine cannot do it, or a sender ended early.
    """
    with shared_line(first) as line:
        found = _changed(line, then, families, seconds)
    with shared_line(then) as line:
        fresh = line.load(_of(then, families), seconds)
    return Change(*found[:2], fresh, *found[2:])


def _changed(
    line: Line, then: Sequence[TrafficClass], families: Mapping[str, int], seconds: float
) -> tuple[tuple[Share, ...], tuple[Share, ...], float, float]:
    first = line.shaping.classes
    later, earlier = {each.id for each in then}, {each.id for each in first}
    with line.sending([each for each in first if each.id in later], families):
        with line.sending([each for each in first if each.id not in later], families, LEAVING):
            before = line.shares(_of(first, families), seconds)
            usual = _gap(line, then[0])
            gap = _gap(line, then[0], then)
        with line.sending([each for each in then if each.id not in earlier], families, COMING):
            after = line.shares(_of(then, families), seconds)
    return before, after, gap, usual


def _gap(line: Line, urgent: TrafficClass, then: Sequence[TrafficClass] = ()) -> float:
    """The longest time in ms between two answers, while the classes change where others are given."""
    echoes = line.echoes(urgent, CHANGING)
    time.sleep(SETTLED)  # noqa: TID251 - answers of before the change are counted too
    if then:
        line.reshape(then)
    text, _ = echoes.communicate(timeout=60)
    came = [float(stamp) for stamp in STAMP.findall(text)]
    return max((later - sooner for sooner, later in pairwise(came)), default=float("inf")) * 1000


def _of(classes: Sequence[TrafficClass], families: Mapping[str, int]) -> dict[str, int]:
    return {each.id: families[each.id] for each in classes}
