"""Measures how long one more workload waits for its answer beside thousands that stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cmp.bench.generating.making import generated
from cmp.model.environment import Environment
from cmp.model.workload import Workload
from cmp.scheduler.admission import Admissions
from cmp.scheduler.engine import Limits, prepared, searched
from cmp.scheduler.placement.placing import Placing

NEWCOMERS: Final = 300
"""Workloads that are generated beyond those that stand; those that need no other are asked for."""
WARMED: Final = 5
"""Answers that are not counted: compiled code is loaded with the first ones."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How long answers took, in milliseconds by the clock, and how many workloads found a place."""

    standing: int
    pools: int
    asked: int
    admitted: int
    held: int
    p50_ms: float
    p99_ms: float


def admissions(
    workloads: int, pools: int, seed: int, report: Callable[[str], None], *, table: bool = True
) -> Waited:
    """Ask for new workloads one by one, each with what every pool says; survival is proved anew each time.

    Args:
        workloads: how many stand.
        pools: pools of the estate.
        seed: of the generated estate.
        report: told how far it is.
        table: whether every verdict of every pool is asked for, or the histogram.

    Raises:
        Invalid: there are fewer pools than centers.
    """
    whole = generated(workloads + NEWCOMERS, pools, seed)
    start = _standing(whole, workloads)
    report(f"{workloads} workloads stand")
    asking = Admissions(start)
    took, admitted, held = [], 0, 0
    newcomers = [each for each in whole.workloads[workloads:] if _is_alone(each)]
    for number, workload in enumerate(newcomers):
        began = time.monotonic()
        answer = asking.ask(workload, every_verdict=table)
        if number >= WARMED:
            took.append(1000 * (time.monotonic() - began))
            admitted += bool(answer.rows)
            held += answer.held
    took.sort()
    return Waited(
        workloads,
        pools,
        len(took),
        admitted,
        held,
        round(took[len(took) // 2], 2),
        round(took[int(len(took) * 0.99)], 2),
    )


def _standing(whole: Environment, workloads: int) -> Placing:
    fields = {name: getattr(whole, name) for name in Environment.model_fields}
    first = Environment.model_construct(**fields | {"workloads": whole.workloads[:workloads]})
    return searched(prepared(first), limits=Limits(attempts=0))


def _is_alone(workload: Workload) -> bool:
    """True for a workload that needs no other."""
    parts = workload.components
    return not workload.depends_on and not any(part.together_with or part.talks_to for part in parts)
