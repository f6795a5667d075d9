"""Makes Plans: reads the environment, allocates addresses, schedules, and seals the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cmp.errors import Refused, Stale
from cmp.loaders.loading import Loaded, load
from cmp.model.environment import Environment
from cmp.model.plan import Origin, Plan, ZoneNetwork, canonical
from cmp.network.allocation import allocate, remember
from cmp.network.flows import security_groups
from cmp.scheduler.engine import schedule
from cmp.settings import ENGINE_VERSION, Layout, digest
from cmp.store import plans
from cmp.verifier.checking import check

MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """How a Plan is wanted: for which moment, from which seed, starting from which Plan or from nothing."""

    at: datetime | None = None
    seed: int = 0
    previous: Path | None = None
    fresh: bool = False


def make_plan(folder: Path, layout: Layout, wish: Wish = Wish()) -> Plan:
    """Place everything an environment declares, or list what cannot be placed in the Plan.

    Starts from the Plan last applied unless the wish says otherwise; where nothing that it depends on has
    changed since, the answer is that very Plan.

    Raises:
        Invalid: the environment is wrong.
        NothingFits: its address plan has no room left.
    """
    loaded = load(folder)
    environment = loaded.environment
    networks = allocated(environment, layout)
    previous = _previous(environment, layout, wish)
    if previous and _is_current(previous, loaded, networks, wish):
        return previous
    origin = Origin(
        engine=ENGINE_VERSION, seed=wish.seed, at=wish.at, previous=previous.hash if previous else None
    )
    return _assemble(loaded, folder, networks, origin, previous)


def refuse_stale(plan: Plan, layout: Layout) -> None:
    """Refuse a Plan whose inputs have changed since it was made.

    Raises:
        Stale: the environment's files, the allocations or the engine are others now.
        Invalid: the environment cannot be read any more.
    """
    loaded = load(Path(plan.source))
    networks = allocated(loaded.environment, layout)
    if inputs_hash(loaded, networks, plan.origin) != plan.inputs_hash or plan.origin.engine != ENGINE_VERSION:
        raise Stale(
            f"the plan {plan.hash[:12]} is stale: {plan.source} has changed since it was made",
            hint=f"run `tricenter plan {plan.source}` again",
        )


def refuse_unverified(plan: Plan) -> None:
    """Refuse a Plan that the independent verifier rejects.

    Raises:
        Refused: it breaks a constraint or a promise; the sentence names the first ones.
    """
    findings = check(plan)
    if findings:
        told = "; ".join(f"{finding.subject}: {finding.sentence}" for finding in findings[:MAX_FINDINGS])
        more = f" and {len(findings) - MAX_FINDINGS} more" if len(findings) > MAX_FINDINGS else ""
        raise Refused(f"the verifier rejects the plan {plan.hash[:12]}: {told}{more}")


def refuse_incomplete(plan: Plan, *, partial: bool) -> None:
    """Refuse a Plan that leaves something out, unless that is agreed to.

    Raises:
        Refused: something is unplaced and `partial` was not given.
    """
    if plan.unplaced and not partial:
        raise Refused(
            f"{len(plan.unplaced)} components of the plan are unplaced: {plan.unplaced[0].summary}",
            hint="add what they lack, or agree with --partial",
        )


def allocated(environment: Environment, layout: Layout) -> tuple[ZoneNetwork, ...]:
    """The networks of every zone, those that were given before unchanged."""
    remembered = plans.remembered_networks(layout.allocation(environment.name))
    return allocate(environment, remember(remembered))


def inputs_hash(loaded: Loaded, networks: tuple[ZoneNetwork, ...], origin: Origin) -> str:
    """SHA-256 over all a Plan is made from: files, allocations, engine, seed, moment, predecessor."""
    files = [f"{name}={summed}" for name, summed in loaded.sources]
    given = canonical([network.model_dump(mode="json") for network in networks]).decode()
    return digest([*files, given, canonical(origin.model_dump(mode="json")).decode()])


def _previous(environment: Environment, layout: Layout, wish: Wish) -> Plan | None:
    if wish.fresh:
        return None
    if wish.previous is not None:
        return plans.load(wish.previous)
    applied = plans.last_applied(layout.applied_plan(environment.name))
    return applied.plan if applied else None


def started_from(plan: Plan, layout: Layout) -> Plan | None:
    """The Plan that a Plan just made started from: the one last applied, which may be itself."""
    previous = _previous(plan.environment, layout, Wish())
    known = {plan.hash, plan.origin.previous}
    return previous if previous is not None and previous.hash in known else None


def _is_current(plan: Plan, loaded: Loaded, networks: tuple[ZoneNetwork, ...], wish: Wish) -> bool:
    same_wish = (plan.origin.at, plan.origin.seed, plan.origin.engine) == (wish.at, wish.seed, ENGINE_VERSION)
    return same_wish and inputs_hash(loaded, networks, plan.origin) == plan.inputs_hash


def _assemble(
    loaded: Loaded, folder: Path, networks: tuple[ZoneNetwork, ...], origin: Origin, previous: Plan | None
) -> Plan:
    environment = loaded.environment
    decision = schedule(environment, at=origin.at, seed=origin.seed, previous=previous)
    return Plan(
        inputs_hash=inputs_hash(loaded, networks, origin),
        source=_named(folder),
        origin=origin,
        environment=environment,
        networks=networks,
        security_groups=security_groups(environment, networks, decision.placements),
        placements=decision.placements,
        takeovers=decision.takeovers,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    ).sealed()


def _named(folder: Path) -> str:
    """The folder as the Plan names it: relative to the current folder where it lies below it."""
    try:
        return folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return folder.resolve().as_posix()
