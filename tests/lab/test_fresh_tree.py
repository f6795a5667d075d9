"""A command in another tree has mounts and processes of its own, which end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.needs import needs, needs_mounts
from support.own_namespaces import until

from cmp.errors import TryLater
from toolchain.fresh.entering import enter

pytestmark = [pytest.mark.lab, needs("unshare", "setpriv", "mount"), needs_mounts()]

SELF = Path("/")
"""This machine's own tree: all that is mounted over it is seen from within alone."""

ENTER = """
import sys
from pathlib import Path
from toolchain.fresh.entering import enter
enter(Path(sys.argv[1]), "/", sys.argv[2:], {})
"""

INTERRUPTED = """
import signal, sys
from pathlib import Path
from toolchain.fresh.entering import enter
def left():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text() == f"sleep\\0{sys.argv[1]}\\0"
        except OSError:
            pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
try:
    enter(Path("/"), "/", sys.argv[2:], {})
finally:
    print(sum(left()), "left")
"""

AGAIN = ("unshare", "--mount", "true")


def test_what_is_mounted_is_not_seen_outside(tmp_path: Path) -> None:
    said = tmp_path / "said"
    script = f"exec > {said}; touch /run/inside; ls /run; ls /proc | grep -c '^[0-9]'; env; pwd"

    enter(SELF, str(tmp_path), ["sh", "-c", script], {"GOPROXY": "off"})

    names, processes, *variables = said.read_text().split("\n")[:-1]
    assert names == "inside"
    assert not Path("/run/inside").exists()
    assert int(processes) < 10
    assert {line.partition("=")[0] for line in variables} - {"_", "OLDPWD"} == {
        "PATH",
        "HOME",
        "LANG",
        "GOPROXY",
        "PWD",
        str(tmp_path),
    }


def test_a_tree_can_be_unshared_again(tmp_path: Path) -> None:
    """Tests do so in it, which needs a root that is a mount; a tree is a folder until it is entered."""
    tree = tmp_path / "tree"
    for place in ("proc", "sys", "dev", "run", "usr"):
        (tree / place).mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (tree / name).symlink_to(f"usr/{name}")
    shell = f'mount --rbind /usr {tree}/usr && exec "$@"'

    subprocess.run(
        [
            *("unshare", "--mount", "sh", "-ec", shell, "sh"),
            *(sys.executable, "-c", ENTER, str(tree)),
            *AGAIN,
        ],
        check=True,
    )


def test_a_command_that_ends_badly_is_told_with_its_code() -> None:
    with pytest.raises(TryLater, match="'sh -c exit 7' ended with 7"):
        enter(SELF, "/", ["sh", "-c", "exit 7"], {})


def test_everything_ends_with_whoever_entered() -> None:
    seconds = f"54319.{os.getpid()}"
    running = subprocess.Popen([sys.executable, "-c", ENTER, "/", "sleep", seconds])
    try:
        until(lambda: sleeping(seconds), "a command inside")
    finally:
        running.kill()
        running.wait()

    until(lambda: not sleeping(seconds), "the end of the command inside")


def test_an_interrupted_command_has_ended_before_its_tree_is_removed(tmp_path: Path) -> None:
    """A hundred processes take the kernel a moment: all have to be over when the end is told."""
    begun, seconds = tmp_path / "begun", f"54320.{os.getpid()}"
    work = f"for each in $(seq 100); do sleep {seconds} & done; touch {begun}; wait"
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, seconds, "sh", "-c", work], stdout=subprocess.PIPE
    )
    until(begun.exists, "work inside")

    running.terminate()

    assert running.communicate(timeout=60)[0] == b"0 left\n"


def sleeping(seconds: str) -> bool:
    return any(_command(path) == f"sleep\0{seconds}\0" for path in Path("/proc").glob("[0-9]*/cmdline"))


def _command(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""
