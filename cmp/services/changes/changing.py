"""Lets one at a time change an environment: whoever changes anything says who they are, of what, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from cmp.errors import CmpError, Interrupted
from cmp.means import Means
from cmp.model.actors import Actor
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.model.happenings import Event
from cmp.ports.bundle import Ports
from cmp.ports.fencing import fenced
from cmp.ports.leases import Asked, Lease

RUN: Final = 16
"""Characters of a token that name a run."""

UNFORESEEN: Final[dict[type[BaseException], str]] = {KeyboardInterrupt: Interrupted.code}
"""What ends a change without being an error of ours; everything else is a defect."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change under way: what it is recorded through, as long as its lease is ours."""

    ports: Ports
    lease: Lease
    begun: AuditEntry
    """What the audit says of its beginning."""
    by: list[str] = field(default_factory=list)
    """The ids of the consents by which it goes on."""

    @property
    def run(self) -> str:
        """The id of the run."""
        return self.lease.run

    def agreed(self, means: Means, consent: str) -> None:
        """Write down by whose consent it goes on, before anything is changed by it.

        Raises:
            TryLater: the audit cannot be written.
        """
        if consent not in self.by:
            _ended(means, self.begun, Ended.AGREED, consent=consent)
            self.by.append(consent)


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
        begun = _begun(means, _by(asked, means.reason))
        change = Change(fenced(means.ports, lease), lease, begun)
        with _recorded(means, change):
            yield change


def _by(asked: Asked, reason: str) -> AskedFor:
    return AskedFor(
        actor=asked.actor.id,
        kind=asked.actor.kind,
        environment=asked.environment,
        command=asked.command,
        run=asked.run,
        reason=reason,
    )


def _begun(means: Means, asked: AskedFor) -> AuditEntry:
    before = _applied(means, asked.environment)
    begun = AuditEntry(number=0, at=means.now().isoformat(), asked=asked, ended=Ended.BEGUN, before=before)
    means.ports.audit.add(begun)
    return begun


@contextmanager
def _recorded(means: Means, change: Change) -> Iterator[None]:
    """Write down how a change ended that was begun, and by whose consent."""

    def ended(how: Ended, code: str = "") -> None:
        _ended(means, change.begun, how, code, change.by[-1] if change.by else "")

    try:
        yield
    except BaseException as error:
        code = error.code if isinstance(error, CmpError) else UNFORESEEN.get(type(error), CmpError.code)
        with suppress(CmpError):  # what ended it is what people have to hear of
            ended(Ended.FAILED, code)
        raise
    ended(Ended.DONE)


def _ended(means: Means, begun: AuditEntry, ended: Ended, code: str = "", consent: str = "") -> None:
    after = "" if ended is Ended.AGREED else _applied(means, begun.asked.environment)
    how = {"at": means.now().isoformat(), "ended": ended, "code": code, "after": after, "consent": consent}
    means.ports.audit.add(begun.model_copy(update=how))


def _applied(means: Means, environment: str) -> str:
    """The hash of the Plan that is on record as applied; empty where none is, or it cannot be read."""
    with suppress(CmpError):
        found = means.ports.applied.last(environment)
        return found.plan.hash if found else ""
    return ""
