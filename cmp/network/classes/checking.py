"""Checks traffic classes against each other and the line they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cmp.model.codes import Code
from cmp.model.finding import Finding, Severity
from cmp.model.network import TrafficClass
from cmp.network.classes.dscp import CODE_POINTS

NETWORK: Final = "network"
FIELD: Final = "traffic_classes"


def check_classes(classes: Sequence[TrafficClass], line_mbps: float) -> Iterator[Finding]:
    """Everything that keeps classes from sharing a line of so many Mbit/s as they promise."""
    yield from _names(classes)
    yield from _rates(classes, line_mbps)
    guaranteed = sum(each.guaranteed_mbps for each in classes)
    if guaranteed > line_mbps:
        message = f"{guaranteed:g} Mbit/s are guaranteed on a line of {line_mbps:g}"
        yield Finding(NETWORK, (FIELD,), Code.IMPOSSIBLE, message, "lower some `guaranteed_mbps`")
    if classes and not any(CODE_POINTS.get(each.dscp) == 0 for each in classes):
        message = "no class is for best effort: unmarked traffic shares the last one"
        yield Finding(NETWORK, (FIELD,), Code.IMPOSSIBLE, message, "add one with `be`", Severity.NOTE)


def _names(classes: Sequence[TrafficClass]) -> Iterator[Finding]:
    """Names that no RFC gives, and code points that stand twice."""
    for index, each in enumerate(classes):
        if each.dscp not in CODE_POINTS:
            message = f"`{each.dscp}` is no DSCP name"
            path = (FIELD, index, "dscp")
            yield Finding(NETWORK, path, Code.UNKNOWN_DSCP, message, "such as ef, af41, cs6 or be")
    yield from check_code_points(classes)


def check_code_points(classes: Sequence[TrafficClass]) -> Iterator[Finding]:
    """Classes with the code point of an earlier one: they would get nothing. Unknown names are left aside."""
    seen: dict[int, str] = {}
    for index, each in enumerate(classes):
        number = CODE_POINTS.get(each.dscp)
        if number in seen:
            message = f"`{each.id}` has the code point of `{seen[number]}` ({number})"
            yield Finding(NETWORK, (FIELD, index, "dscp"), Code.DUPLICATE_ENTRY, message)
        elif number is not None:
            seen[number] = each.id


def _rates(classes: Sequence[TrafficClass], line_mbps: float) -> Iterator[Finding]:
    for index, each in enumerate(classes):
        path = (FIELD, index, "ceiling_mbps")
        if each.ceiling_mbps < each.guaranteed_mbps:
            yield Finding(NETWORK, path, Code.IMPOSSIBLE, "`ceiling_mbps` is below `guaranteed_mbps`")
        if each.ceiling_mbps > line_mbps:
            message = f"`{each.id}` may take {each.ceiling_mbps:g} Mbit/s of a line of {line_mbps:g}"
            yield Finding(NETWORK, path, Code.IMPOSSIBLE, message, severity=Severity.NOTE)
        if each.guaranteed_mbps <= 0:
            message = f"`{each.id}` is guaranteed nothing: others can starve it"
            path = (FIELD, index, "guaranteed_mbps")
            yield Finding(NETWORK, path, Code.IMPOSSIBLE, message)
