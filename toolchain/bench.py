"""Measures the figures we promise: quick commands, `up` from nothing and unchanged, memory left in use."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

REFERENCE = "inventories/reference"
_RUNS = 5


def main(environment: str) -> int:
    """Measure the commands that need no cloud, then bring an environment up twice and take it down again."""
    program = str(Path(sys.executable).parent / "tricenter")
    with TemporaryDirectory(prefix="tricenter-bench-") as state:
        words = [program, "--quiet", "--state", state]
        for command in (["--help"], ["plan", REFERENCE], ["prove", REFERENCE]):
            _tell_quick(words, command)
        try:
            return _tell_up([*words, "up", environment], Path(state))
        finally:
            _timed([*words, "down", environment])


def left_running(state: Path, proc: Path) -> dict[int, int]:
    """Memory in bytes, shared pages counted once, of processes that log into a state folder; by id."""
    found = {}
    for folder in proc.glob("[0-9]*"):
        try:
            if (folder / "fd" / "1").readlink().is_relative_to(state):
                found[int(folder.name)] = _proportional(folder / "smaps_rollup")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or belongs to somebody else and so not to us
    return found


def _tell_quick(words: list[str], command: list[str]) -> None:
    """Print the median and the spread of some runs of a command, start of the process included."""
    seconds = sorted(_timed([*words, *command], silent=True)[0] for _ in range(_RUNS))
    spread = f"{seconds[0]:.2f} to {seconds[-1]:.2f}"
    sys.stdout.write(f"{' '.join(command)}: {median(seconds):.2f} s (median of {_RUNS}, {spread})\n")
    sys.stdout.flush()


def _tell_up(words: list[str], state: Path) -> int:
    """Print how long it takes from nothing and when nothing changed, and the memory it leaves in use."""
    for occasion in ("from nothing", "nothing changed"):
        seconds, code = _timed(words)
        sys.stdout.write(f"up, {occasion}: {seconds:.1f} s, exit code {code}\n")
        if code:
            return code
    left = left_running(state, Path("/proc"))
    sys.stdout.write(f"left running: {len(left)} processes, {sum(left.values()) / 2**20:.0f} MiB\n")
    return 0


def _proportional(rollup: Path) -> int:
    lines = rollup.read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _timed(words: list[str], *, silent: bool = False) -> tuple[float, int]:
    """Seconds that a command took, and its exit code."""
    out = subprocess.DEVNULL if silent else None
    started = time.monotonic()
    code = subprocess.run(words, check=False, stdout=out, stderr=out).returncode
    return time.monotonic() - started, code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
