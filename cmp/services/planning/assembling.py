"""Puts a Plan together from its sources, a moment, a seed and the Plan it starts from."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Bound, ObjectiveValue, Origin, Plan
from cmp.network.flows import security_groups
from cmp.scheduler.bounding.bound import lower_bound
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import USUAL, Limits, schedule
from cmp.scheduler.explain.facts import account
from cmp.scheduler.horizon.homes import before_peak, returned
from cmp.scheduler.horizon.rescaling import grown
from cmp.scheduler.horizon.shedding import Decided, decide
from cmp.services.planning.sources import Sources, inputs_hash
from cmp.settings import ENGINE_VERSION
from stacks.programs.rows import server_names


def assemble(
    sources: Sources, at: datetime | None, seed: int, previous: Plan | None, limits: Limits = USUAL
) -> Plan:
    """Decide for a moment and write the Plan; at a peak, give way who may before anything is left out."""

    def run(environment: Environment) -> Decision:
        start = grown(returned(previous, environment, at), environment, at) if previous else None
        return schedule(environment, at=at, seed=seed, previous=start, limits=limits)

    decided = _clearing(decide(sources.environment, at, run), previous)
    origin = Origin(
        engine=ENGINE_VERSION,
        seed=seed,
        effort=limits.attempts,
        at=at,
        previous=previous.hash if previous else None,
        stopped=limits.stop(),
        max_moves=limits.max_moves if previous else 0,
    )
    before = previous.objective if previous else None
    plan = written(sources, decided, origin, before, _bound(decided, at))
    stood = previous and before_peak(previous, decided.environment, at, plan.placements)
    return plan.model_copy(update={"before_peak": stood, "hash": ""}).sealed() if stood else plan


def _clearing(decided: Decided, previous: Plan | None) -> Decided:
    """The same with the servers that have to move inside their pools first, and what that costs."""
    if previous is None:
        return decided
    from cmp.scheduler.moves.clearing import cleared_first  # noqa: PLC0415 - a first Plan moves nothing

    decision = decided.decision
    target = cleared_first(previous, decision.within(previous, decided.environment), server_names)
    return replace(
        decided,
        decision=replace(decision, moves_first=target.moves_first, objective=target.objective),
    )


def _bound(decided: Decided, at: datetime | None) -> Bound:
    """What no placement of the workloads that were placed can be below."""
    decision = decided.decision
    missing = {each.workload for each in decision.unplaced}
    placed = {row.workload for row in decision.placements} - missing
    return lower_bound(decided.environment, at=at, placed=placed, objective=decision.objective.total)


def written(
    sources: Sources,
    decided: Decided,
    origin: Origin,
    before: ObjectiveValue | None = None,
    bound: Bound | None = None,
) -> Plan:
    """A decision as a sealed Plan, with the objective before it and the bound where that was worked out."""
    decision, environment = decided.decision, decided.environment
    told = account(environment, decision.placements, decision.unplaced)
    return Plan(
        inputs_hash=inputs_hash(sources, origin),
        source=sources.source,
        origin=origin,
        environment=environment,
        networks=sources.networks,
        security_groups=security_groups(environment, sources.networks, decision.placements),
        gives_way=decided.gives_way,
        objective_before=before,
        bound=bound,
        facts=told.facts,
        fact_counts=told.counts,
        gaps=told.gaps,
        **decision.parts,
    ).sealed()
