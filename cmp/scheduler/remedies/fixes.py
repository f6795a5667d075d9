"""Answers what would help: the smallest changes that place what is unplaced, or open a pool that refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from cmp.model.environment import Environment
from cmp.model.explanation import Explanation, PoolView, Standpoint
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.suggestion import Search, Suggestion
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import PLACED_ONLY, Limits, schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.remedies.changes.candidates import BEYOND, Miss, knobs
from cmp.scheduler.remedies.changes.change import Knob
from cmp.scheduler.remedies.changes.editing import only
from cmp.scheduler.remedies.counterfactual import BUDGET, FoundChanges, Report, Trials, search, suggestion


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """A Plan, and the one that it started from: planning again starts there too, from the same seed."""

    plan: Plan
    previous: Plan | None = None
    budget: int = BUDGET
    report: Report = lambda _: None

    def planned(self, environment: Environment) -> Decision:
        """What would be decided for another environment, all else equal.

        What is placed is decided before it is improved, so that to know it no attempt to improve is needed.
        """
        return self._planned(environment, PLACED_ONLY)

    def improved(self, environment: Environment) -> Decision:
        """The same, improved as long as the Plan was."""
        return self._planned(environment, Limits(self.plan.origin.effort))

    def _planned(self, environment: Environment, limits: Limits) -> Decision:
        origin = self.plan.origin
        return schedule(environment, at=origin.at, seed=origin.seed, previous=self.previous, limits=limits)


def with_changes(found: Explanation, basis: Basis) -> Explanation:
    """With what would help: where something is unplaced, or the one pool asked about refuses."""
    missing = {each.workload for each in basis.plan.unplaced}
    if found.workload in missing:
        suggestions, how = place_workload(basis, found.workload)
    elif len({view.pool for view in found.pools}) == 1:
        suggestions, how = open_pool(basis, found.pools)
    else:
        return found
    return found.model_copy(update={"changes": suggestions, "search": how})


def place_workload(basis: Basis, workload: str) -> tuple[tuple[Suggestion, ...], Search]:
    """The smallest changes with which a workload is placed and nothing else loses its place."""
    found, how = found_for(basis, workload)
    return tuple(suggestion(each, workload) for each in found), how


def found_for(basis: Basis, workload: str) -> tuple[tuple[FoundChanges, ...], Search]:
    """The same as values that can be applied."""
    trials = Trials(
        basis.plan.environment,
        lambda environment: _is_placed(basis, environment, workload),
        lambda environment: fits_alone(basis, environment, workload),
        basis.budget,
        basis.report,
    )
    return search(knobs(miss_of(basis.plan, workload)), trials)


def miss_of(plan: Plan, workload: str) -> Miss:
    """What is known of a workload that found no place, with all that is placed together with it."""
    environment = plan.environment
    group = next(each for each in groups_of(environment) if workload in each.members)
    views = [
        view
        for name in group.members
        for view in explain(environment, plan.placements, Question(name), plan.origin.at).pools
    ]
    reasons = {each.group for each in plan.unplaced if each.workload in group.members and each.group}
    return Miss(
        environment, group.workloads, tuple(views), frozenset(reasons), plan.placements, plan.origin.at
    )


def _is_placed(basis: Basis, environment: Environment, workload: str) -> bool:
    before = {each.workload for each in basis.plan.unplaced}
    after = {each.workload for each in basis.planned(environment).unplaced}
    return workload not in after and after <= before


def fits_alone(basis: Basis, environment: Environment, workload: str) -> bool:
    """True when the workload and what it is tied to find a place on the empty estate."""
    group = next(each for each in groups_of(environment) if workload in each.members)
    alone = only(environment, group.workloads)
    origin = basis.plan.origin
    return not any(
        each.workload == workload
        for each in schedule(alone, at=origin.at, seed=origin.seed, limits=PLACED_ONLY).unplaced
    )


def open_pool(basis: Basis, views: Iterable[PoolView]) -> tuple[tuple[Suggestion, ...], Search]:
    """For each side that a pool refuses, the smallest changes with which it would take it, all else standing.

    Where a side belongs (its center) and what the law forbids is not offered to be changed.
    """
    suggestions: list[Suggestion] = []
    tried, complete = 0, True
    for view in views:
        if view.verdict is not Standpoint.REFUSED or not BEYOND.isdisjoint(broken(view)):
            continue
        trials = Trials(
            basis.plan.environment,
            partial(_takes, basis, view),
            budget=basis.budget,
            report=basis.report,
        )
        found, how = search(_openers(basis.plan, view), trials)
        target = f"{view.workload}/{view.component} ({view.role.value}) on {view.pool}"
        suggestions.extend(suggestion(each, target) for each in found)
        tried, complete = tried + how.tried, complete and how.complete
    return tuple(suggestions), Search(tried=tried, complete=complete)


def broken(view: PoolView) -> list[str]:
    """The constraints by which a pool refuses a side."""
    return [each.name for each in view.constraints if not each.ok]


def _openers(plan: Plan, view: PoolView) -> Iterator[Knob]:
    """Changes that concern this pool and this component; a copy asks for little."""
    workload = plan.environment.workload[view.workload]
    miss = Miss(plan.environment, (workload,), (view,), frozenset(), plan.placements, plan.origin.at)
    for knob in knobs(miss):
        foreign = knob.subject.startswith(f"{view.workload}/") and not _is_about(knob.subject, view)
        if not foreign and not (view.role is Role.BACKUP and knob.kind in {"image", "spread"}):
            yield knob


def _is_about(subject: str, view: PoolView) -> bool:
    return f"{subject}/".startswith(f"{view.workload}/{view.component}/")


def _takes(basis: Basis, view: PoolView, environment: Environment) -> bool:
    """True when everything is placed as before and the pool would take the side."""
    decision = basis.improved(environment)
    before = {each.workload for each in basis.plan.unplaced}
    if not {each.workload for each in decision.unplaced} <= before:
        return False
    question = Question(view.workload, view.component, view.pool)
    found = explain(environment, decision.placements, question, basis.plan.origin.at)
    return any(each.role is view.role and each.verdict is not Standpoint.REFUSED for each in found.pools)
