"""Has a service carry something out, tells what happens meanwhile, and brings the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cmp.client.remembering import Memory
from cmp.client.speaking import Speaking
from cmp.errors import CmpError, Interrupted, Refused, TryLater
from cmp.means import Watch
from cmp.model.happenings import event_of
from cmp.sentences import Sentence
from cmp.workflows.failures import error_of, failure_in
from cmp.workflows.telling import tell

BEGINS: Final = "step-begins"
UNSEEN: Final = frozenset({"foresee"})
"""Steps of which nobody hears who carries the same out alone."""


@dataclass(frozen=True, slots=True)
class Following:
    """Asks for operations and follows them to their end."""

    speaking: Speaking
    memory: Memory
    watch: Watch
    reason: str = ""

    def answered(self, kind: str, environment: str, revision: str, ask: Mapping[str, Any]) -> Any:
        """What an operation answers; the same request goes on with one that was left.

        Raises:
            CmpError: what the operation refuses.
            Interrupted: the service has gone away, or it waits for consent: the same command goes on.
        """
        request = {"kind": kind, "environment": environment, "revision": revision, "ask": dict(ask)}
        headers = {"Idempotency-Key": self.memory.key_of(request), "Tricenter-Reason": self.reason}
        try:
            op = self.speaking.post("/v1/operations", request, headers)
        except TryLater:
            raise
        except CmpError:
            self.memory.finish(request)
            raise
        return self.followed(op["id"], lambda: self.memory.finish(request))

    def followed(self, operation: str, finished: Callable[[], None] = lambda: None) -> Any:
        """What an operation answers, once it is done.

        Raises:
            CmpError: what it refuses.
            Interrupted: the service has gone away, or it waits for consent.
        """
        with_id = f"operation {operation}"
        try:
            self._told(operation)
            op = self.speaking.get(f"/v1/operations/{operation}")
            if op["state"] == "done":
                found = self.speaking.get(f"/v1/operations/{operation}/answer")
                finished()
                return found
        except TryLater as error:
            raise Interrupted(
                Sentence("{with_id} goes on without us: {error}", with_id=with_id, error=error),
                hint="the same command attaches to it again",
            ) from error
        except KeyboardInterrupt:
            raise Interrupted(
                Sentence("{with_id} goes on", with_id=with_id),
                hint=Sentence(
                    "the same command attaches again; `tricenter operations cancel {operation}`",
                    operation=operation,
                ),
            ) from None
        _refuse_open(op, finished)
        return None

    def _told(self, operation: str) -> None:
        seen, hidden = 0, False
        for number, name, data in self.speaking.events(f"/v1/operations/{operation}/events", seen):
            if name != "progress":
                return
            seen, event = number, event_of(data)
            if event.kind == BEGINS:
                hidden = event.subject in UNSEEN
            if not hidden:
                tell(self.watch, event)
        raise TryLater("the service ended the stream")


def _refuse_open(op: Mapping[str, Any], finished: Callable[[], None]) -> None:
    """Say why an operation has no answer.

    Raises:
        CmpError: always.
    """
    operation, state = op["id"], op["state"]
    if state == "waiting":
        needed = op["needed"]
        raise Interrupted(
            Sentence(
                "operation {operation} waits for consent ({names}) until {needed}",
                operation=operation,
                names=", ".join(needed["reasons"]),
                needed=needed["until"][:16],
            ),
            hint=Sentence(
                "somebody else says `tricenter approve {operation}`; then the same command goes on",
                operation=operation,
            ),
        )
    if state == "cancelled":
        finished()
        raise Interrupted(
            Sentence("operation {operation} was cancelled", operation=operation),
            hint=Sentence("`tricenter operations resume {operation}` goes on", operation=operation),
        )
    if state == "held":
        failure = failure_in(op["failure"])
        raise Interrupted(
            Sentence(
                "operation {operation} is held: {message}", operation=operation, message=failure.message
            ),
            hint=failure.hint,
        )
    finished()
    if op["failure"]:
        raise error_of(failure_in(op["failure"]))
    raise Refused(Sentence("operation {operation} is {state}", operation=operation, state=state))
