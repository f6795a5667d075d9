"""Opens a nursery for as long as a block runs."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.nursery.serving import APART

WAITING = 128
"""Plugins that may ask before the nursery has imported everything."""

PATIENCE = 10.0
"""Seconds for a nursery to leave."""


@contextmanager
def open_nursery(
    runnable: Sequence[str], imported: Sequence[str], variables: Mapping[str, str]
) -> Iterator[str]:
    """Open a nursery; it imports while the block goes on, and plugins that ask meanwhile wait.

    Args:
        runnable: the modules that plugins may ask for.
        imported: what they import later.
        variables: the environment of the nursery, by which later runs recognise its forks.

    Yields:
        The address for `TRICENTER_NURSERY`; empty where this system has no room for such a socket.
    """
    with TemporaryDirectory(prefix="tricenter-") as folder:
        address = str(Path(folder) / "nursery")
        process = _started(address, [*runnable, APART, *imported], variables)
        try:
            yield address if process else ""
        finally:
            if process:
                _close(process)


def _started(
    address: str, modules: Sequence[str], variables: Mapping[str, str]
) -> subprocess.Popen[bytes] | None:
    """Start a nursery behind a socket that only our user can reach, for its folder is private.

    It alone keeps the socket: when it breaks, whoever asks is hung up on, and does without.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        try:
            door.bind(address)
        except OSError:  # a temporary folder with a very long path
            return None
        door.listen(WAITING)
        return subprocess.Popen(
            [sys.executable, "-u", "-P", "-m", "toolchain.nursery.serving", str(door.fileno()), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # what it cannot import, the plugin that asks for it cannot either
            umask=0o077,  # as the engine's own
            pass_fds=[door.fileno()],
            env=dict(variables),
            start_new_session=True,  # Ctrl-C is the engine's, which still needs its plugins then
        )


def _close(process: subprocess.Popen[bytes]) -> None:
    """Let the nursery see the end of its input; its forks leave with those who asked for them."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
