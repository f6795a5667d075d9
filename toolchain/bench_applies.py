"""Measures two environments that are applied on the lab at once against each of them alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final

from cmp.installation import HERE

ROOT: Final = HERE.packages
TRICENTER: Final = Path(sys.executable).with_name("tricenter")
WORKLOADS: Final = {"one": "policy-library", "two": "identity"}
MOST: Final = 1.3
"""What both at once may take, in times of the longer one alone."""


def main() -> int:
    """Print the wall time of each alone, of both at once, and how they compare."""
    with tempfile.TemporaryDirectory(prefix="tricenter-applies-") as name:
        folder = Path(name)
        state = folder / "state"
        environments = {each: _environment(folder / each, each) for each in WORKLOADS}
        try:
            _run(state, "lab", "up", "--env", environments["one"])
            for each in environments.values():
                _run(state, "plan", each, "--effort", "0")
            _measure(state, environments)
        finally:
            _run(state, "lab", "down", "--env", environments["one"])
    return 0


def _measure(state: Path, environments: dict[str, Path]) -> None:
    plans = {each: ("apply", state / "plans" / f"{each}.json") for each in environments}
    _timed(state, {"one": plans["one"]})  # whatever the first run of all has to make is made
    _destroy(state, environments)
    alone = {}
    for each, words in plans.items():
        alone[each] = _timed(state, {each: words})[each]
        _show(f"{each} ({WORKLOADS[each]}) alone: {alone[each]:.1f} s")
        _destroy(state, environments)
    at_once = _timed(state, plans)
    for each, seconds in at_once.items():
        _show(f"{each} ({WORKLOADS[each]}) beside the other: {seconds:.1f} s")
    both = max(at_once.values())
    ratio = both / max(alone.values())
    _show(f"both at once: {both:.1f} s, {ratio:.2f} times the longer alone (asked: {MOST} at most)")
    _destroy(state, environments)


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _timed(state: Path, commands: Mapping[str, Sequence[object]]) -> dict[str, float]:
    """Seconds until each of some commands, begun at once, has ended; nothing is tried twice.

    Raises:
        SystemExit: one of them failed, with what it said; the others are ended.
    """
    began = perf_counter()
    started = {name: _started(state, words) for name, words in commands.items()}
    with ThreadPoolExecutor(len(started)) as threads:  # each ends when it ends, whichever is waited for
        waiting = {name: threads.submit(_ended, process, began) for name, process in started.items()}
        try:
            return {name: each.result() for name, each in waiting.items()}
        except SystemExit:
            for process in started.values():
                process.terminate()
            raise


def _ended(process: subprocess.Popen[str], began: float) -> float:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}:\n{out}")
    return perf_counter() - began


def _destroy(state: Path, environments: dict[str, Path]) -> None:
    for each in environments.values():
        _run(state, "destroy", each, "--yes")


def _run(state: Path, *words: object) -> None:
    _ended(_started(state, words), perf_counter())


def _started(state: Path, words: Sequence[object]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [TRICENTER, "--state", state, "--quiet", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _environment(folder: Path, name: str) -> Path:
    folder.mkdir()
    reference = os.path.relpath(ROOT / "inventories" / "reference", folder)
    (folder / "environment.yaml").write_text(
        f"name: {name}\ntitle: {{zh: 小, en: Small}}\nbindings: lab\nextends: {reference}\n"
        f"select: {{workloads: [{WORKLOADS[name]}]}}\n"
    )
    return folder


if __name__ == "__main__":
    sys.exit(main())
