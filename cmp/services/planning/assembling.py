"""Puts a Plan together from its sources: files, allocations, a moment, a seed and the Plan it starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from cmp.loaders.loading import Loaded, load
from cmp.model import facts
from cmp.model.environment import Environment
from cmp.model.plan import Bound, ObjectiveValue, Origin, Plan, ZoneNetwork
from cmp.model.sealing import canonical
from cmp.network.flows import security_groups
from cmp.scheduler.bounding.bound import lower_bound
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import USUAL, Limits, schedule
from cmp.scheduler.explain.facts import account
from cmp.scheduler.horizon.rescaling import grown
from cmp.scheduler.horizon.shedding import Decided, decide
from cmp.services.addresses.addressing import allocated
from cmp.settings import ENGINE_VERSION, Layout, digest


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What was read: the files of an environment, and the networks that were given to it.

    `environment` is what is declared, as it is known on the day of planning: `expired` names the facts that
    are not known any more.
    """

    folder: Path
    loaded: Loaded
    networks: tuple[ZoneNetwork, ...]
    environment: Environment
    expired: tuple[str, ...] = ()

    def on(self, day: date | None) -> Sources:
        """The sources as they are known on a day; without one everything is known."""
        if day is None:
            return replace(self, environment=self.loaded.environment, expired=())
        environment = facts.aged(self.loaded.environment, day)
        return replace(self, environment=environment, expired=facts.unknown(environment))

    def known_to(self, plan: Plan) -> Sources:
        """The sources with those facts unknown that were unknown to a Plan."""
        names = set(facts.unknown(plan.environment))
        every = facts.facts_of(self.loaded.environment)
        ends = [each.fact.valid_until for each in every if each.name in names]
        last = max((end for end in ends if end is not None), default=None)
        return self.on(last + timedelta(days=1) if last else None)


def sources_of(folder: Path, layout: Layout, loaded: Loaded | None = None) -> Sources:
    """Read an environment, unless the use case has `loaded` it already, and allocate what it needs.

    Raises:
        Invalid: the environment is wrong.
        NothingFits: its address plan has no room left.
    """
    loaded = loaded or load(folder)
    return Sources(folder, loaded, allocated(loaded.environment, layout), loaded.environment)


def inputs_hash(sources: Sources, origin: Origin) -> str:
    """SHA-256 over all a Plan is made from: files, allocations, engine, seed, moment, predecessor.

    Of the day of planning only the names of the facts that have expired count: it changes when one does.
    """
    files = [f"{name}={summed}" for name, summed in sources.loaded.sources]
    given = canonical([network.model_dump(mode="json") for network in sources.networks]).decode()
    known = [f"expired={name}" for name in sources.expired]
    return digest([*files, given, *known, canonical(origin.model_dump(mode="json")).decode()])


def assemble(
    sources: Sources, at: datetime | None, seed: int, previous: Plan | None, limits: Limits = USUAL
) -> Plan:
    """Decide for a moment and write the Plan; at a peak, give way who may before anything is left out."""

    def run(environment: Environment) -> Decision:
        start = grown(previous, environment, at) if previous else None
        return schedule(environment, at=at, seed=seed, previous=start, limits=limits)

    decided = decide(sources.environment, at, run)
    origin = Origin(
        engine=ENGINE_VERSION,
        seed=seed,
        effort=limits.attempts,
        at=at,
        previous=previous.hash if previous else None,
        stopped=limits.stop(),
    )
    before = previous.objective if previous else None
    return written(sources, decided, origin, before, _bound(decided, at))


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
        source=named(sources.folder),
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


def named(folder: Path) -> str:
    """The folder as the Plan names it: relative to the current folder where it lies below it."""
    try:
        return folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.resolve().as_posix()
