"""Measures the figures we promise of the lab's clusters: up, up again, memory, and a long listing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.bench import REFERENCE, left_running

MOST_SECONDS = 15.0
"""Three clusters, once their programs are built."""
MOST_MIB = 1024.0
"""What they keep in memory, shared pages counted once."""
OBJECTS, PODS = 8_000, 1_980
"""What is listed; more pods do not fit on the nodes, which take 110 each."""
LISTED_SECONDS, LISTED_MIB = 60.0, 400.0

PROGRAM = str(Path(sys.executable).parent / "tricenter")


def main(state: str = "") -> int:
    """Tell each figure with its promise.

    Without a state folder clusters are brought up twice in one of their own; in one that is given, whose
    reference environment is up, its clusters are filled, listed beside its servers, and cleared.
    """
    if state:
        return _listing(state)
    with TemporaryDirectory(prefix="tricenter-bench-") as folder:
        return _clusters(Path(folder))


def _clusters(state: Path) -> int:
    words = [PROGRAM, "--quiet", "--state", str(state), "lab"]
    last = ["kubernetes", "--env", REFERENCE]
    try:
        for occasion in ("from nothing", "again after a stop"):
            seconds, _, code = measured([*words, "up", *last])
            if code:
                return code
            tell(f"three clusters up, {occasion}", seconds, "s", MOST_SECONDS)
            tell("memory", sum(left_running(state, Path("/proc")).values()) / 2**20, "MiB", MOST_MIB)
            subprocess.run([*words, "down", *last], check=False, stdout=subprocess.DEVNULL)
    finally:
        subprocess.run([*words, "down", *last], check=False, stdout=subprocess.DEVNULL)
    return 0


def _listing(state: str) -> int:
    filling = [sys.executable, "-P", "-m", "lab.kubernetes.filling", state, REFERENCE]
    try:
        subprocess.run([*filling, str(OBJECTS), str(PODS)], check=True)
        seconds, mib, code = measured(
            [PROGRAM, "--json", "--quiet", "--state", state, "inventory", REFERENCE]
        )
        tell(f"inventory of {OBJECTS} objects and {PODS} pods more", seconds, "s", LISTED_SECONDS)
        tell("its peak", mib, "MiB", LISTED_MIB)
    finally:
        subprocess.run(filling, check=False)
    return code


def measured(command: Sequence[str]) -> tuple[float, float, int]:
    """Seconds that a command took, the most memory it held in MiB, and its exit code."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, used.ru_maxrss / 1024, child.returncode


def tell(what: str, found: float, unit: str, most: float) -> None:
    """One figure beside what is promised of it."""
    kept = "kept" if found <= most else "NOT kept"
    sys.stdout.write(f"{what}: {found:.1f} {unit} (promised <= {most:g}: {kept})\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
