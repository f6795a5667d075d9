"""Names the kinds of hosts that `assess` refuses, by its sentences and by words of the page for operators."""

from __future__ import annotations

import re
from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "differ in address, mask": r"^it holds \S+, and the host list says|does not hold it$",
    "holds an address of the old network that the list does not name": r"^it holds \S+ of the old network",
    "who manages the interface": r"brings its network up, but",
    "an address with a lifetime": r"was given for a time",
    "an address that is second to one that goes": r" is second to ",
    "a default of several next hops": r"has several next hops",
    "leads by a gateway of the old network": r"of the old network: move it",
    "another default at the metric of the old one": r"has the metric of the one by the old network",
    "a default with settings of its own": r"which the new one would not have",
    "an address on `lo`": r"on lo, which no move gives back",
    "defaults by several gateways of it": r"of which one is replaced|its default leads by",
    "a route that sends from an address that goes": r"which goes: take the source out",
    "a routing table that moves need": r"is in use, which moves need",
    "that nothing known sets at boot": r"^nothing that is known",
    "a file that cannot be edited": r"^/\S+: ",
    "the new interface is missing or down": r"is down: bring it up|has no interface",
    "IPv6 is switched off on it": r"IPv6 is switched off",
}
"""What the page says of a kind, and the pattern of the sentences that refuse it."""


def kind_of(sentence: str) -> str | None:
    """The kind that a refusal is of; None where the page lists none."""
    return next((kind for kind, pattern in KINDS.items() if re.search(pattern, sentence)), None)
