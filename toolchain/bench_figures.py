"""Measures the figures promised for the scheduler and prints them beside what was asked, row by row.

Each row is one command of the program in a process of its own, so that memory and compiled code are its own.
`make bench` runs all rows, `make bench ONLY=gap` those whose name begins so. The table is also
written as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolchain.bench_reassignment import FIGURES
from toolchain.bench_rows import PLACEMENT, Documents, Figure, Row, at_most

PROGRAM = str(Path(sys.executable).parent / "tricenter")


def main(arguments: Sequence[str]) -> int:
    """Measure every row whose name begins with what was asked for; 1 if a figure is missed or a row fails.

    Arguments: the state folder, the folder of public reassignment instances (may be empty), the beginning
    of the names of rows (may be empty).
    """
    state, instances, only = Path(arguments[0]), arguments[1], arguments[2]
    folder = state / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for row in PLACEMENT:
        if row.name.startswith(only):
            figures += measured(row, [PROGRAM, "--json", "--quiet", "--state", str(state)])
            write(folder / "figures.json", figures)
    for row in reassignment(instances) if instances else ():
        if row.name.startswith(only):
            figures += measured(row, [sys.executable, "-P", "-m", "toolchain.bench_reassignment"])
            write(folder / "figures.json", figures)
    if not instances and "reassignment".startswith(only):
        tell("reassignment: not measured; name the public instances: make bench INSTANCES=folder")
    if figures:
        tell(f"written to {folder / 'figures.json'}")
    return int(any(figure.reached is False for figure in figures))


def reassignment(instances: str) -> list[Row]:
    """A row for each public instance that lies in a folder and of which a cost is asked."""
    names = [name for name in FIGURES if (Path(instances) / f"model_{name}.txt").is_file()]
    commands = {name: (("--instances", instances, "--json", name),) for name in names}
    return [Row(f"reassignment {name}", "median cost", command, _costs) for name, command in commands.items()]


def _costs(found: Documents) -> list[Figure]:
    return [
        at_most("reassignment", f"median cost of {each['instance']}", each["median"], each["figure"], "")
        for document in found
        for each in document["reassignment"]
    ]


def measured(row: Row, program: Sequence[str]) -> list[Figure]:
    """Run a row's commands and print its figures."""
    documents = [_document([*program, *command]) for command in row.commands]
    if any(document is None for document in documents):
        figure = Figure(row.name, row.what, "a result", "the command failed", reached=False)
        tell(figure.line)
        return [figure]
    found = row.read([document for document in documents if document is not None])
    for figure in found:
        tell(figure.line)
    return found


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _document(words: Sequence[str]) -> Mapping[str, Any] | None:
    """What a command answers; None, and its last words, where it fails."""
    started = time.monotonic()
    ended = subprocess.run(words, check=False, capture_output=True, text=True)
    tell(f"  {' '.join(words[1:])}: {time.monotonic() - started:.0f} s in all")
    try:
        answer: Mapping[str, Any] = json.loads(ended.stdout)
    except ValueError:
        last = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        tell(f"  exit code {ended.returncode}: {last}")
        return None
    return answer


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures for programs."""
    path.write_text(
        json.dumps([figure.document() for figure in figures], ensure_ascii=False, indent=2) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
