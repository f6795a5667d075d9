"""Runs the random matrix of hosts as root: in namespaces, and booted as whole Debians.

`make test-hosts-matrix` calls `python -m support.random_hosts FIRST HOSTS BOOTED WORKERS FILE`. Host N is the
same host wherever it is drawn; a FILE with outcomes of an earlier run is gone on with, that of booted hosts
beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from support.random_hosts.booting import TOGETHER, tried_together
from support.random_hosts.drawing import a_set_up
from support.random_hosts.running import faults, figures, run, run_groups, to_stdout
from support.random_hosts.trying import Outcome, tried

USUAL = ("0", "500", "40", "4", "")


def attempt(number: int) -> Outcome:
    """Draw and try one host in bare namespaces."""
    return tried(a_set_up(number))


def main(words: list[str]) -> int:
    """Try the hosts; 1 where one is not as it was."""
    *numbers, kept = (*words, *USUAL[len(words) :])
    first, hosts, booted, workers = map(int, numbers)
    folder = Path(kept or f"../build/random-hosts-{first}.jsonl")
    beside = folder.with_name(f"{folder.stem}-booted.jsonl")
    found = []
    for what, outcomes in (
        ("in namespaces", run(range(first, first + hosts), folder, workers, to_stdout, attempt)),
        ("booted", run_groups(range(first, first + booted), TOGETHER, beside, to_stdout, tried_together)),
    ):
        for line in figures(outcomes):
            to_stdout(f"{what}: {line}")
        found += [f"{what}, {fault}" for fault in faults(outcomes)]
    for fault in found:
        to_stdout(f"FAULT {fault}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
