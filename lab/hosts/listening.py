"""Tells the one process that answers for all services of a lab which nodes there are."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.hosts import echo
from lab.hosts.namespaces import enter, living
from lab.hosts.nodes import Node
from lab.processes import Process, environment, spawn, wait_until

_PATIENCE_SECONDS = 20.0


def answer_for(folder: Path, outer: Process, nodes: Mapping[str, tuple[Node, Process]]) -> None:
    """Have the services of exactly these nodes answered; its process is started or woken as needed.

    Raises:
        TryLater: it does not follow.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number, before = _asked(folder)
    wanted = {name: _wanted(node, process) for name, (node, process) in nodes.items()}
    if living(folder) and wanted == before and _answered(folder) == number:
        return
    number += 1
    fresh = folder / "wanted.new"
    fresh.write_text(json.dumps({"number": number, "nodes": wanted}))
    fresh.replace(folder / "wanted.json")
    (folder / "answered").unlink(missing_ok=True)
    _poke(folder, outer)
    if not wait_until(lambda: _answered(folder) == number, _PATIENCE_SECONDS, pause=0.01):
        raise TryLater(
            "the services of the hosts do not answer", hint=Sentence("see {folder}", folder=folder / "log")
        )


def _poke(folder: Path, outer: Process) -> None:
    """Wake the process, or start it inside the outer pid namespace, with which it ends."""
    if process := living(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGHUP)
            return
    program = [sys.executable, "-I", "-S", str(Path(echo.__file__)), str(folder)]
    spawn([*enter(outer), *program], environment(), folder / "log", folder / "nsenter.json")


def _wanted(node: Node, process: Process) -> dict[str, object]:
    services = [
        list(service) for service in node.services if not (node.user and service == (node.ssh_port, "tcp"))
    ]
    return {"pid": process.pid, "started": process.started, "services": services, "ipv6": node.has_ipv6}


def _asked(folder: Path) -> tuple[int, object]:
    """The number of the last request, and the nodes it was about."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        asked = json.loads((folder / "wanted.json").read_text())
        return int(asked["number"]), asked["nodes"]
    return 0, {}


def _answered(folder: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int((folder / "answered").read_text())
    return 0
