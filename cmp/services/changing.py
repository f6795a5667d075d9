"""Lets one at a time change an environment: whoever changes anything says who they are, of what, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.happenings import Event
from cmp.store.lock import hold

RUN: Final = 16
"""Characters of a token that name a run."""


@contextmanager
def changing(means: Means, actor: Actor, environment: str, command: str) -> Iterator[str]:
    """Hold what changes have to hold under a new run id; tells of a run before that died holding it.

    Args:
        means: what the use case works with.
        actor: who asks for the change.
        environment: the name of the environment that is changed.
        command: what is done to it, for whoever has to wait.

    Raises:
        Conflict: another process holds it.
    """
    run = means.token()[:RUN]
    with hold(
        means.layout.lock,
        command=f"{command} {environment}",
        run=run,
        now=means.now(),
        actor=actor.id,
    ) as held:
        if (dead := held.left_by) is not None:
            means.say(Event("went-on-after", dead.command, {"process": dead.pid, "since": dead.since}))
        yield run
