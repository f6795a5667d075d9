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
from stacks.engine.workplace import RUN, STATE, Workplace, told
from stacks.names import StackName

T = TypeVar("T")

_GRACE = 8.0
"""Seconds that a leftover engine has to finish what it is doing and write its state."""

_POLL = 0.1
_HOLDER = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
_PROCESSES = Path("/proc")


def end_leftovers(place: Workplace) -> tuple[int, ...]:
    """End the processes of earlier runs on the same state, and remove what they left half-written.

    Whoever calls this holds the lock on the state.

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
    _remove_torn_files(place.folder / ".pulumi")
    return left


def unlocking(stack: automation.Stack, name: StackName, act: Callable[[], T]) -> T:
    """Act on a stack; if a dead run left the engine's lock on it, remove that and act again.

    The caller holds our own lock, so no run of ours can be alive.

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


def _remove_torn_files(folder: Path) -> None:
    """Remove empty sidecars of states, which make a stack unreadable; an engine run by hand may write them.

    The state itself is replaced by renaming: it is whole, the old one or the new.
    """
    for path in folder.rglob("*.attrs"):
        if not path.stat().st_size:
            path.unlink(missing_ok=True)


def _leftovers(place: Workplace) -> Iterator[int]:
    mine, state = f"{RUN}={place.run}", f"{STATE}={place.state.absolute()}"
    for folder in _PROCESSES.glob("[0-9]*"):
        marks = _environment(folder)
        if state in marks and mine not in marks and int(folder.name) != os.getpid():
            yield int(folder.name)


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
