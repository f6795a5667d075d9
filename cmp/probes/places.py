"""Makes sockets in other network namespaces: a socket stays in the one it was made in."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_HERE: Final = "/proc/thread-self/ns/net"
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(path: str | None) -> Iterator[None]:
    """Be in the network namespace at `path` for a moment, with this thread alone; None: stay here.

    Raises:
        OSError: the namespace is gone, or this user may not enter it.
    """
    if path is None:
        yield
        return
    back = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(back)
    finally:
        os.close(back)


def _enter(descriptor: int) -> None:
    """setns(2), which Python has since 3.12 only."""
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
