"""Judges what declared classes got on a line that all of them loaded at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cmp.model.network import TrafficClass
from cmp.network.classes.htb import shares

KEPT: Final = 0.9
"""Of a guarantee: bursts and the moment of counting cost a little."""

OVER: Final = 1.05
"""Of a ceiling: a burst of two ticks lies in a second's count."""

FILLED: Final = 0.9
"""Of what the classes may take together: below it nobody had to give way, and guarantees were not tried."""

FAMILIES: Final = (4, 6)

Rates = Mapping[tuple[str, int], float]
"""Mbit/s by class and family."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Classes on a line that a machine can load: every rate is `factor` of the declared one."""

    line_mbps: float
    classes: tuple[TrafficClass, ...]
    factor: float = 1.0
    taken_from: str = "the largest ceiling"
    """What the line's rate was taken from, since none is declared."""

    @property
    def declared_mbps(self) -> float:
        """The line before it was scaled, in Mbit/s."""
        return self.line_mbps / self.factor


def fitted(classes: Sequence[TrafficClass], most_mbps: float) -> Fitted:
    """The line that these classes are meant for, scaled down to at most so many Mbit/s.

    Nothing declares what the line carries. It is taken to be the largest ceiling, which a class may reach
    when it is alone, or the sum of the guarantees where that is more.
    """
    ceiling = max(each.ceiling_mbps for each in classes)
    guaranteed = sum(each.guaranteed_mbps for each in classes)
    line = max(ceiling, guaranteed)
    factor = min(1.0, most_mbps / line) if line else 1.0
    taken = "the largest ceiling" if ceiling >= guaranteed else "the sum of the guarantees"
    return Fitted(line * factor, tuple(_scaled(each, factor) for each in classes), factor, taken)


def _scaled(traffic: TrafficClass, factor: float) -> TrafficClass:
    rates = {
        "guaranteed_mbps": traffic.guaranteed_mbps * factor,
        "ceiling_mbps": traffic.ceiling_mbps * factor,
    }
    return traffic.model_copy(update=rates)


def misses(line: Fitted, got: Rates) -> Iterator[str]:
    """Each class below its guarantee or above its ceiling in a family, with what it got."""
    yield from starved(line, got)
    yield from greedy(line, got)


def starved(line: Fitted, got: Rates) -> Iterator[str]:
    """Each class that got less than its guarantee in a family."""
    for each, family, rate in _each(line, got):
        if rate < KEPT * each.guaranteed_mbps:
            yield f"{each.id} got {rate:.1f} of {each.guaranteed_mbps:g} Mbit/s guaranteed in IPv{family}"


def greedy(line: Fitted, got: Rates) -> Iterator[str]:
    """Each class that got more than its ceiling in a family."""
    for each, family, rate in _each(line, got):
        if rate > OVER * each.ceiling_mbps:
            yield f"{each.id} got {rate:.1f} Mbit/s, its ceiling is {each.ceiling_mbps:g}, in IPv{family}"


def _each(line: Fitted, got: Rates) -> Iterator[tuple[TrafficClass, int, float]]:
    for each in line.classes:
        for family in FAMILIES:
            yield each, family, got.get((each.id, family), 0.0)


def is_filled(line: Fitted, got: Rates) -> bool:
    """True where the classes took what they may together, in each family; else guarantees were not tried."""
    may = sum(shares(line.classes, line.line_mbps).values())
    taken = [sum(rate for _, seen, rate in _each(line, got) if seen == family) for family in FAMILIES]
    return all(rate >= FILLED * may for rate in taken)


def said(line: Fitted, got: Rates) -> str:
    """What was measured, in one sentence: the least share of a guarantee, the line and its scale.

    Some class has to be guaranteed something.
    """
    kept = [rate / each.guaranteed_mbps for each, _, rate in _each(line, got) if each.guaranteed_mbps]
    least = int(100 * min(kept))
    return (
        f"each of {len(line.classes)} classes got at least {least} % of its guarantee and none more than its "
        f"ceiling, all sending at once, in IPv4 and in IPv6; {where(line)}"
    )


def where(line: Fitted) -> str:
    """On what line it was measured: not the live one."""
    scale = f", all rates scaled by {line.factor:.3g}" if line.factor < 1 else ""
    return (
        f"on a lab line with the declared classes, taken as {line.declared_mbps:g} Mbit/s "
        f"({line.taken_from}){scale}"
    )
