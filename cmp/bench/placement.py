"""Measures the engine on a generated estate: rows a second, proof, gap to the bound, memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from cmp.bench.generating.making import generated
from cmp.model.environment import Environment
from cmp.model.plan import Bound, Origin
from cmp.scheduler.board.loops import prove_board
from cmp.scheduler.bounding.bound import against_greedy, exact_bound, lower_bound, spread_out
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import Limits, decided, prepared, schedule, searched
from cmp.scheduler.mastering.master import ALWAYS, BORDER, NEVER, Border
from cmp.scheduler.moves.stability import Answered, answered, small_changes
from cmp.scheduler.survival.proving import prove

Thing = TypeVar("Thing")
WARMING = (30, 12)
"""Workloads and pools of the small estate on which compiled code is loaded before anything is measured."""
KIB = 1024
BORDERS: Mapping[bool | None, Border] = {None: BORDER, True: ALWAYS, False: NEVER}
"""Up to where estates are chosen as a whole: as usual, always, never."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is measured: an estate's size and seed, hosts a pool at least, and seconds for an exact bound.

    `branches` are those that the bound looks into; None: as many as for a Plan. `effort` are the search's
    attempts to improve; None: as usual, 0: construct only. Without `bounds` neither bound nor the simple
    method is worked out. Estates within the `border` are chosen as a whole.
    """

    workloads: int
    pools: int
    seed: int = 1
    hosts: int | None = None
    effort: int | None = None
    exact_seconds: float = 0.0
    bounds: bool = True
    branches: int | None = None
    border: Border = BORDER


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; seconds by the clock, points of the objective, MiB of memory at the peak.

    `place_seconds` are from an environment to a decision: `prepare_seconds` for tables, `search_seconds` for
    placing (rows a second are counted on these; `search_cpu_seconds` of the processor), the rest for writing.
    `proof_seconds` are for counting everything anew on the hosts after every failure, `told_seconds` for the
    proof from the written Plan with all that it tells.

    `peak_mib` is that of the whole process up to the proof; the bound comes after it. `greedy` is None
    where the simple method does not place everything, or was not asked.
    """

    workloads: int
    components: int
    pools: int
    hosts: int
    rows: int
    replicas: int
    unplaced: int
    warm_up_seconds: float
    generate_seconds: float
    place_seconds: float
    prepare_seconds: float
    search_seconds: float
    search_cpu_seconds: float
    rows_per_second: int
    failures: int
    broken: int
    proof_seconds: float
    told_seconds: float
    peak_mib: int
    objective: float
    bound: float | None = None
    method: str | None = None
    gap: float | None = None
    bound_seconds: float | None = None
    greedy: float | None = None
    against_greedy: float | None = None


def measure(wanted: Wanted, report: Callable[[str], None]) -> Measured:
    """Place a generated estate, prove it, and bound its objective.

    Raises:
        Invalid: there are fewer pools than centers.
    """
    warm_up = _timed(lambda: _proven(generated(*WARMING, wanted.seed), wanted.seed))[0]
    report(f"compiled code loaded in {warm_up:.1f} s")
    making, environment = _timed(lambda: generated(wanted.workloads, wanted.pools, wanted.seed, wanted.hosts))
    report(f"{len(environment.workloads)} workloads generated in {making:.1f} s")
    preparing, start = _timed(lambda: prepared(environment))
    report(f"tables prepared in {preparing:.1f} s")
    before = time.process_time()
    limits = Limits(wanted.effort, border=wanted.border)
    searching, board = _timed(lambda: searched(start, wanted.seed, limits))
    spent = time.process_time() - before
    holding, shown = _timed(lambda: prove_board(board.handle))
    report(f"searched in {searching:.1f} s, every failure proved on the hosts in {holding:.3f} s")
    writing, decision = _timed(lambda: decided(board))
    placing = preparing + searching + writing
    report(f"{len(decision.placements)} rows placed in {placing:.1f} s")
    plan = decision.to_prove(environment, _origin(wanted.seed))
    proving, proof = _timed(lambda: prove(plan, environment.failures))
    report(f"{len(environment.failures)} failures followed in {proving:.2f} s")
    found = Measured(
        workloads=len(environment.workloads),
        components=sum(len(workload.components) for workload in environment.workloads),
        pools=len(environment.estate.pools),
        hosts=sum(pool.usable_hosts for pool in environment.estate.pools),
        rows=len(decision.placements),
        replicas=sum(row.replicas for row in decision.placements),
        unplaced=len(decision.unplaced),
        warm_up_seconds=round(warm_up, 3),
        generate_seconds=round(making, 3),
        place_seconds=round(placing, 3),
        prepare_seconds=round(preparing, 3),
        search_seconds=round(searching, 3),
        search_cpu_seconds=round(spent, 3),
        rows_per_second=round(len(decision.placements) / searching),
        failures=len(environment.failures),
        broken=len(proof.broken) + int((shown > 0).sum()),
        proof_seconds=round(holding, 3),
        told_seconds=round(proving, 3),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB,
        objective=decision.objective.total,
    )
    return _bounded(found, environment, decision, wanted) if wanted.bounds else found


def steady(wanted: Wanted, report: Callable[[str], None]) -> tuple[Answered, ...]:
    """What small changes of a generated estate move, each planned anew from the Plan before it.

    Raises:
        Invalid: there are fewer pools than centers.
    """
    environment = generated(wanted.workloads, wanted.pools, wanted.seed, wanted.hosts)
    plan = schedule(environment, seed=wanted.seed).to_prove(environment, _origin(wanted.seed))
    found = []
    for change in small_changes(environment):
        found.append(answered(plan, change))
        report(f"{change[0]}: {found[-1].replicas_moved} replicas moved")
    return tuple(found)


def _bounded(found: Measured, environment: Environment, decision: Decision, wanted: Wanted) -> Measured:
    """What was measured with the bound of what was placed, and a simple method's objective."""
    placed = {row.workload for row in decision.placements} - {each.workload for each in decision.unplaced}
    seconds, bound = _timed(lambda: _bound(environment, placed, found.objective, wanted))
    greedy = spread_out(environment, at=None, placed=placed)
    ratio = None if greedy is None else against_greedy(found.objective, bound.value, greedy)
    return replace(
        found,
        bound=bound.value,
        method=bound.method,
        gap=bound.gap,
        bound_seconds=round(seconds, 3),
        greedy=None if greedy is None else round(greedy, 3),
        against_greedy=ratio,
    )


def _bound(environment: Environment, placed: set[str], objective: float, wanted: Wanted) -> Bound:
    if wanted.exact_seconds:
        return exact_bound(
            environment, at=None, placed=placed, objective=objective, seconds=wanted.exact_seconds
        )
    return lower_bound(environment, at=None, placed=placed, objective=objective, branches=wanted.branches)


def _proven(environment: Environment, seed: int) -> None:
    prove(
        schedule(environment, seed=seed).to_prove(environment, _origin(seed)),
        environment.failures,
    )


def _origin(seed: int) -> Origin:
    return Origin(engine="bench", seed=seed)


def _timed(work: Callable[[], Thing]) -> tuple[float, Thing]:
    """Seconds that something took, and what it gave."""
    started = time.monotonic()
    made = work()
    return time.monotonic() - started, made
