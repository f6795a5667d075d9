"""Carries each step out in a process of its own, whose whole group ends with it, with a cancel or with us."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Event as Pause
from threading import Thread
from time import monotonic
from typing import IO, Any, Final

from cmp.errors import Invalid, TryLater
from cmp.files.placing import make_own, write_own
from cmp.model.happenings import Event, event_of
from cmp.ports.operations import Carried, Task
from cmp.workflows.consent import agreed_deletions

GENTLE: Final = 4.0
"""Seconds that a step has to end in after it was asked to; then its group is killed."""
TOGETHER: Final = 0.1
"""Seconds in which events are gathered before they are kept."""
MODULE: Final = "cmp.serving.child"
NAME_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Children:
    """Starts processes that work on a state folder and a shared database."""

    state: Path
    store: str

    def carry(
        self, task: Task, tell: Callable[[tuple[Event, ...]], None], cancelled: Callable[[], bool]
    ) -> Carried:
        """Carry a step out; nothing of it works any more when this answers.

        Raises:
            TryLater: no process could be started.
        """
        with self._folder(task) as folder, _started(folder) as process:
            return _watched(process, self._order(task), tell, cancelled)

    def _order(self, task: Task) -> bytes:
        record = task.record
        order = {
            "state": str(self.state),
            "store": self.store,
            "actor": {"id": record.actor, "kind": record.actor_kind, "display": record.actor_name},
            "reason": record.reason,
            "step": task.step,
            "folder": task.revision.folder,
            "ask": dict(record.ask),
            "plan": bool(task.plan),
            "before": {name: content.decode() for name, content in task.before.items()},
            "agreed_deletions": agreed_deletions(task) if task.plan else 0,
        }
        return json.dumps(order).encode() + b"\n"

    @contextmanager
    def _folder(self, task: Task) -> Iterator[Path]:
        """The environment's files as they were uploaded, for as long as the step takes."""
        folder = self.state / "work" / task.record.id / task.step
        shutil.rmtree(folder, ignore_errors=True)
        try:
            make_own(folder)
            for name, content in task.files.items():
                write_own(folder / safe(name), content)
            if task.plan:
                write_own(folder / ".plan" / "plan.json", task.plan)
            yield folder
        except OSError as error:
            raise TryLater(f"{folder} cannot be written: {error.strerror}", hint="make room") from error
        finally:
            shutil.rmtree(folder.parent, ignore_errors=True)


def safe(name: str) -> PurePosixPath:
    """A name of an uploaded file as a path that stays below its folder.

    Raises:
        Invalid: it does not.
    """
    path = PurePosixPath(name)
    wrong = path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name or "\\" in name
    if wrong or len(name) > NAME_LENGTH or any(part.startswith(".") for part in path.parts):
        raise Invalid(f"no file of an environment can be called {name!r:.80}")
    return path


@contextmanager
def _started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, all of which is gone with the block."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise TryLater(f"no process can be started: {error.strerror}", hint="make room") from error
    try:
        yield process
    finally:
        _kill(process, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _kill(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _watched(
    process: subprocess.Popen[bytes],
    order: bytes,
    tell: Callable[[tuple[Event, ...]], None],
    cancelled: Callable[[], bool],
) -> Carried:
    """Follow a process to its end."""
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
    if process.stdin is None or process.stdout is None:
        raise TryLater("the process has no way to be spoken to")
    Thread(target=_read, args=(process.stdout, lines), daemon=True, name="step").start()
    with suppress(BrokenPipeError):
        process.stdin.write(order)
        process.stdin.flush()  # and stays open: its end tells the process that we are gone
    Thread(target=_say_we_live, args=(process, process.stdin), daemon=True, name="alive").start()
    deadline: float | None = None
    while True:
        found, last, over = _next(lines)
        if found:
            tell(found)
        if last is not None and deadline is None:
            return last
        if over:
            return Carried(cancelled=True) if deadline is not None else _dead(process)
        if deadline is None and cancelled():
            _kill(process, signal.SIGINT)
            deadline = monotonic() + GENTLE
        if deadline is not None and (last is not None or monotonic() > deadline):
            _kill(process, signal.SIGKILL)
            return Carried(cancelled=True)


def _next(lines: queue.Queue[dict[str, Any] | None]) -> tuple[tuple[Event, ...], Carried | None, bool]:
    """What was told within a moment: events, how it ended, whether nothing follows."""
    found: list[Event] = []
    end = monotonic() + TOGETHER
    while (left := end - monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        if line is None:
            return tuple(found), None, True
        if "event" in line:
            found.append(event_of(line["event"]))
        else:
            return tuple(found), _ended(line), False
    return tuple(found), None, False


def _ended(line: dict[str, Any]) -> Carried:
    if "failure" in line:
        return Carried(failure=line["failure"])
    answer = json.dumps(line["answer"], ensure_ascii=False, separators=(",", ":")).encode()
    plan = line.get("plan")
    return Carried(answer, plan=plan.encode() if plan else b"", plan_hash=line.get("plan_hash", ""))


def _dead(process: subprocess.Popen[bytes]) -> Carried:
    return Carried(died=f"exit code {process.wait()}")


def _say_we_live(process: subprocess.Popen[bytes], stream: IO[bytes]) -> None:
    """Say a word each second: a process that hears none for long knows that we are frozen, and ends."""
    pause = Pause()
    with suppress(OSError, ValueError):
        while process.poll() is None:
            stream.write(b"\n")
            stream.flush()
            pause.wait(1)


def _read(stream: IO[bytes], lines: queue.Queue[dict[str, Any] | None]) -> None:
    with suppress(ValueError, OSError):
        for line in stream:
            lines.put(json.loads(line))
    lines.put(None)
