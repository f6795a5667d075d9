"""A service that is killed again and again loses nothing and does nothing twice."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.killed_service import url_in
from support.service_parts import PLAN, a_revision, an_operation, plan_of_grade, resume

from cmp.model.operations import OperationState, StepState
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.workflows.driving import keep_plan
from lab.processes import wait_until

KILLS, OPERATIONS, SOON = 5, 6, 240
TESTS = Path(__file__).resolve().parents[2]
STEPS = ("foresee", "apply", "verify")


@contextmanager
def working(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A service at work, killed with the block."""
    words = [sys.executable, "-m", "support.killed_service", str(folder)]
    with subprocess.Popen(words, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def asked(folder: Path) -> DurableOperations:
    """Operations of as many environments, which wait for a service."""
    kept = DurableOperations(ServiceDatabase(url_in(folder)), "asks")
    kept.prepare()
    for number in range(OPERATIONS):
        revision = kept.push(a_revision(f"env-{number}", environment_id=f"env-{number}-1"), "")
        record = an_operation(revision, f"op-{number}")
        keep_plan(kept, record, PLAN, plan_of_grade(1))
        kept.begin(record)
    return kept


def ended(log: Path, what: str = "ends") -> list[str]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.partition(" ")[2] for line in lines if line.startswith(what)]


def test_a_service_killed_at_random_five_times_does_everything_once(tmp_path: Path) -> None:
    seed = random.randrange(1_000_000)  # noqa: S311 - when to kill, not a secret
    chance = random.Random(seed)  # noqa: S311
    kept, log = asked(tmp_path), tmp_path / "log"
    held: set[str] = set()

    for _ in range(KILLS):
        begun = len(ended(log, "begins"))
        with working(tmp_path):
            wait_until(lambda n=begun: len(ended(log, "begins")) > n, SOON, pause=0.02)  # type: ignore[misc]
            wait_until(lambda: False, chance.random(), pause=0.05)
    with working(tmp_path):

        def over() -> bool:
            found = [kept.found(f"op-{number}") for number in range(OPERATIONS)]
            for each in found:
                if each is not None and each.state is OperationState.HELD:  # chance met one step three times
                    held.add(each.id)
                    resume(kept, each.id)
            return all(each is not None and each.state is OperationState.DONE for each in found)

        assert wait_until(over, SOON, pause=0.1), f"seed {seed}"

    begins, ends = Counter(ended(log, "begins")), Counter(ended(log))
    for number in range(OPERATIONS):
        done = kept.found(f"op-{number}")
        assert done is not None
        assert done.state is OperationState.DONE, f"seed {seed}: {done}"
        for name in STEPS:
            step = done.step(name)
            assert step is not None
            assert step.state is StepState.DONE
            line = f"op-{number} {name}"
            # a process may die after it has written that it begins, and before it does
            assert 1 <= ends[line] <= begins[line], f"seed {seed}: {line}"
            assert begins[line] <= step.starts or f"op-{number}" in held, f"seed {seed}: {line}"
