"""Tries what no moment of a calendar asks for: a state of demand held all the time; tells what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Origin, Plan
from cmp.model.workload import Demand
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import schedule
from cmp.scheduler.horizon.phases import Name
from cmp.scheduler.horizon.rescaling import grown
from cmp.scheduler.horizon.shedding import candidates, conceded, helpful
from cmp.scheduler.problem.sizes import MILLI
from cmp.scheduler.survival.proving import prove

ALWAYS = "01-01..12-31"


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A state of demand tried from a Plan: the decision, and sentences on what falls short."""

    environment: Environment
    decision: Decision
    shortfall: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """True when everything has its place and every promise holds."""
        return not self.shortfall


def held(environment: Environment, factors: Mapping[Name, int]) -> Environment:
    """The environment with these demand factors (thousandths) at every moment, whatever its calendars say."""
    workloads = []
    for workload in environment.workloads:
        components = tuple(
            component.changed(
                demand=(Demand(when=ALWAYS, factor=factors[workload.id, component.id] / MILLI),)
            )
            if (workload.id, component.id) in factors
            else component
            for component in workload.components
        )
        workloads.append(workload.changed(components=components))
    return environment.changed(workloads=tuple(workloads))


def tried(environment: Environment, at: datetime, previous: Plan) -> Trial:
    """Decide for a moment from a Plan and prove every failure; nobody gives way."""
    start = grown(previous, environment, at)
    decision = schedule(environment, at=at, seed=previous.origin.seed, previous=start)
    origin = Origin(engine=previous.origin.engine, seed=previous.origin.seed, at=at)
    return Trial(environment, decision, shortfall_of(decision.to_prove(environment, origin)))


def shortfall_of(plan: Plan) -> tuple[str, ...]:
    """Everything that a Plan leaves out or promises in vain, as sentences."""
    missing = tuple(each.summary for each in plan.unplaced)
    broken = (each for each in prove(plan, plan.environment.failures).broken if not each.stands)
    return missing + tuple(f"{proof.lose}: {sentence}" for proof in broken for sentence in proof.shortfall)


def yielding(environment: Environment, at: datetime, decision: Decision) -> Environment:
    """The environment in which all give way who may and who stand where room is wanted."""
    return conceded(environment, helpful(candidates(environment, at), decision))
