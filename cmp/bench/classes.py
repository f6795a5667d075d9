"""Measures how traffic classes share a loaded line, in namespaces of its own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lab.changed_line import changed_under_load
from lab.shared_line import figures


def measure_classes(seconds: float = 4) -> dict[str, Any]:
    """What each class got in Mbit/s and its pings took in ms, each run over so many seconds.

    The last runs are a line whose classes change while it is full, beside a fresh line with the later ones.

    Raises:
        TryLater: no root here, or a program is missing.
    """
    found, change = figures(seconds), asdict(changed_under_load(seconds))
    for name in ("before", "after", "fresh"):
        found["runs"][f"live_{name}"] = list(change.pop(name))
    return found | change
