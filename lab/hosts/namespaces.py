"""Holds a lab's namespaces: an outer set with the bridges in it and one set a node, all ended by one signal.

A process is known by its number and start time, both written into the lab's folder: any later process finds
them.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.hosts.scripts import STAY, WHO_AM_I, record
from lab.processes import Process, environment, recorded, spawn, stop, wait_until

_PATIENCE_SECONDS = 30.0
_END_SECONDS = 10.0
_NEW = ("unshare", "--fork", "--pid", "--net", "--mount", "--uts", "--ipc", "--propagation", "private")


def living(folder: Path) -> Process | None:
    """The first process of the namespaces that a folder belongs to; None when there is none any more."""
    try:
        pid, started = (int(word) for word in (folder / "process").read_text().split())
    except (OSError, ValueError):
        return None
    found = Process(folder.name, pid, started)
    return found if found.is_running else None


def enter(process: Process) -> tuple[str, ...]:
    """The words before a command that has it run inside, as a process of the namespaces."""
    return ("nsenter", "-t", str(process.pid), "-n", "-m", "-u", "-i", "-p", "--")


TIED = ("setpriv", "--pdeathsig", "KILL", "--")
"""Words before a command that has it end with whoever waits for it."""


def open_outer(folder: Path) -> Process:
    """Make the outer namespaces, in which everything of the lab lives and dies.

    Raises:
        TryLater: the machine made none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _forget(folder)
    stop(recorded(folder))  # of a start that was cut off before it left its number
    line = f"{WHO_AM_I}; {record(folder / 'process')} && ip link set lo up && {STAY}"
    command = [*_NEW, "--kill-child=SIGKILL", "sh", "-c", line]
    spawn(command, environment(), folder / "log", folder / "unshare.json")
    return _await([folder])[0]


def open_nodes(outer: Process, folders: Mapping[str, Path], log: Path) -> Mapping[str, Process]:
    """Make the namespaces of nodes inside the outer ones; `folders` are the nodes', with an `init.sh` each.

    Raises:
        TryLater: some node's namespaces were not made.
    """
    for folder in folders.values():
        _forget(folder)
    new = shlex.join(_NEW)
    lines = [
        f'{new} sh {shlex.quote(str(folder / "init.sh"))} & all="$all $!"' for folder in folders.values()
    ]
    # What waits for a node's first process is ended once that lives: the outer one buries the node then.
    script = "\n".join([*lines, "read -r _", "kill -9 $all"])
    with log.open("ab") as out:
        makers = subprocess.Popen(
            [*enter(outer), "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=environment(),
        )
        try:
            found = _await(list(folders.values()))
        finally:
            makers.communicate(b"\n")
    return dict(zip(folders, found, strict=True))


def end(process: Process | None) -> None:
    """End namespaces with everything in them; nothing happens where they are gone already."""
    if process is None or not process.is_running:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    if not wait_until(lambda: not process.is_running, _END_SECONDS, pause=0.01):
        raise TryLater(
            Sentence("process {pid} of the host lab does not end", pid=process.pid),
            hint="try again in a moment",
        )


def ip_batch(outer: Process, lines: Iterable[str], *, forgiving: bool = False) -> None:
    """Have ip(8) do all lines in the outer network namespace, where the machine's process numbers hold.

    Args:
        outer: the first process of the outer namespaces.
        lines: what ip is to do.
        forgiving: go on when ip refuses a line.

    Raises:
        TryLater: ip refused a line.
    """
    options = ("-force", "-batch", "-") if forgiving else ("-batch", "-")
    command = ("nsenter", "-t", str(outer.pid), "-n", "ip", *options)
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", text=True, capture_output=True, check=False, env=environment()
    )
    if done.returncode and not forgiving:
        raise TryLater(
            Sentence("the links of the host lab were not made: {strip}", strip=done.stderr.strip())
        )


def _forget(folder: Path) -> None:
    for name in ("process", "booted"):
        (folder / name).unlink(missing_ok=True)


def _await(folders: Sequence[Path]) -> list[Process]:
    """Wait until the first process of each folder has left its number.

    Raises:
        TryLater: one did not.
    """
    told = [folder / "process" for folder in folders]
    if not wait_until(lambda: all(path.exists() for path in told), _PATIENCE_SECONDS, pause=0.01):
        silent = ", ".join(path.parent.name for path in told if not path.exists())
        raise TryLater(
            Sentence("the namespaces of {silent} were not made", silent=silent),
            hint="the log in the lab's folder says why",
        )
    found = [process for folder in folders if (process := living(folder))]
    if len(found) < len(folders):
        raise TryLater("a node of the host lab ended at once", hint="the log in the lab's folder says why")
    return found
