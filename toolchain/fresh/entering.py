"""Runs a command inside another Debian's tree, with mounts and processes that end when the command does."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence

ALONE = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "--"),
)
"""Mounts and processes of a command's own: the kernel ends both with it, and it ends with us."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_ENTER = """
mount --rbind "$1" "$1"  # a root that is no mount cannot be unshared again from within
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
tree=$1
shift
exec chroot "$tree" sh -ec 'cd "$1"; shift; exec "$@"' enter "$@"
"""


def enter(tree: Path, folder: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run a command in a folder of a tree, its output shown; the network is this machine's.

    Args:
        tree: the root folder it sees.
        folder: where it runs, as seen from within.
        command: a program of the tree and its arguments.
        variables: all that it finds in its environment, beside PATH and HOME.

    Raises:
        TryLater: the command ends badly.
    """
    environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **variables}
    words = [*ALONE, "sh", "-ec", _ENTER, "enter", str(tree), folder, *command]
    with subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    if code:
        raise TryLater(
            Sentence("'{names}' ended with {code} in the fresh tree", names=" ".join(command), code=code)
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what entered and wait for the last process inside: the tree is removed next."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    inner = [os.pidfd_open(int(child)) for child in children.split()]
    process.kill()
    for first in inner:  # the kernel ends the others before it tells the end of the first
        select.select([first], [], [])
        os.close(first)
