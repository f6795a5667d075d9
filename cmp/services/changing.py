"""Lets one at a time change an environment: whoever changes anything says who they are, of what, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.happenings import Event
from cmp.ports.bundle import Ports
from cmp.ports.fencing import fenced
from cmp.ports.leases import Asked, Lease

RUN: Final = 16
"""Characters of a token that name a run."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change under way: what it is recorded through, as long as its lease is ours."""

    ports: Ports
    lease: Lease

    @property
    def run(self) -> str:
        """The id of the run."""
        return self.lease.run


@contextmanager
def changing(means: Means, actor: Actor, environment: str, command: str) -> Iterator[Change]:
    """Hold an environment under a new run id; tells of a run before that died holding it.

    Different environments are changed side by side. What the change records goes through `Change.ports`:
    whoever was away so long that the environment was lent to somebody else is refused there.

    Args:
        means: what the use case works with.
        actor: who asks for the change.
        environment: the name of the environment that is changed, or `KEYS`.
        command: what is done to it, for whoever has to wait.

    Raises:
        Conflict: another process holds it.
        TryLater: whatever lends environments cannot be reached or written.
    """
    asked = Asked(environment, actor, command, means.token()[:RUN], means.now())
    with means.ports.leases.held(asked) as lease:
        if (dead := lease.left_by) is not None:
            means.say(Event("went-on-after", dead.command, {"process": dead.pid, "since": dead.since}))
        yield Change(fenced(means.ports, lease), lease)
