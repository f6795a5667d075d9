"""Says what a run brings along to a move: where it works, the clock, secrets, who hears of progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cmp.model.happenings import Event
from cmp.services.migrating.place import Place


@dataclass(frozen=True, slots=True)
class Run:
    """What a run brings along: where it works, the moment, fresh secrets, who hears of progress."""

    place: Place
    now: Callable[[], datetime]
    token: Callable[[], str]
    say: Callable[[Event], None]
    any_time: bool = False
    """Move real hosts outside of the network's change windows too."""
