"""The solver replays, hears soon that it is to stop, and brings no library that reads tables with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from cmp.scheduler.mastering.solving import Budget, Program


def hard(size: int = 60, rows: int = 30) -> Program:
    """A market split: the solver finds something at once, and does not end by itself."""
    program = Program()
    flags = [program.flag() for _ in range(size)]
    for row in range(rows):
        factors = [(17 + 31 * row + 57 * place * place + row * place**3) % 101 for place in range(size)]
        over, under = program.number(0, 10_000, 1), program.number(0, 10_000, 1)
        program.equal([*zip(flags, factors, strict=True), (over, 1), (under, -1)], sum(factors) // 2)
    return program


def test_equal_seeds_and_work_give_equal_answers() -> None:
    one, other = (hard().solved(Budget(0.3, seed=5)) for _ in range(2))

    assert one is not None
    assert one == other
    assert not one.is_best


def test_what_nobody_can_meet_has_no_answer() -> None:
    program = Program()
    flag = program.flag()
    program.within([(flag, 1)], 2, 2)

    assert program.solved(Budget(1.0)) is None


def test_a_search_that_is_to_stop_before_it_begins_answers_nothing() -> None:
    assert hard().solved(Budget(1e9, stop=lambda: True)) is None


def test_a_stop_is_heard_while_the_solver_works_and_the_best_is_kept() -> None:
    heard: list[float] = []

    answer = hard().solved(Budget(1e9, stop=lambda: len(heard) > 1, told=heard.append))

    assert answer is not None
    assert answer.value <= heard[-1]


INTERRUPTED = """
import signal, sys
sys.path.insert(0, {tests!r})
from unit.scheduler.mastering.test_solving import hard
from cmp.scheduler.mastering.solving import Budget
stopped = []
signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
told = []
def tell(value):
    if not told: print("working", flush=True)
    told.append(value)
answer = hard().solved(Budget(1e9, stop=lambda: bool(stopped), told=tell))
print("kept" if answer and stopped and "pandas" not in sys.modules else "lost", flush=True)
"""


def test_an_interrupt_reaches_a_process_that_solves() -> None:
    tests = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(tests=tests)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "working\n"
        child.send_signal(signal.SIGINT)
        said = child.stdout.readline()

    assert (said, child.returncode) == ("kept\n", 0)
