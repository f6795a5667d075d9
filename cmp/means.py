"""Holds what a use case works with, whoever asks for it: the state, the clock, chance, clouds, who watches.

`cmp.wiring` builds it, once a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cmp.model.actors import Actor
from cmp.model.events import LongWork, ResourceProgress
from cmp.model.happenings import Event
from cmp.settings import Workshop

if TYPE_CHECKING:  # a call that asks for help waits for neither
    from cmp.clouds.base import Cloud
    from cmp.model.environment import Environment
    from cmp.ports.bundle import Ports


class Clouds(Protocol):
    """Opens every cloud of an environment that has a driver, by cloud id; nothing is asked of them yet."""

    def __call__(self, environment: Environment) -> Mapping[str, Cloud]:
        """The clouds, opened.

        Raises:
            Invalid: access data do not name one.
        """
        ...


class Watch(Protocol):
    """Takes progress, from several threads."""

    def line(self, text: str) -> None:
        """One line that stays, told by a tool in its own words."""
        ...

    def event(self, event: Event) -> None:
        """Something happened; it is said in the reader's language."""
        ...

    def begins(self, work: LongWork) -> None:
        """LongWork that takes a while begins."""
        ...

    def resource(self, progress: ResourceProgress) -> None:
        """One resource's operation began, ended or failed."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a use case works with: nothing of it says what is asked for, nor how the answer is shown."""

    ports: Ports
    """Everything that is kept from one call to the next."""
    workshop: Workshop
    """Where labs run and the engine works."""
    now: Callable[[], datetime]
    """The moment, with its offset."""
    token: Callable[[], str]
    """A fresh secret of 128 bits in hex; names of runs are the beginning of one."""
    watch: Watch
    """Hears how far long work has come."""
    clouds: Clouds
    actor: Actor
    """Who asks."""
    reason: str = ""
    """Why they ask, in their own words."""

    def say(self, told: Event | str) -> None:
        """Tell an event, or a line that a tool gave in its own words."""
        if isinstance(told, str):
            self.watch.line(told)
        else:
            self.watch.event(told)
