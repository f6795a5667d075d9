"""Tells people what waits for them and what went wrong: found in the records, sent to every address.

Nothing is remembered in between: what is to be told follows from the records, under an id of its own, so that
a process that dies loses no notice. One that dies between sending and noting it down has it sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cmp.errors import Refused, TryLater
from cmp.model.happenings import Event, Value
from cmp.model.notices import Notice
from cmp.model.operations import OperationRecord, OperationState
from cmp.ports.notices import Courier, Notices
from cmp.ports.operations import Operations, Wanted
from cmp.ports.schedules import Schedules

TRIES: Final = 8
"""So often a notice is tried; then its address never took it."""
SOONEST: Final = timedelta(seconds=30)
"""Until the second try; every one after it waits twice as long as the one before."""
BEFORE: Final = timedelta(hours=2)
"""Before consent expires, it is asked for once more."""
RECENT: Final = timedelta(days=1)
"""Older failures are told to nobody: an address that is new hears nothing of the past."""
MOST: Final = 500
UNTOLD: Final = "notice-refused"

WRONG: Final = (OperationState.FAILED, OperationState.HELD)


@dataclass(frozen=True, slots=True)
class Noticing:
    """Looks what is to be told, and has it told; several processes may look at the same time."""

    operations: Operations
    schedules: Schedules
    notices: Notices
    couriers: Sequence[Courier]
    now: Callable[[], datetime]
    refused: dict[str, Notice] = field(default_factory=dict)
    """What an address never took, which the others are told of."""

    def look(self) -> int:
        """Send what is due; tells how many were taken.

        Raises:
            TryLater: the records cannot be reached.
        """
        found = (*self._due(), *self.refused.values()) if self.couriers else ()
        return sum(self._sent(notice, courier) for notice in found for courier in self.couriers)

    def _due(self) -> Iterator[Notice]:
        now = self.now()
        for op in self.operations.listed(Wanted(state=OperationState.WAITING, limit=MOST)):
            yield from _of_waiting(op, now)
        edge = (now - RECENT).isoformat()
        for state in WRONG:
            for op in self.operations.listed(Wanted(state=state, limit=MOST)):
                if op.updated >= edge:
                    yield _of_wrong(op)
        for each in self.schedules.listed():
            if each.trouble and each.last >= edge:
                values: dict[str, Value] = {"schedule": each.name, "why": each.trouble, "missed": each.missed}
                event = Event("schedule-trouble", each.name, values)
                yield Notice(f"{each.id}/{each.last}", each.environment, each.last, event)

    def _sent(self, notice: Notice, courier: Courier) -> bool:
        if notice.event.kind == UNTOLD and notice.event.subject == courier.address:
            return False
        now = self.now()
        number = self.notices.claim(notice.id, courier.address, now)
        if not number:
            return False
        try:
            courier.send(notice)
        except (Refused, TryLater) as error:
            given_up = isinstance(error, Refused) or number >= TRIES
            again = None if given_up else now + SOONEST * 2 ** (number - 1)
            self.notices.failed(notice.id, courier.address, again, str(error))
            if given_up and notice.event.kind != UNTOLD:
                self._untold(notice, courier, str(error))
            return False
        self.notices.sent(notice.id, courier.address)
        return True

    def _untold(self, notice: Notice, courier: Courier, why: str) -> None:
        values: dict[str, Value] = {"why": why, "notice": notice.event}
        made = Notice(
            f"{courier.address}/{notice.id}"[:200],
            notice.environment,
            self.now().isoformat(),
            Event("notice-refused", courier.address, values),
        )
        self.refused[made.id] = made


def _of_waiting(op: OperationRecord, now: datetime) -> Iterator[Notice]:
    if op.needed is None:
        return
    values: dict[str, Value] = {
        "why": op.needed.reasons,
        "until": op.needed.until,
        "who": op.actor,
        "plan": op.plan[:12],
    }
    about = f"{op.id}/{op.round}"
    yield Notice(f"{about}/asked", op.environment, op.updated, Event("consent-asked", op.id, values))
    if now >= datetime.fromisoformat(op.needed.until) - BEFORE:
        yield Notice(f"{about}/expires", op.environment, op.updated, Event("consent-expires", op.id, values))


def _of_wrong(op: OperationRecord) -> Notice:
    why = op.failure.message if op.failure else ""
    values: dict[str, Value] = {"operation": op.kind, "state": op.state.value, "why": why, "who": op.actor}
    event = Event("operation-wrong", op.id, values)
    return Notice(f"{op.id}/{op.round}/{op.state.value}", op.environment, op.updated, event)
