"""Tells causes from what only follows from them, so that one reason is told once and not three times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmp.scheduler.constraints.verdicts import Verdict

FOLLOWS: Mapping[str, frozenset[str]] = {
    "synchronous": frozenset({"place", "linked"}),
    "link": frozenset({"place", "linked"}),
    "rtt": frozenset({"place", "linked"}),
    "format": frozenset({"image", "place"}),
    "near": frozenset({"place"}),
    "capacity": frozenset(
        {"image", "kind", "accelerators", "host", "copy", "drained", "place", "require", "dedicated"}
    ),
    "hosts": frozenset(
        {
            "image", "kind", "accelerators", "host", "copy", "drained", "place", "require", "dedicated",
            "capacity", "at-most", "apart",
        }
    ),
    "quota": frozenset({"image", "accelerators", "host", "place"}),
    "spread": frozenset({"image", "accelerators", "host", "drained", "place"}),
    "at-most": frozenset({"image", "accelerators", "host", "drained", "place"}),
}  # fmt: skip
"""By refusal, those from which it may only follow: it says nothing more where one of them refuses."""


def causes(verdicts: Sequence[Verdict]) -> Mapping[str, str]:
    """By name of a refusal that only follows, the refusal that it follows from; causes are left out."""
    refused = [verdict.name for verdict in verdicts if not verdict.ok]
    found: dict[str, str] = {}
    for name in refused:
        cause = next((each for each in refused if each in FOLLOWS.get(name, ())), None)
        if cause is not None:
            found[name] = found.get(cause, cause)
    return found
