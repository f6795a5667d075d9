"""Answers for the services of all nodes of a lab from one process: what it is sent, it sends back.

Started as `python -I echo.py FOLDER` with the standard library alone. FOLDER/wanted.json holds a number and,
by node, the process that holds its network namespace, its services and whether it has IPv6. On SIGHUP the
file is read again and sockets follow it; FOLDER/answered then holds the number. A process a node would take
half a gigabyte at fifty nodes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CLONE_NEWNET = 0x40000000
_LARGEST = 65535
_BACKLOG = 128
_MOST_UNSENT = 1 << 20
_PKTINFO = {socket.AF_INET: (socket.IPPROTO_IP, 8), socket.AF_INET6: (socket.IPPROTO_IPV6, 50)}
"""Level and type of the control message that tells and sets a datagram's local address: ip(7), ipv6(7)."""
_ASK_PKTINFO = {socket.AF_INET: (socket.IPPROTO_IP, 8), socket.AF_INET6: (socket.IPPROTO_IPV6, 49)}


@dataclass
class Stream:
    """A TCP connection and what it has not taken back yet."""

    connection: socket.socket
    unsent: bytearray = field(default_factory=bytearray)


class Echo:
    """All sockets of all nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.nodes: dict[str, tuple[Any, list[socket.socket]]] = {}
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.libc = ctypes.CDLL(None, use_errno=True)

    def follow(self) -> None:
        """Open and close sockets until they are what the file wants."""
        wanted = json.loads((self.folder / "wanted.json").read_text())
        for name in [name for name in self.nodes if self.nodes[name][0] != wanted["nodes"].get(name)]:
            self._close(name)
        for name, node in wanted["nodes"].items():
            if name not in self.nodes:
                self.nodes[name] = (node, list(self._listen(name, node)))
        fresh = self.folder / "answered.new"
        fresh.write_text(str(wanted["number"]))
        fresh.replace(self.folder / "answered")

    def _close(self, name: str) -> None:
        """Close listeners and connections of a node: a socket that stays open would keep its namespace."""
        for listener in self.nodes.pop(name)[1]:
            self._drop(listener)
        for key in [key for key in self.selector.get_map().values() if key.data[0] == name]:
            self._drop(key.fileobj)

    def _drop(self, handle: Any) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(handle)
        handle.close()

    def _listen(self, name: str, node: Any) -> Iterator[socket.socket]:
        try:
            namespace = os.open(f"/proc/{node['pid']}/ns/net", os.O_RDONLY)
        except OSError:  # the node has just ended
            return
        self._move(namespace)
        try:
            for port, protocol in node["services"]:
                for family in (socket.AF_INET, socket.AF_INET6) if node["ipv6"] else (socket.AF_INET,):
                    with contextlib.suppress(OSError):  # the node runs a service of its own there
                        yield self._open(name, family, port, protocol)
        finally:
            self._move(self.home)
            os.close(namespace)

    def _move(self, namespace: int) -> None:
        if self.libc.setns(namespace, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def _open(self, name: str, family: socket.AddressFamily, port: int, protocol: str) -> socket.socket:
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        listener = socket.socket(family, kind)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(("", port))
            listener.setblocking(False)
            if protocol == "tcp":
                listener.listen(_BACKLOG)
            else:
                listener.setsockopt(*_ASK_PKTINFO[family], 1)
        except OSError:
            listener.close()
            raise
        act: Callable[[str, Any], None] = self._accept if protocol == "tcp" else self._answer
        self.selector.register(listener, selectors.EVENT_READ, (name, act, listener))
        return listener

    def _accept(self, name: str, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(connection, selectors.EVENT_READ, (name, self._stream, Stream(connection)))

    def _stream(self, name: str, stream: Stream) -> None:
        """Take what came and send what is due; one that does not read is not read from either."""
        try:
            if len(stream.unsent) < _MOST_UNSENT:
                with contextlib.suppress(BlockingIOError):
                    data = stream.connection.recv(_LARGEST)
                    if not data:
                        self._drop(stream.connection)
                        return
                    stream.unsent += data
            if stream.unsent:
                with contextlib.suppress(BlockingIOError):
                    del stream.unsent[: stream.connection.send(stream.unsent)]
        except OSError:
            self._drop(stream.connection)
            return
        full = len(stream.unsent) >= _MOST_UNSENT
        events = (0 if full else selectors.EVENT_READ) | (selectors.EVENT_WRITE if stream.unsent else 0)
        self.selector.modify(stream.connection, events, (name, self._stream, stream))

    def _answer(self, _name: str, listener: socket.socket) -> None:
        """Answer a datagram from the very address that it was sent to: the kernel would choose by itself."""
        with contextlib.suppress(OSError):
            data, told, _, client = listener.recvmsg(_LARGEST, 256)
            listener.sendmsg(
                [data], [_from_there(level, kind, value) for level, kind, value in told], 0, client
            )

    def run(self) -> None:
        """Answer for ever."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        wake, poke = socket.socketpair()
        poke.setblocking(False)
        signal.set_wakeup_fd(poke.fileno())
        signal.signal(signal.SIGHUP, lambda *_: None)
        self.selector.register(wake, selectors.EVENT_READ, ("", self._wake, wake))
        self._tell()
        self.follow()
        while True:
            for key, _ in self.selector.select():
                name, act, subject = key.data
                if key.fileobj in self.selector.get_map():
                    act(name, subject)

    def _tell(self) -> None:
        """Leave the machine's number and start time of this process: it can be woken from now on."""
        words = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        number = Path("/proc/self").readlink()
        fresh = self.folder / "process.new"
        fresh.write_text(f"{number} {words[19]}")
        fresh.replace(self.folder / "process")

    def _wake(self, _name: str, wake: socket.socket) -> None:
        wake.recv(4096)
        self.follow()


def _from_there(level: int, kind: int, value: bytes) -> tuple[int, int, bytes]:
    """The control message that sends from where a datagram came to; the route decides the interface."""
    if (level, kind) == _PKTINFO[socket.AF_INET]:
        return level, kind, struct.pack("=I4s4s", 0, value[4:8], b"\0" * 4)
    return level, kind, value[:16] + struct.pack("=I", 0)


if __name__ == "__main__":
    Echo(Path(sys.argv[1])).run()
