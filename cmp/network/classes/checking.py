"""Checks traffic classes against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cmp.model.codes import Code
from cmp.model.finding import Finding
from cmp.model.network import TrafficClass
from cmp.network.classes.dscp import CODE_POINTS
from cmp.sentences import Sentence

NETWORK: Final = "network"
FIELD: Final = "traffic_classes"


def check_code_points(classes: Sequence[TrafficClass]) -> Iterator[Finding]:
    """Classes with the code point of an earlier one: they would get nothing. Unknown names are left aside."""
    seen: dict[int, str] = {}
    for index, each in enumerate(classes):
        number = CODE_POINTS.get(each.dscp)
        if number in seen:
            message = Sentence(
                "`{id}` has the code point of `{seen}` ({number})",
                id=each.id,
                seen=seen[number],
                number=number,
            )
            yield Finding(NETWORK, (FIELD, index, "dscp"), Code.DUPLICATE_ENTRY, message)
        elif number is not None:
            seen[number] = each.id
