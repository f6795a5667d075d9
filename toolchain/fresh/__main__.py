"""Installs and tries the project in a Debian that has never seen it: what `make test-fresh` runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cmp.errors import CmpError, Refused
from cmp.installation import HERE
from toolchain.fresh.entering import enter
from toolchain.fresh.settings import take_over
from toolchain.fresh.tree import fresh_tree
from toolchain.gates.listing import named
from toolchain.programs import answer, follow

CLONE = "/opt/tricenter"
PYTHON = ".venv/bin/python"
_SERVICES = """
from pathlib import Path
from lab.openstack.install import install
install(Path(".toolchain"), print)
"""

STEPS = (
    ("update-ca-certificates",),
    ("make", "sync", "system-packages"),
    (PYTHON, "-c", _SERVICES),
    (PYTHON, "-m", "toolchain.fresh.inside"),
    (PYTHON, "-m", "pytest", "-qq", "--collect-only", "-p", "toolchain.fresh.nothing_skipped", "tests"),
)
"""What a new machine does before it runs the gates, and what shows that each of them could run."""


def say(line: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def try_out(cache: Path, gates: Sequence[str]) -> None:
    """Clone what is committed into a fresh tree, install everything, and run the named gates there, if any.

    Raises:
        TryLater: the tree cannot be had, or a step ends badly in it.
        Conflict: another run is on its way.
    """
    with fresh_tree(cache, say) as tree:
        variables = take_over(tree, Path.home(), os.environ)
        clone: list[str | Path] = [
            "git",
            "clone",
            "--quiet",
            "--no-hardlinks",
            HERE.packages,
            tree / CLONE[1:],
        ]
        follow(clone, cache, os.environ, say)
        for step in (*STEPS, *([(PYTHON, "-m", "toolchain.gates", *gates)] if gates else [])):
            started = time.monotonic()
            say(f"== in the fresh tree: {' '.join(' '.join(step).split())}")
            enter(tree, CLONE, step, variables | {"CI": "true"})
            say(f"== {time.monotonic() - started:.1f} s")


def main(gates: Sequence[str]) -> int:
    """Try the project out; returns the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    try:
        named(gates)
        if os.geteuid() != 0:
            raise Refused("only root can enter another Debian's tree", hint="run it as root")
        if answer(["git", "-C", str(HERE.packages), "status", "--porcelain"]):
            say("what is not committed is left out")
        try_out(Path.home() / ".cache" / "tricenter" / "fresh", gates)
    except CmpError as refusal:
        sys.stderr.write(f"{refusal}\n{refusal.hint}\n")
        return refusal.exit_code
    say(f"a fresh machine lacks nothing ({time.monotonic() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
