"""Asks for what schedules say, when they say so: every time at most once, whoever looks and however often."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cmp.errors import Conflict, Invalid, Refused
from cmp.model.schedules import CatchUp, Schedule
from cmp.model.sealing import canonical
from cmp.ports.operations import Operations
from cmp.ports.schedules import Schedules
from cmp.sentences import Sentence
from cmp.workflows.asking import Asked, ask_of, record_of
from cmp.workflows.kinds import KINDS
from cmp.workflows.times import checked, due

ON_TIME: Final = timedelta(minutes=2)
"""What is asked for this much after its time counts as on time: somebody looks every few seconds."""

MayFrom = Callable[[str, str, str], bool]
"""Whether an account may do something in an environment at this moment."""


def refuse_unfit(schedule: Schedule) -> None:
    """Refuse a schedule that could never be right.

    Raises:
        Invalid: its times cannot be read, or what it asks for is wrong.
        Refused: it would change something: a person asks for that, about one Plan.
    """
    checked(schedule.cron, schedule.zone)
    ask = ask_of(schedule.kind, schedule.ask)
    if KINDS[schedule.kind].changes or getattr(ask, "plan", None):
        raise Refused(
            Sentence("{kind} of one plan is asked for by a person, not by a schedule", kind=schedule.kind),
            hint="schedules plan, prove, validate and verify",
        )


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Looks which schedules are due; several processes may look at the same time."""

    operations: Operations
    schedules: Schedules
    now: Callable[[], datetime]
    may: MayFrom

    def look(self) -> tuple[str, ...]:
        """Ask for everything that is due.

        A kill between asking and writing that down asks again under the same id: it is there already.

        Returns:
            The ids of the operations that were asked for.

        Raises:
            TryLater: the records cannot be reached; what is due is asked for at the next look.
        """
        begun = list[str]()
        for schedule in self.schedules.listed():
            since = datetime.fromisoformat(schedule.last or schedule.created)
            times = () if schedule.paused else due(schedule.cron, schedule.zone, since, self.now())
            if times:
                after = self._reached(schedule, times)
                begun += [after.operation] if after.operation != schedule.operation else []
                with suppress(Conflict):  # another process was quicker, or somebody has just changed it
                    self.schedules.put(after, schedule)
        return tuple(begun)

    def _reached(self, schedule: Schedule, times: tuple[datetime, ...]) -> Schedule:
        """The schedule after its times have come, with what was asked for at the last of them, or why not."""
        now, last = self.now(), times[-1]
        missed = schedule.changed(last=last.isoformat(), missed=schedule.missed + len(times))
        if not _is_wanted(schedule, last, now):
            return missed
        try:
            operation = self._begun(schedule, last)
        except (Conflict, Invalid, Refused) as refusal:
            return missed.changed(trouble=str(refusal))
        return missed.changed(
            missed=missed.missed - 1, operation=operation, started=now.isoformat(), trouble=""
        )

    def _begun(self, schedule: Schedule, time: datetime) -> str:
        """Ask for one operation in the name of whoever made the schedule.

        Raises:
            Conflict: what was asked for last is not over yet.
            Invalid: there is nothing to ask about any more.
            Refused: they may not ask for it any more.
        """
        before = self.operations.found(schedule.operation) if schedule.operation else None
        if before is not None and not before.state.is_over:
            raise Conflict(
                Sentence("operation {operation} is still {state}", operation=before.id, state=before.state)
            )
        head = self.operations.head(schedule.environment)
        if head is None or head.environment_id != schedule.environment_id:
            raise Invalid(Sentence("there is no environment {name}", name=schedule.environment))
        if not self.may(schedule.actor, KINDS[schedule.kind].right, schedule.environment):
            raise Refused(
                Sentence("{actor} may not {kind} any more", actor=schedule.actor, kind=schedule.kind)
            )
        asked = Asked(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{schedule.id}/{time.isoformat()}")),
            kind=schedule.kind,
            revision=head,
            ask=ask_of(schedule.kind, schedule.ask),
            actor=schedule.who,
            reason=schedule.reason or f"schedule {schedule.name}",
            request=hashlib.sha256(canonical([schedule.id, time.isoformat()])).hexdigest(),
        )
        return self.operations.begin(record_of(self.operations, asked, self.now())).id


def _is_wanted(schedule: Schedule, time: datetime, now: datetime) -> bool:
    """True for a time that is on time, or is to be made up for."""
    late = now - time
    made_up_for = schedule.catch_up is CatchUp.ONCE and late <= timedelta(seconds=schedule.oldest)
    return late <= ON_TIME or made_up_for
