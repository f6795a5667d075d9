"""Measures how traffic classes share a loaded line, in namespaces of its own."""

from __future__ import annotations

from typing import Any

from lab.shared_line import figures


def measure_classes(seconds: float = 4) -> dict[str, Any]:
    """What each class got in Mbit/s and its pings took in ms, each run over so many seconds.

    Raises:
        TryLater: no root here, or a program is missing.
    """
    return figures(seconds)
