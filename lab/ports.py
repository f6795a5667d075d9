"""Finds blocks of free TCP ports on the loopback address and tells who holds a taken one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterable
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.processes import wait_until

ADDRESS = "127.0.0.1"
FIRST = 15000
_CLOSING_SECONDS = 70.0
"""How long the system may take to close the connections of a process that ended: where the other end keeps
one open, Linux gives it 60 (`net.ipv4.tcp_fin_timeout`)."""
_ASK_SECONDS = 5.0
LAST = 32000
"""Above it Linux hands out ports to outgoing connections."""


def is_free(port: int) -> bool:
    """True when a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def free_block(size: int, taken: Collection[range], free: Callable[[int], bool] = is_free) -> range:
    """Choose the first block of `size` ports that is all free and meets none of `taken`.

    Raises:
        TryLater: every block up to port 32000 has a port in use.
    """
    for first in range(FIRST, LAST - size, size):
        block = range(first, first + size)
        if not any(_meet(block, other) for other in taken) and all(map(free, block)):
            return block
    raise TryLater(
        Sentence(
            "no {size} neighbouring ports from {FIRST} to {LAST} are free on {ADDRESS}",
            size=size,
            FIRST=FIRST,
            LAST=LAST,
            ADDRESS=ADDRESS,
        ),
        hint="stop a lab that is not needed",
    )


def claim(ports: Iterable[int], what: str) -> None:
    """Make sure that the ports can be listened on; one that nobody listens on any more is given a moment.

    Raises:
        TryLater: one of them is taken; the sentence names it and, where it can be found, the holder.
    """
    for port in ports:
        wait_until(partial(_is_settled, port), _CLOSING_SECONDS)
        if not is_free(port):
            pid = holder(port)
            by = f" by process {pid}" if pid else ""
            raise TryLater(
                Sentence("port {port}, which {what} needs, is taken{by}", port=port, what=what, by=by),
                hint="stop that process, or remove the lab's folder so that the lab chooses other ports",
            )


def _is_settled(port: int) -> bool:
    """True when the port is free, or somebody listens on it."""
    return is_free(port) or _listening_inode(port) is not None


def answers(port: int) -> bool:
    """True when something speaks HTTP on the port, whatever it says."""
    line = HTTPConnection(ADDRESS, port, timeout=_ASK_SECONDS)
    try:
        line.request("GET", "/")
        line.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        line.close()
    return True


def holder(port: int) -> int | None:
    """Find the process that listens on a port; None when it is not ours to see."""
    inode = _listening_inode(port)
    if inode is None:
        return None
    wanted = f"socket:[{inode}]"
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target == wanted:
            return int(link.parts[2])
    return None


def _listening_inode(port: int) -> str | None:
    """Look a listening socket up in the kernel's tables, both families."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            column = line.split()
            if column[3] == "0A" and int(column[1].rpartition(":")[2], 16) == port:
                return column[9]
    return None


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
