"""Puts right what a run left that was killed: its processes and its locks."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pulumi import automation

from cmp.errors import Conflict
from stacks.engine.folders import clear_dead_folders
from stacks.engine.workplace import ENVIRONMENT, NUMBER, RUN, STATE, Workplace, told
from stacks.names import StackName

T = TypeVar("T")

_GRACE = 8.0
"""Seconds that a leftover engine has to finish what it is doing and write its state."""

_POLL = 0.1
_HOLDER = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
_PROCESSES = Path("/proc")


def end_leftovers(place: Workplace) -> tuple[int, ...]:
    """End the processes of earlier runs on the same environment, and remove what they left half-written.

    Folders for temporary files go, too, where nobody holds them any more: access data may lie there.

    Whoever calls this was lent the environment: no earlier run of it may go on. Runs of other environments on
    the same state are left alone. Runs of versions that lent everything at once bear no environment; none of
    them is alive while anything is lent.

    Processes are known by the marks that every changing run puts into their environment. Where the system
    has no /proc nothing is ended: the engine's own lock then tells of them.

    Returns:
        The ids of the processes that were ended.
    """
    left = tuple(_leftovers(place))
    for pid in left:
        _send(pid, signal.SIGTERM)
    end = time.monotonic() + _GRACE
    while any(_runs(pid) for pid in left) and time.monotonic() < end:
        time.sleep(_POLL)  # noqa: TID251 - a poll with a deadline
    for pid in left:
        _send(pid, signal.SIGKILL)
    _remove_torn_files(place.folder / ".pulumi", place.environment)
    clear_dead_folders()
    return left


def unlocking(stack: automation.Stack, name: StackName, act: Callable[[], T]) -> T:
    """Act on a stack; if a dead run left the engine's lock on it, remove that and act again.

    The caller was lent the environment of the stack, so no run of ours on it can be alive; stacks of other
    environments have locks of their own.

    Raises:
        Conflict: the lock's process lives: somebody runs the engine by hand.
        TryLater: the lock cannot be removed.
    """
    try:
        return act()
    except automation.ConcurrentUpdateError as refusal:
        _refuse_if_alive(name, refusal)
        with told(f"unlock the stack {name}"):
            stack.cancel()
    try:
        return act()
    except automation.ConcurrentUpdateError as refusal:
        raise Conflict(f"the stack {name} is being changed by somebody else") from refusal


def _refuse_if_alive(name: StackName, refusal: automation.ConcurrentUpdateError) -> None:
    holder = _HOLDER.search(str(refusal))
    if holder and holder["host"] == os.uname().nodename and _runs(int(holder["pid"])):
        raise Conflict(
            f"the stack {name} is being changed by {holder['user']} (process {holder['pid']} on "
            f"{holder['host']}) since {holder['since']}",
            hint="wait until it has finished",
        ) from refusal


def _remove_torn_files(folder: Path, environment: str) -> None:
    """Remove empty sidecars of an environment's states: they make a stack unreadable; only hands write them.

    The state itself is replaced by renaming: it is whole, the old one or the new. Sidecars of stacks of other
    environments may be just about to be written.
    """
    for path in folder.rglob("*.attrs"):
        of_it = any(part.startswith(f"{environment}.") for part in path.relative_to(folder).parts)
        with suppress(FileNotFoundError):
            if of_it and not path.stat().st_size:
                path.unlink()


def _leftovers(place: Workplace) -> Iterator[int]:
    """Processes of runs that changed the same environment of the same state under an earlier lease."""
    mine, state = f"{RUN}={place.run}", f"{STATE}={place.state.absolute()}"
    for folder in _PROCESSES.glob("[0-9]*"):
        marks = _environment(folder)
        known = state in marks and mine not in marks and int(folder.name) != os.getpid()
        if known and _is_earlier(marks, place):
            yield int(folder.name)


def _is_earlier(marks: frozenset[str], place: Workplace) -> bool:
    """True for marks of the same environment and a lower number, and for those of versions without either."""
    told = dict(mark.split("=", 1) for mark in marks if mark.startswith((f"{ENVIRONMENT}=", f"{NUMBER}=")))
    if ENVIRONMENT not in told:
        return True
    number = told.get(NUMBER, "")
    return told[ENVIRONMENT] == place.environment and number.isdigit() and int(number) < place.number


def _environment(folder: Path) -> frozenset[str]:
    """The variables of a process; none when it is gone or not ours to look at."""
    try:
        content = (folder / "environ").read_bytes()
    except OSError:
        return frozenset()
    return frozenset(content.decode(errors="replace").split("\0"))


def _runs(pid: int) -> bool:
    """True while a process lives; one that ended and was not yet collected does not."""
    try:
        state = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
