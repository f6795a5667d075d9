"""Carries operations out slowly in a process that a test kills: `python -m support.killed_service FOLDER`.

Each step leaves a line in `FOLDER/log` when it begins and one when it ends.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import NoReturn

from support.service_parts import answered

from cmp.model.happenings import Event
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.ports.operations import Carried, Task
from cmp.workflows.driving import Driving

SECONDS = 0.3


@dataclass(frozen=True)
class Slow:
    """Takes a while for each step."""

    log: Path

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out."""
        self._write("begins", task)
        threading.Event().wait(SECONDS)
        self._write("ends", task)
        return answered({"step": task.step})

    def _write(self, what: str, task: Task) -> None:
        with self.log.open("a") as file:
            file.write(f"{what} {task.record.id} {task.step}\n")


def url_in(folder: Path) -> str:
    """The database of the service in a folder."""
    return f"sqlite:///{folder}/service.sqlite"


def main(folder: Path) -> NoReturn:
    """Work until somebody kills us."""
    operations = DurableOperations(ServiceDatabase(url_in(folder)), "killed")
    operations.prepare()
    now = datetime.now(UTC)  # noqa: TID251 - a process of its own
    operations.start(Driving(operations, Slow(folder / "log"), lambda: now, lambda: token_hex(8)))
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        threading.Event().wait(60)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
