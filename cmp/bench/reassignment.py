"""Runs the machine reassignment benchmark: reads an instance, searches, keeps the best in a file."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cmp.errors import CmpError, Invalid
from cmp.errors import Problem as Mistake
from cmp.loaders.instances import read_assignment, read_instance, written
from cmp.scheduler.assigning.checking import costs, pooled_bound, violations
from cmp.scheduler.assigning.problem import Numbers, Problem
from cmp.scheduler.assigning.search import Found, Surroundings, Wish, improve
from cmp.store.files import write_for_others

TOLD_EVERY = 10.0
"""Seconds between two lines of progress."""
KEPT_EVERY = 1.0
"""Seconds between two writes of an assignment that is still getting better."""
SHOWN = 20
"""Violations of a broken start that are listed."""


def wish_of(seconds: float, effort: int | None, threads: int, seed: int) -> Wish:
    """How long is searched: so many seconds, or with an effort so many millions of moves by each thread."""
    return Wish(seconds=None if effort is not None else seconds, effort=effort, threads=threads, seed=seed)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to; costs are the benchmark's own, lower is better."""

    initial: int
    cost: int
    parts: Mapping[str, int]
    bound: int
    moved: int
    """Processes that are not where they were."""
    tried: int
    """Moves tried by all threads."""
    seconds: float
    stopped: bool
    """True when a signal ended the search early."""
    kept: int | None
    """Cost of what the file held already, where that is cheaper and stayed."""


@dataclass(slots=True)
class _Keeper:
    """Writes what gets better to a file, never over something cheaper, and tells of progress."""

    problem: Problem
    path: Path
    report: Callable[[str], None]
    there: int | None
    written: int | None = None
    told: float = -TOLD_EVERY
    last: float = -KEPT_EVERY
    stop: threading.Event = field(default_factory=threading.Event)

    def hear(self, found: Found) -> None:
        if found.elapsed - self.told >= TOLD_EVERY:
            self.told = found.elapsed
            millions = found.tried // 1_000_000
            self.report(f"{found.elapsed:6.0f} s  cost {found.cost:,}  {millions:,} million moves tried")
        if found.elapsed - self.last >= KEPT_EVERY:
            self.last = found.elapsed
            self.keep(found.assignment, found.cost)

    def keep(self, assignment: Numbers, cost: int) -> None:
        """Write an assignment unless the file holds one that costs less.

        Raises:
            RuntimeError: the search claims what a plain check denies; what was in the file stays.
        """
        held = [known for known in (self.written, self.there) if known is not None]
        if self.written == cost or (held and min(held) < cost):
            return
        broken = next(violations(self.problem, assignment), None)
        if broken or sum(costs(self.problem, assignment).values()) != cost:
            raise RuntimeError(f"the search's assignment is not what it says: {broken or cost}")
        write_for_others(self.path, written(assignment))
        self.written = cost


def reassign(model: Path, initial: Path, out: Path, wish: Wish, report: Callable[[str], None]) -> Result:
    """Search for a cheap assignment of a public instance and leave the best one in a file.

    Ctrl-C and SIGTERM end the search early; what is best so far is in the file then.

    Raises:
        Invalid: a file cannot be read, the start breaks a hard constraint, or `out` would replace an input.
        TryLater: the file cannot be written.
    """
    if out.resolve() in {model.resolve(), initial.resolve()}:
        raise Invalid(f"--out {out} would replace an input", hint="name another file")
    problem = read_instance(model, initial)
    _check_start(problem, initial)
    before = sum(costs(problem, problem.home).values())
    report(
        f"{problem.items} processes, {problem.machines} machines, {problem.resources} resources; "
        f"initial cost {before:,}"
    )
    keeper = _Keeper(problem, out, report, _cost_of(out, problem))
    keeper.keep(problem.home, before)
    with _signals(keeper.stop):
        found = improve(problem, wish, Surroundings(time.monotonic, keeper.stop.is_set, keeper.hear))
        keeper.keep(found.assignment, found.cost)
    return Result(
        initial=before,
        cost=found.cost,
        parts=costs(problem, found.assignment),
        bound=pooled_bound(problem),
        moved=int((found.assignment != problem.home).sum()),
        tried=found.tried,
        seconds=round(found.elapsed, 1),
        stopped=keeper.stop.is_set(),
        kept=keeper.there if keeper.there is not None and keeper.there < found.cost else None,
    )


def _check_start(problem: Problem, initial: Path) -> None:
    broken = [
        Mistake(str(initial), 1, 1, "reassignment-start", sentence)
        for sentence in islice(violations(problem, problem.home), SHOWN)
    ]
    if broken:
        raise Invalid(
            f"{initial} breaks hard constraints of the model",
            broken,
            hint="take the initial assignment that belongs to the model",
        )


def _cost_of(path: Path, problem: Problem) -> int | None:
    """Cost of the valid assignment that a file holds already; None where it holds none."""
    try:
        held = read_assignment(path, problem.items, problem.machines)
    except CmpError:
        return None
    return None if any(violations(problem, held)) else sum(costs(problem, held).values())


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM set an event instead of ending the process; as before afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
