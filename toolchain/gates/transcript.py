"""Shows what gates print as if one ran after the other, although some run side by side."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Transcript:
    """Passes on what the oldest open gate prints at once, and keeps what younger ones print until it closes.

    So each gate's lines stay together, in the order the gates began, and a long gate shows how far it is.
    The few lines of a gate that runs aside are shown at once, with its name before them.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show
        self._kept: dict[str, list[str]] = {}
        self._aside: set[str] = set()
        self._closed: set[str] = set()
        self._lock = Lock()

    def open(self, gate: str, *, aside: bool = False) -> None:
        """Begin a gate's part; parts are shown in this order."""
        with self._lock:
            if aside:
                self._aside.add(gate)
            else:
                self._kept[gate] = []

    def write(self, gate: str, text: str) -> None:
        """Add to a gate's part."""
        with self._lock:
            if gate in self._aside:
                self._show(f"[{gate}] {text}")
            elif gate == next(iter(self._kept)):
                self._show(text)
            else:
                self._kept[gate].append(text)

    def close(self, gate: str) -> None:
        """End a gate's part, and show all that waited for it."""
        with self._lock:
            self._closed.add(gate)
            while self._kept and next(iter(self._kept)) in self._closed:
                del self._kept[next(iter(self._kept))]
                for text in next(iter(self._kept.values()), ()):
                    self._show(text)
