"""Measures how declared traffic classes share a loaded line, and judges whether they keep their promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cmp.errors import TryLater
from cmp.model.happenings import Event
from cmp.model.migration_journal import Check, Looked
from cmp.model.network import TrafficClass
from cmp.network.classes.judging import (
    FAMILIES,
    Fitted,
    Rates,
    fitted,
    greedy,
    is_filled,
    misses,
    said,
    where,
)
from cmp.sentences import Sentence
from lab.shared_line import missing, shared_line

MOST_MBPS: Final = 500.0
"""What any machine can shape in software while it does other things."""

SECONDS: Final = 2.0
TRIES: Final = 2
"""A machine that is busy elsewhere for a moment is no finding."""


def class_rates(classes: Sequence[TrafficClass], say: Callable[[Event], None]) -> Check | None:
    """Whether declared classes keep their guarantees and ceilings under load, on a line in namespaces.

    None where nothing is guaranteed, or this machine cannot measure it: then `say` is told why.
    """
    if not any(each.guaranteed_mbps for each in classes):
        return None
    line = fitted(classes, MOST_MBPS)
    say(Event("loading-classes", values={"count": len(classes)}))
    try:
        return judged(line, lambda: rates(line))
    except TryLater as error:
        say(Event("classes-not-measured", values={"why": str(error)}))
        return None


def judged(line: Fitted, measure: Callable[[], Rates]) -> Check:
    """Judge what is measured, once more where a class missed what it was promised.

    Raises:
        TryLater: this machine did not fill the line, or nothing could be measured.
    """
    got = measure()
    for _ in range(1, TRIES):
        if any(misses(line, got)):
            got = measure()
    wrong = list(misses(line, got))
    if wrong and not any(greedy(line, got)) and not is_filled(line, got):
        raise TryLater(
            Sentence(
                "the line of {line_mbps} Mbit/s could not be filled: {names}",
                line_mbps=f"{line.line_mbps:g}",
                names="; ".join(wrong),
            )
        )
    told = f"{'; '.join(wrong)}; {where(line)}" if wrong else said(line, got)
    return Check(name=Looked.CLASS_RATES, ok=not wrong, said=told)


def rates(line: Fitted, seconds: float = SECONDS) -> Rates:
    """What each class gets in Mbit/s when all send at once, first in IPv4, then in IPv6.

    Raises:
        TryLater: no root here, or a program is missing or ended early.
    """
    if reason := missing():
        raise TryLater(reason)
    with shared_line(line.classes, line.line_mbps) as made:
        return {
            (share.name, family): share.mbps
            for family in FAMILIES
            for share in made.load({each.id: family for each in line.classes}, seconds)
        }
