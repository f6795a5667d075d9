"""Carries operations out slowly in a process that a test kills.

`python -m support.killed_service FOLDER [URL [SECONDS]]`: of the database (SQLite in the folder), and for how
long each step takes. Each step leaves a line in `FOLDER/log` when it begins and one when it ends;
`FOLDER/at` has the id of the process that began last.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic
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
    seconds: float = SECONDS

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out."""
        self.log.with_name("at").write_text(str(os.getpid()))
        self._write("begins", task)
        pause = threading.Event()
        end = monotonic() + self.seconds
        while monotonic() < end:
            if cancelled():
                self._write("ended", task)
                return Carried(cancelled=True)
            pause.wait(0.05)
        self._write("ends", task)
        return answered({"step": task.step})

    def _write(self, what: str, task: Task) -> None:
        with self.log.open("a") as file:
            file.write(f"{what} {task.record.id} {task.step}\n")


def url_in(folder: Path) -> str:
    """The database of the service in a folder."""
    return f"sqlite:///{folder}/service.sqlite"


def main(folder: Path, url: str, seconds: float) -> NoReturn:
    """Work until somebody kills us."""
    operations = DurableOperations(ServiceDatabase(url), "killed")
    operations.prepare()
    now = datetime.now(UTC)  # noqa: TID251 - a process of its own
    slow = Slow(folder / "log", seconds)
    operations.start(Driving(operations, slow, lambda: now, lambda: token_hex(8)))
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        threading.Event().wait(60)


if __name__ == "__main__":
    given = Path(sys.argv[1])
    main(
        given,
        sys.argv[2] if len(sys.argv) > 2 else url_in(given),
        float(sys.argv[3]) if len(sys.argv) > 3 else SECONDS,
    )
