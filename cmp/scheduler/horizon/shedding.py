"""Lets elastic and preemptible components give way to a peak of demand, in the stated order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import GivingWay, Unplaced
from cmp.model.workload import Component, Scaling, Workload, Yields
from cmp.scheduler.constraints.profiles import COPYING, RUNNING
from cmp.scheduler.decision import Decision
from cmp.scheduler.horizon.phases import Name
from cmp.scheduler.problem.sizes import MILLI, factor_milli

ROOMLESS = frozenset(each.name for each in (*RUNNING, *COPYING))
"""Constraints that no room in the world would change."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A component that may give way, and the replicas that it keeps: 0 where it may stop altogether."""

    workload: Workload
    component: Component
    keeps: int

    @property
    def name(self) -> Name:
        """Workload and component."""
        return self.workload.id, self.component.id

    @property
    def told(self) -> GivingWay:
        """As a Plan writes it."""
        return GivingWay(
            workload=self.workload.id,
            component=self.component.id,
            declared=self.component.replicas,
            replicas=self.keeps,
        )


def candidates(environment: Environment, at: datetime | None) -> tuple[Candidate, ...]:
    """Everybody who may give way at a moment: preemptible first, then ascending grade, then by name.

    An elastic component keeps `min_replicas`. A preemptible one stops, unless it keeps data or another
    component that remains asks for it: then it keeps `min_replicas` too. Whose own demand is above 1 at the
    moment gives nothing: that is the very peak that has to fit.
    """
    asked = _asked_for(environment)
    found = []
    for workload in environment.workloads:
        for component in workload.components:
            if component.yields is Yields.NEVER or component.quorum is not None:
                continue
            if factor_milli(component, at, environment.calendar) > MILLI:
                continue
            keeps = 0 if _may_stop(workload, component, asked) else component.min_replicas
            if keeps < component.replicas:
                found.append(Candidate(workload, component, keeps))
    return tuple(sorted(found, key=_order))


def helpful(found: Sequence[Candidate], decision: Decision) -> tuple[Candidate, ...]:
    """The candidates that stand where something unplaced could stand, or are unplaced themselves."""
    pools = pools_wanting_room(decision.unplaced)
    missing = {(each.workload, each.component) for each in decision.unplaced}
    standing: dict[Name, set[str]] = {}
    for row in decision.placements:
        standing.setdefault((row.workload, row.component), set()).add(row.pool)
    return tuple(each for each in found if each.name in missing or standing.get(each.name, set()) & pools)


def pools_wanting_room(unplaced: Collection[Unplaced]) -> frozenset[str]:
    """The pools that would take something unplaced if only they had room."""
    return frozenset(
        reason.pool for each in unplaced for reason in each.reasons if reason.constraint not in ROOMLESS
    )


def conceded(environment: Environment, given: Collection[Candidate]) -> Environment:
    """The environment as it is while some components give way."""
    keeps: Mapping[Name, int] = {each.name: each.keeps for each in given}
    workloads = []
    for workload in environment.workloads:
        if not any(name == workload.id for name, _ in keeps):
            workloads.append(workload)
            continue
        left = [
            _shrunk(component, keeps.get((workload.id, component.id)))
            for component in workload.components
            if keeps.get((workload.id, component.id)) != 0
        ]
        if left:
            workloads.append(workload.changed(components=tuple(left)))
    return environment.changed(workloads=tuple(workloads))


def _shrunk(component: Component, keeps: int | None) -> Component:
    """A component that runs so many replicas whatever the demand and the chip."""
    if keeps is None:
        return component
    fixed = Scaling.FIXED if component.scaling is Scaling.HORIZONTAL else component.scaling
    return component.changed(replicas=keeps, demand=(), scaling=fixed, min_replicas=keeps)


def _may_stop(workload: Workload, component: Component, asked: Collection[Name]) -> bool:
    alone = len(workload.components) == 1
    return (
        component.yields is Yields.PREEMPTIBLE
        and not component.stateful
        and not component.data.gib
        and (workload.id, component.id) not in asked
        and not (alone and (workload.id, "") in asked)
    )


def _asked_for(environment: Environment) -> frozenset[Name]:
    """Every component that another one talks to or stands with; a workload that others need, with ''."""
    asked: set[Name] = set()
    for workload in environment.workloads:
        asked |= {(each.workload, "") for each in workload.depends_on}
        for component in workload.components:
            asked |= {(talk.workload or workload.id, talk.component) for talk in component.talks_to}
            for name in component.together_with:
                other, _, part = name.rpartition("/")
                asked.add((other or workload.id, part))
    return frozenset(asked)


def _order(each: Candidate) -> tuple[bool, int, Name]:
    elastic = each.component.yields is not Yields.PREEMPTIBLE
    return elastic, each.workload.recovery.grade, each.name


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """A decision, the environment that it holds for, and who gives way in it."""

    environment: Environment
    decision: Decision
    given: tuple[Candidate, ...] = ()

    @property
    def gives_way(self) -> tuple[GivingWay, ...]:
        """As a Plan writes it."""
        return tuple(each.told for each in self.given)


def decide(environment: Environment, at: datetime | None, run: Callable[[Environment], Decision]) -> Decided:
    """Decide for a moment; where something finds no room then, let the fewest in order give way to all of it.

    Without a moment there is no peak, and nobody gives way. Nobody gives way in vain either: if all of them
    together do not make room for everything, all stay as they are.

    Args:
        environment: what is declared.
        at: the moment.
        run: decides for an environment.
    """
    decision = run(environment)
    if at is None or not decision.unplaced:
        return Decided(environment, decision)
    order = helpful(candidates(environment, at), decision)
    found: Decided | None = None
    low, high = 0, len(order) + 1
    middle = len(order)
    while order and high - low > 1:
        reduced = conceded(environment, order[:middle])
        tried = run(reduced)
        if tried.unplaced:
            low = middle
        else:
            found, high = Decided(reduced, tried, order[:middle]), middle
        middle = (low + high) // 2
    return found or Decided(environment, decision)
