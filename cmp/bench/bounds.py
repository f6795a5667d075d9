"""Measures how near the Plan of an environment is to two proven bounds, and the CPU time they took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cmp.loaders.loading import load
from cmp.scheduler.bounding.bound import gap, kept_bound, lower_bound
from cmp.scheduler.engine import Limits, schedule

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Compared:
    """An objective and its bounds in points, gaps as shares of the objective, seconds of the processor.

    `plan_bound` is what a Plan states; `bound` holds for every placement, and `kept_bound` only for those
    that keep the policy's headroom on every pool and split no side, as Plans do where there is room.
    """

    workloads: int
    unplaced: int
    objective: float
    plan_bound: float
    plan_gap: float
    plan_seconds: float
    bound: float
    gap: float
    bound_seconds: float
    kept_bound: float
    kept_gap: float
    kept_seconds: float


def compared(folder: Path, wanted: tuple[int, int | None, int], report: Callable[[str], None]) -> Compared:
    """Plan an environment anew, and bound its objective.

    Args:
        folder: the environment's.
        wanted: the seed, attempts to improve (None: as usual), and how many branches to look into.
        report: hears of each step.

    Raises:
        Invalid: the folder holds no environment.
    """
    seed, effort, branches = wanted
    environment = load(folder).environment
    planning, decision = _spent(lambda: schedule(environment, seed=seed, limits=Limits(effort)))
    objective = decision.objective.total
    report(f"objective {objective:,} in {planning:.1f} s")
    placed = {row.workload for row in decision.placements} - {each.workload for each in decision.unplaced}
    stating, stated = _spent(lambda: lower_bound(environment, at=None, placed=placed, objective=objective))
    bounding, bound = _spent(
        lambda: lower_bound(environment, at=None, placed=placed, objective=objective, branches=branches)
    )
    report(f"no placement is below {bound.value:,}, in {bounding:.1f} s")
    keeping, kept = _spent(
        lambda: kept_bound(environment, at=None, placed=placed, objective=objective, branches=branches)
    )
    kept_value = max(kept.value, bound.value)
    return Compared(
        workloads=len(environment.workloads),
        unplaced=len(decision.unplaced),
        objective=objective,
        plan_bound=stated.value,
        plan_gap=stated.gap,
        plan_seconds=round(planning + stating, 3),
        bound=bound.value,
        gap=bound.gap,
        bound_seconds=round(bounding, 3),
        kept_bound=kept_value,
        kept_gap=gap(objective, kept_value),
        kept_seconds=round(keeping, 3),
    )


def _spent(work: Callable[[], Thing]) -> tuple[float, Thing]:
    """Seconds of the processor that something took, and what it gave."""
    started = time.process_time()
    made = work()
    return time.process_time() - started, made
