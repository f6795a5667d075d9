"""Schedules probes at two rates without drift: who is late skips what is past and never sends a burst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

TICK: Final = 0.001
"""Seconds between two places of the wheel."""


class Sending(Protocol):
    """Something that sends a probe when it is told to."""

    def send(self, period: float) -> None:
        """Send one; the next follows after `period` seconds."""
        ...


class Ring:
    """One rate: a list of senders for every tick of its period, so that they are spread evenly over it."""

    def __init__(self, period: float) -> None:
        self.period = period
        self.slots: list[list[Sending]] = [[] for _ in range(max(1, round(period / TICK)))]
        self.where: dict[Sending, int] = {}

    def add(self, sender: Sending) -> None:
        """Give it the emptiest place."""
        slot = min(range(len(self.slots)), key=lambda number: len(self.slots[number]))
        self.slots[slot].append(sender)
        self.where[sender] = slot

    def drop(self, sender: Sending) -> None:
        """Take it out; harmless where it is not."""
        if (slot := self.where.pop(sender, None)) is not None:
            self.slots[slot].remove(sender)

    def waits(self, tick: int) -> int:
        """Ticks from `tick` on until somebody is due; a second's worth where nobody is."""
        if not self.where:
            return round(1 / TICK)
        size = len(self.slots)
        return next((ahead for ahead in range(size) if self.slots[(tick + ahead) % size]), size)


class Wheel:
    """All senders at their rates; times are seconds since the start."""

    def __init__(self, slow: float, fast: float) -> None:
        self.slow, self.fast = Ring(slow), Ring(fast)
        self.next = 0
        self.late = 0.0
        self.skipped = 0

    def add(self, sender: Sending, *, fast: bool = False) -> None:
        """Put a sender in, or move it to the other rate."""
        self.drop(sender)
        (self.fast if fast else self.slow).add(sender)

    def drop(self, sender: Sending) -> None:
        """Let a sender be silent."""
        self.slow.drop(sender)
        self.fast.drop(sender)

    def begin(self, now: float) -> None:
        """Start turning at `now`: what lies before was never due."""
        self.next = int(now / TICK)

    def due(self, now: float) -> Iterator[tuple[Sending, float]]:
        """Who is to send at `now`, each once however late it is, and the seconds until its next turn."""
        current = int(now / TICK)
        for ring in (self.fast, self.slow):
            size = len(ring.slots)
            first = max(self.next, current - size + 1)
            if skipped := sum(len(ring.slots[tick % size]) for tick in range(self.next, first)):
                self.skipped += skipped
                self.late = max(self.late, now - self.next * TICK)
            for tick in range(first, current + 1):
                for sender in tuple(ring.slots[tick % size]):
                    self.late = max(self.late, now - tick * TICK)
                    yield sender, ring.period
        self.next = max(self.next, current + 1)

    def waits(self, now: float) -> float:
        """Seconds until somebody is due."""
        ahead = min(self.slow.waits(self.next), self.fast.waits(self.next))
        return max(0.0, (self.next + ahead) * TICK - now)
