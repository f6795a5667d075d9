"""Measures what a start costs: compiling the search from an empty cache, then quick commands with a warm one.

Seconds are of CPU, not of the clock, so that a busy machine disturbs less; each run is a process of its own.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

REFERENCE = "inventories/reference"
RUNS = 5
COLD = 60.0
"""Seconds of CPU within which everything is compiled that a plan needs."""
WARM = {"plan": 2.0, "prove": 1.5, "validate": 0.5, "--help": 0.2}
"""Seconds of CPU of quick commands, once everything is compiled."""
_DONE = re.compile(r"compiling the (.+), once per machine and version: (\d+) of \2$", re.MULTILINE)


class Ran(NamedTuple):
    """A command that was run: seconds of CPU, its exit code, and what it said on standard error."""

    seconds: float
    code: int
    said: str


def main() -> int:
    """Print every figure beside what was asked; 1 if a command fails or a figure is missed."""
    program = str(Path(sys.executable).parent / "tricenter")
    with TemporaryDirectory(prefix="tricenter-bench-") as folder:
        cache, state = Path(folder) / "cache", Path(folder) / "state"
        environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        environment.pop("NUMBA_CACHE_DIR", None)
        words = [program, "--state", str(state)]
        plan = str(state / "plans" / "reference.json")
        commands = {
            "plan": ["plan", REFERENCE, "--effort", "0", "--fresh"],
            "prove": ["prove", REFERENCE, "--plan", plan],
            "validate": ["validate", REFERENCE],
            "--help": ["--help"],
        }
        good = _tell_cold([*words, *commands["plan"]], environment, cache)
        for name, command in commands.items():
            good = _tell_warm(name, [*words, *command], environment) and good
    return 0 if good else 1


def ran(command: Sequence[str], environment: Mapping[str, str]) -> Ran:
    """Run a command to its end."""
    before = _spent()
    done = subprocess.run(
        command, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    return Ran(_spent() - before, done.returncode, done.stderr)


def compiled(said: str) -> dict[str, int]:
    """How many functions of each unit were compiled, by what a command said about it."""
    return {unit: int(count) for unit, count in _DONE.findall(said)}


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _tell_cold(command: Sequence[str], environment: Mapping[str, str], cache: Path) -> bool:
    cold, again = ran(command, environment), ran(command, environment)
    found = compiled(cold.said)
    held = f"{sum(found.values())} functions compiled ({found}), cache {size(cache) / 2**20:.1f} MiB"
    seconds = cold.seconds - again.seconds
    _say(f"plan, empty cache: {cold.seconds:.1f} s of CPU, {seconds:.1f} s of it compiling", COLD, held)
    _say(f"plan again: {sum(compiled(again.said).values())} functions compiled", None, "")
    return cold.code == again.code == 0 and seconds <= COLD and not compiled(again.said)


def _tell_warm(name: str, command: Sequence[str], environment: Mapping[str, str]) -> bool:
    found = [ran(command, environment) for _ in range(RUNS)]
    seconds = sorted(each.seconds for each in found)
    spread = f"median of {RUNS}, {seconds[0]:.2f} to {seconds[-1]:.2f}"
    _say(f"{name}: {median(seconds):.2f} s of CPU", WARM[name], spread)
    return all(each.code == 0 for each in found) and median(seconds) <= WARM[name]


def _say(text: str, asked: float | None, beside: str) -> None:
    wanted = "" if asked is None else f", asked <= {asked} s"
    sys.stdout.write(f"{text}{wanted}{f'; {beside}' if beside else ''}\n")
    sys.stdout.flush()


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
