"""Gives reasons: why a component runs where it does, and whose promises stand in another's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cmp.means import Means
from cmp.model.explanation import Explanation
from cmp.model.happenings import Event
from cmp.model.plan import Plan
from cmp.model.references import EnvironmentRef
from cmp.model.suggestion import InTheWay
from cmp.scheduler.explain import explaining
from cmp.scheduler.explain.explaining import Question
from cmp.scheduler.remedies.blockers import in_the_way
from cmp.scheduler.remedies.fixes import Basis, with_changes
from cmp.sentences import Sentence
from cmp.services.planning.planning import Wish, plan_at_hand, started_from

MOST_ASKED = 3
"""Unplaced workloads for which is looked whose room they lack: each takes several plans."""

__all__ = ["Question", "explain", "stand_in_the_way"]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why each side of a workload stands where it does, pool by pool, and what would help."""

    explanation: Explanation

    @property
    def document(self) -> dict[str, Any]:
        """The explanation."""
        return self.explanation.document

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Each side in short."""
        found = self.explanation
        return tuple(explaining.told(found.workload, side) for side in found.sides)


def explain(means: Means, ref: EnvironmentRef, question: Question, *, changes: bool = True) -> Explained:
    """Tell for every pool each constraint on a workload's components; all else stays as planned or kept.

    With `changes`, also what would help where something is unplaced or the one pool asked about refuses.

    Raises:
        Invalid: the environment is wrong, or has no such workload, component or pool.
    """
    plan = plan_at_hand(ref, means.ports, Wish(now=means.now()), means.say)
    found = explaining.explain(plan.environment, plan.placements, question, plan.origin.at)
    if not changes:
        return Explained(found)
    basis = Basis(plan, started_from(plan, means.ports), report=means.say)
    return Explained(with_changes(found, basis))


def stand_in_the_way(
    plan: Plan, previous: Plan | None, report: Callable[[Event], None]
) -> Mapping[str, tuple[InTheWay, ...]]:
    """For the first workloads that a Plan leaves out, whose room each lacks, proven by planning again."""
    names = list(dict.fromkeys(each.workload for each in plan.unplaced))[:MOST_ASKED]
    found = {}
    for name in names:
        report(Event("looking-whose", name))
        found[name] = in_the_way(Basis(plan, previous), name)
    return found
