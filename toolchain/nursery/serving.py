"""Is the nursery: imports what plugins need, then forks one for each that asks, until its owner is gone.

    python -u -P -m toolchain.nursery.serving SOCKET MODULE … -- MODULE …

`open_nursery` starts it with a listening socket. Modules before `--` may be run, those behind it are only
imported. Nothing here starts a thread or opens a channel before a fork: neither would be whole afterwards.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from toolchain.nursery.asking import BEGUN, LEFT, LENGTH

STREAMS = 3
LONGEST = 4 << 20
"""Bytes of an order; an environment is not allowed to be longer."""

PATIENCE = 10.0
"""Seconds for an order to arrive whole: its sender writes it at once."""

APART = "--"


def main(listening: int, runnable: frozenset[str], imported: Sequence[str]) -> None:
    """Serve orders on a listening socket until standard input ends: its other end is the owner's alone."""
    for name in (*sorted(runnable), *imported):
        importlib.import_module(name)  # noqa: TID251 - the owner says which, so that no layer is crossed here
    gc.collect()
    gc.freeze()  # what stays is not touched by the forks' collectors, and so not copied
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=listening) as door:
        while listening in select.select([listening, 0], [], [])[0]:
            _admit(door, runnable)


def _admit(door: socket.socket, runnable: frozenset[str]) -> None:
    """Take one order and fork for it; an order that is not understood is hung up on."""
    visitor, _ = door.accept()
    visitor.settimeout(PATIENCE)
    with visitor:
        try:
            order, streams = _received(visitor)
        except (OSError, ValueError):
            return
        if order.get("module") in runnable and not os.fork():
            door.close()
            _become(visitor, order, streams)
        for stream in streams:
            os.close(stream)


def _received(visitor: socket.socket) -> tuple[Mapping[str, Any], Sequence[int]]:
    """Read one order with the streams that came with it.

    Raises:
        ValueError: it is not whole.
        OSError: its sender is gone.
    """
    streams = array.array("i")
    room = socket.CMSG_LEN(STREAMS * streams.itemsize)
    head, beside, _, _ = visitor.recvmsg(LENGTH.size, room)
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            streams.frombytes(data[: len(data) - len(data) % streams.itemsize])
    try:
        return _whole(visitor, head, len(streams)), streams
    except (OSError, ValueError):
        for stream in streams:
            os.close(stream)
        raise


def _whole(visitor: socket.socket, head: bytes, streams: int) -> Mapping[str, Any]:
    if len(head) != LENGTH.size or streams != STREAMS:
        raise ValueError("not an order")
    (left,), parts = LENGTH.unpack(head), []
    if left > LONGEST:
        raise ValueError("too long an order")
    while left:
        part = visitor.recv(left)
        if not part:
            raise ValueError("half an order")
        parts.append(part)
        left -= len(part)
    found: Mapping[str, Any] = json.loads(b"".join(parts))
    return found


def _become(asker: socket.socket, order: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be the plugin that was ordered; nothing of the nursery goes on in this process."""
    code = LEFT
    try:
        _take_over(order, streams)
        asker.settimeout(None)
        asker.sendall(BEGUN)
        threading.Thread(target=_leave_with, args=(asker,), name="asker-watch", daemon=True).start()
        _run(order["module"])
        code = 0
    except SystemExit as left:
        code = _code(left)
    except BaseException:  # noqa: BLE001 - the last boundary of this process
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        asker.sendall(bytes([code & 0xFF]))
        os._exit(code)


def _run(module: str) -> None:
    """Run a module as `__main__`; runpy warns of one that is imported already, as ours are on purpose."""
    if not hasattr(sys.modules[module], "__path__"):
        del sys.modules[module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _take_over(order: Mapping[str, Any], streams: Sequence[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv[:] = order["words"]
    random.seed()


def _leave_with(asker: socket.socket) -> None:
    """End with the program that the engine started: it says nothing any more once it is gone."""
    while asker.recv(1):
        pass
    os._exit(LEFT)


def _code(left: SystemExit) -> int:
    if left.code is None:
        return 0
    if isinstance(left.code, int):
        return left.code
    sys.stderr.write(f"{left.code}\n")
    return 1


if __name__ == "__main__":
    _words = sys.argv[2:]
    _apart = _words.index(APART)
    main(int(sys.argv[1]), frozenset(_words[:_apart]), _words[_apart + 1 :])
