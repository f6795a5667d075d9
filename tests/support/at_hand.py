"""Gives use cases what they work with in tests: a state folder, a clock that stands, clouds in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from cmp.clouds.base import Cloud
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.environment import Environment
from cmp.model.events import LongWork, ResourceProgress
from cmp.model.happenings import Event
from cmp.settings import Layout, Workshop
from cmp.store.file_ports import file_ports
from cmp.words.events import told

SOMEBODY = Actor("li@example", display="Li")
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Heard:
    """Keeps what was told."""

    lines: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    resources: list[ResourceProgress] = field(default_factory=list)

    def line(self, text: str) -> None:
        """Keep one line."""
        self.lines.append(text)

    def event(self, event: Event) -> None:
        """Keep what happened, and its English sentence among the lines."""
        self.events.append(event)
        self.lines.append(told(event, "en"))

    def begins(self, work: LongWork) -> None:
        """Keep what begins, among the lines."""
        self.lines.append(work)

    def resource(self, progress: ResourceProgress) -> None:
        """Keep the progress of one resource."""
        self.resources.append(progress)


def means_at(
    state: Path,
    clouds: Mapping[str, Cloud] | None = None,
    heard: Heard | None = None,
    now: datetime = NOW,
    left_out: frozenset[str] = frozenset(),
) -> Means:
    """What a use case works with on a state folder; every token is another one, and the same each time."""
    tokens = _tokens()

    def opened(_environment: Environment) -> Mapping[str, Cloud]:
        return clouds or {}

    return Means(
        file_ports(Layout(state)),
        Workshop(state, left_out),
        lambda: now,
        lambda: next(tokens),
        heard or Heard(),
        opened,
        SOMEBODY,
    )


def _tokens() -> Iterator[str]:
    for number in count(1):
        yield f"{number:032x}"
