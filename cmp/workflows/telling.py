"""Turns all that long work tells into events that are kept and sent, and tells them to whoever watches."""

from __future__ import annotations

from typing import Final

from cmp.means import Watch
from cmp.model.events import LongWork, Operation, OperationPhase, ResourceProgress
from cmp.model.happenings import Event

LINE: Final = "tool-line"
WORK: Final = "work-begins"
RESOURCE: Final = "resource"
PART: Final = "part-of-step"
OF_OURS: Final = frozenset({"step-begins", "operation-ended", "consent-needed", PART})
"""What an operation tells of itself, which nobody hears who carries the same out alone."""


def of_part(name: str, *, is_done: bool) -> Event:
    """A step of a journal begins, or is done, within a step of an operation."""
    return Event(PART, name, {"done": is_done})


def of_line(text: str) -> Event:
    """A line that a tool said."""
    return Event(LINE, "", {"text": text})


def of_work(work: LongWork) -> Event:
    """Work that begins and takes a while."""
    return Event(WORK, work.value)


def of_resource(progress: ResourceProgress) -> Event:
    """How far one resource's operation is."""
    values = {"stack": progress.stack, "operation": progress.operation.value, "type": progress.kind}
    return Event(RESOURCE, progress.name, {**values, "phase": progress.phase.value})


def tell(watch: Watch, event: Event) -> None:
    """Tell whoever watches what happened, as it was told where it happened."""
    if event.kind == LINE:
        watch.line(str(event.values["text"]))
    elif event.kind == WORK:
        watch.begins(LongWork(event.subject))
    elif event.kind == RESOURCE:
        watch.resource(_progress(event))
    elif event.kind not in OF_OURS:
        watch.event(event)


def _progress(event: Event) -> ResourceProgress:
    said = {name: str(value) for name, value in event.values.items()}
    operation, phase = Operation(said["operation"]), OperationPhase(said["phase"])
    return ResourceProgress(said["stack"], operation, said["type"], event.subject, phase)
