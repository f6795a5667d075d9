"""Is started for one step of an operation: reads what to do, tells what happens, answers, and ends.

Standard output carries one JSON document a line and nothing else; what tools print goes to standard error.
When standard input ends, whoever started it is gone; when nothing comes for a while, they are frozen, and
somebody else may have taken the step over. Its whole group ends then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from threading import Lock, Thread
from typing import IO, Any, Final, NoReturn

from cmp.errors import CmpError
from cmp.model.actors import Actor, ActorKind
from cmp.model.events import CompilingEvent, LongWork, ResourceProgress
from cmp.model.happenings import Event
from cmp.model.references import EnvironmentRef
from cmp.wiring import heard_compiling, means_of, of_actor
from cmp.workflows.failures import failure_of
from cmp.workflows.steps import StepTask, carry_out, parsed
from cmp.workflows.telling import of_line, of_resource, of_work

SILENCE: Final = 20.0
"""Seconds without a word of whoever started it after which it ends; they say one each second."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Tells what happens, from several threads, one line each."""

    out: IO[bytes]
    turn: Lock = field(default_factory=Lock)

    def say(self, **document: Any) -> None:
        """Tell one document."""
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        with self.turn:
            self.out.write(line.encode() + b"\n")
            self.out.flush()

    def event(self, event: Event) -> None:
        """Something happened."""
        self.say(event=event.document)

    def line(self, text: str) -> None:
        """A tool said something in its own words."""
        self.event(of_line(text))

    def begins(self, work: LongWork) -> None:
        """Something begins that takes a while."""
        self.event(of_work(work))

    def resource(self, progress: ResourceProgress) -> None:
        """How far one resource's operation is."""
        self.event(of_resource(progress))

    def compiling(self, event: CompilingEvent) -> None:
        """A part of the search is being compiled."""
        self.line(str(event))


def run() -> None:
    """Carry one step out."""
    speaker = Speaker(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_parent, daemon=True, name="parent").start()
    try:
        answer, plan = _carried(order, speaker)
    except CmpError as error:
        speaker.say(failure=failure_of(error).model_dump(mode="json"))
        return
    made = {"plan": plan.to_json().decode(), "plan_hash": plan.hash} if plan is not None else {}
    speaker.say(answer=answer, **made)


def _carried(order: dict[str, Any], speaker: Speaker) -> Any:
    actor = Actor(order["actor"]["id"], ActorKind(order["actor"]["kind"]), order["actor"]["display"])
    means = of_actor(means_of(Path(order["state"]), None, speaker, order["store"]), actor, order["reason"])
    task = StepTask(
        ref=EnvironmentRef.of(order["folder"]),
        ask=order["ask"],
        plan=".plan/plan.json" if order["plan"] else None,
        before=parsed(order["before"]),
        agreed_deletions=order["agreed_deletions"],
    )
    with heard_compiling(speaker):
        return carry_out(means, order["step"], task)


def _end_with_parent() -> NoReturn:
    while select([sys.stdin.fileno()], [], [], SILENCE)[0] and os.read(sys.stdin.fileno(), 64):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
    sys.exit(1)


if __name__ == "__main__":
    run()
