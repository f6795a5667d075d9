"""Runs the machine reassignment benchmark and compares costs with what to reach.

    python -m toolchain.bench_reassignment [--instances FOLDER] [--seconds S] [--seeds 1,2] [--json] [NAME …]

The instances are public and not part of the repository: a folder that holds them is given by `--instances` or
the variable TRICENTER_INSTANCES. An instance is `model_NAME.txt` with `assignment_NAME.txt`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median_low
from tempfile import TemporaryDirectory

from cmp.installation import HERE

OUR_OWN = HERE.packages / "tests" / "data" / "reassignment"
VARIABLE = "TRICENTER_INSTANCES"
FIGURES: Mapping[str, int] = {
    "b_1": 3_320_000_000,
    "b_2": 1_015_553_799,
    "b_4": 4_677_823_039,
    "a1_1": 44_306_501,
    "a1_2": 777_912_030,
    "a1_3": 583_006_422,
    "a1_4": 252_728_589,
    "a1_5": 727_578_310,
    "a2_1": 329,
    "a2_2": 746_097_632,
    "a2_3": 1_210_644_572,
    "a2_4": 1_680_615_349,
    "a2_5": 318_358_949,
}
"""Costs to reach in 300 s with 2 threads, median of 3 seeds: at most so much. Those of sets a1 and a2, but
for a1_4, are what team S41 of the challenge's final reached."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one instance cost, by seed, and what it should cost at most."""

    instance: str
    costs: tuple[int, ...]
    initial: int
    bound: int
    figure: int | None
    seconds: float

    @property
    def median(self) -> int:
        """The median of the seeds' costs, the lower one of two."""
        return median_low(self.costs)

    @property
    def reached(self) -> bool | None:
        """True when the median is no more than the figure; None where there is none."""
        return None if self.figure is None else self.median <= self.figure


def main(words: Sequence[str]) -> int:
    """Run the instances and print the table, or one JSON document; 0 if every figure was reached, else 4."""
    wish = _wish(words)
    folder = Path(wish.instances or os.environ.get(VARIABLE) or OUR_OWN)
    names = tuple(wish.names) or tuple(name for name in FIGURES if (folder / f"model_{name}.txt").is_file())
    if not names:
        sys.stderr.write(f"no instances in {folder}: name a folder with --instances or {VARIABLE}\n")
        return 2
    found = []
    for name in names:
        found.append(measure(folder, name, wish))
        if not wish.json:
            sys.stdout.write(f"{row(found[-1])}\n")
            sys.stdout.flush()
    if wish.json:
        rows = [asdict(each) | {"median": each.median, "reached": each.reached} for each in found]
        sys.stdout.write(json.dumps({"reassignment": rows}, indent=2) + "\n")
    return 0 if all(each.reached is not False for each in found) else 4


def measure(folder: Path, name: str, wish: argparse.Namespace) -> Measured:
    """Run one instance with every seed.

    Raises:
        SystemExit: the command refused; its sentence was shown.
    """
    answers = []
    with TemporaryDirectory(prefix="tricenter-bench-") as place:
        for seed in wish.seeds.split(","):
            command = [
                str(Path(sys.executable).parent / "tricenter"),
                *("--json", "--quiet", "bench", "reassignment"),
                *(str(folder / f"model_{name}.txt"), str(folder / f"assignment_{name}.txt")),
                *("--out", str(Path(place) / f"{seed}.txt"), "--seconds", str(wish.seconds)),
                *("--threads", str(wish.threads), "--seed", seed),
            ]
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                raise SystemExit(done.returncode)
            answers.append(json.loads(done.stdout))
    return Measured(
        instance=name,
        costs=tuple(answer["cost"] for answer in answers),
        initial=answers[0]["initial"],
        bound=answers[0]["bound"],
        figure=FIGURES.get(name),
        seconds=max(answer["seconds"] for answer in answers),
    )


def row(measured: Measured) -> str:
    """One line of the table."""
    figure = "" if measured.figure is None else f"{measured.figure:,}"
    verdict = {True: "reached", False: "missed", None: ""}[measured.reached]
    costs = " ".join(f"{cost:,}" for cost in measured.costs)
    return f"{measured.instance:6} {measured.median:>15,} to reach {figure:>15} {verdict:8} of {costs}"


def _wish(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m toolchain.bench_reassignment")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as b_1; all that are there by default")
    parser.add_argument("--instances", help=f"the folder that holds them (else {VARIABLE}, else our own)")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
