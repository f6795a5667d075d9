"""Carries Plans out: previews, applies under the lock, destroys; each refuses what must not happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date
from functools import cache

from cmp.errors import CmpError, Refused
from cmp.installation import HERE
from cmp.means import Means
from cmp.model.apply_journal import ApplyState, ApplyStep
from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.journal import Progress
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.ports.leases import Lease
from cmp.services.carrying_out import removing
from cmp.services.carrying_out.access import files_of, for_the_provider, left_out
from cmp.services.carrying_out.clearing import refuse_in_the_way
from cmp.services.carrying_out.clusters import refusals
from cmp.services.carrying_out.documents import Previewed
from cmp.services.carrying_out.parts import part_of
from cmp.services.carrying_out.stacks import EngineRemoval, EngineStacks
from cmp.services.carrying_out.steps import (
    NO_CONSENT,
    Carrier,
    Consent,
    do_step,
    next_step,
    opened,
    require_success,
)
from cmp.services.changes.changing import Change, changing
from cmp.services.planning.refusing import refuse_incomplete, refuse_unverified
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Workshop
from stacks.engine import operations as engine
from stacks.engine.marks import Marking
from stacks.engine.ready import ready
from stacks.engine.recovery import end_leftovers
from stacks.engine.results import StackResult
from stacks.engine.sharing import bring_over, prepare, refuse_apart
from stacks.engine.workplace import Workplace
from stacks.names import StackName
from stacks.programs.rows import clusters_in
from toolchain import kubernetes_provider
from toolchain.engine import ensure

Report = Callable[[str], None]
"""Takes one line of progress."""
Reached = Callable[[ApplyStep, Progress], None]
"""Hears that a step of the journal begins, and that it is done."""


def preview(means: Means, name: str, only: Sequence[str] = (), *, every: bool = False) -> Previewed:
    """Say what carrying a named Plan out would change and which policies it would break; changes nothing.

    With `only`, clouds and workloads by their ids, this is said of them alone. Stacks that would only get
    another Plan's tag are counted and not asked about, unless `every` one is to be, or a part is asked for:
    those that were carried out whole and that nobody, nor their programs, changed since.

    Raises:
        Invalid: there is no such Plan, or somebody changed it; or `only` names nothing of it.
        Stale: its inputs have changed.
        Refused: the verifier rejects it, or servers stand in the way inside their pools.
        TryLater: the engine is not to be had, or a stack could not be looked at.
    """
    plan = means.ports.plans.named(name)
    refuse_stale(plan, means.ports)
    refuse_unverified(plan)
    part = part_of(plan, only, means)
    refuse_in_the_way(part.of(plan), means)
    place = replace(workplace(plan.environment, means.workshop, means.say), part=part)
    with ready(place, kinds_in(plan.environment)) as quick:
        refused = refusals(means, plan)
        known = {} if every or part else _only_retagged(means, plan, quick, refused)
        results = engine.preview(quick, plan, refused=refused, known=known)
    if not any(result.violations for result in results):
        require_success(results, "preview")
    return Previewed(results)


def _only_retagged(
    means: Means, plan: Plan, place: Workplace, refused: Mapping[str, CmpError]
) -> Mapping[StackName, StackResult]:
    """The stacks of which only the Plan's tag would change, by what is known of the Plan that was applied."""
    name = plan.environment.name
    applied, journal = means.ports.applied.last(name), means.ports.applied.journal(name)
    if applied is None or journal is None or applied.plan.hash == plan.hash:
        return {}
    if not applied.complete or journal.state is not ApplyState.DONE or journal.plan != applied.plan.hash:
        return {}
    marks = {
        stack: each.mark
        for each in journal.of(ApplyStep.COMPLETE).stacks
        if each.mark is not None and (stack := StackName.named(each.stack)).center not in refused
    }
    return Marking(place, plan, _today(means)).only_retagged(marks, journal.plan)


def _today(means: Means) -> date:
    """The day by which policies judge."""
    return means.now().astimezone(UTC).date()


def _unheard(_step: ApplyStep, _progress: Progress) -> None:
    """Nobody asks how far the journal has come."""


def apply(
    means: Means,
    plan: Plan,
    consent: Consent = NO_CONSENT,
    reached: Reached = _unheard,
    part: Part = WHOLE,
) -> tuple[StackResult, ...]:
    """Carry a Plan out on all clouds, or a part of it, centers side by side, and remember that it was.

    Args:
        means: what the use case works with.
        plan: the Plan.
        consent: what somebody agreed to.
        reached: hears of each step of the journal, once it is written.
        part: what of the Plan is meant.

    Raises:
        Stale: its inputs have changed.
        Refused: it is incomplete, the verifier or a policy rejects it, or it deletes what nobody agreed to.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be completed; the sentence says which. The others are.
    """
    refuse_incomplete(part.of(plan), partial=consent.partial)
    with changing(means, means.actor, plan.environment.name, "apply") as change, ExitStack() as held:
        carrier = carrier_of(means, plan, change, consent, held, part)
        journal = opened(carrier)
        while (number := next_step(journal)) is not None:
            step = journal.entries[number].step
            reached(step, Progress.BEGUN)
            journal = do_step(journal, number, carrier)
            reached(step, Progress.DONE)
        return carrier.results


def carrier_of(
    means: Means,
    plan: Plan,
    change: Change,
    consent: Consent = NO_CONSENT,
    held: ExitStack | None = None,
    part: Part = WHOLE,
) -> Carrier:
    """What the steps of a Plan are done with, by the real engine.

    When the first step asks for stacks, what dead runs of the same environment left is ended. Where something
    is `held` until the last step, what the engine's plugins import is kept ready as long.
    """

    @cache
    def stacks() -> EngineStacks:
        place = replace(workplace(plan.environment, means.workshop, means.say, change.lease), part=part)
        end_leftovers(place)
        if held is not None:
            place = held.enter_context(ready(place, kinds_in(plan.environment)))
        return EngineStacks(place, plan, means.watch.resource, _today(means))

    return Carrier(plan, means, change, stacks, consent, part)


def destroy(means: Means, environment: Environment) -> tuple[StackResult, ...]:
    """Delete everything that an environment's stacks hold on all clouds.

    Raises:
        Refused: clusters that are left out still have stacks; the others are gone.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    with changing(means, means.actor, environment.name, "destroy") as change, ExitStack() as held:
        remover = remover_of(means, environment, change, held)
        journal = removing.opened(remover)
        while (number := removing.next_step(journal)) is not None:
            journal = removing.do_step(journal, number, remover)
        return remover.results


def remover_of(
    means: Means, environment: Environment, change: Change, held: ExitStack | None = None
) -> removing.Remover:
    """What the steps of taking an environment down are done with, by the real engine; `held` as for Plans."""

    @cache
    def stacks() -> EngineRemoval:
        place = workplace(environment, means.workshop, means.say, change.lease)
        end_leftovers(place)
        if held is not None:
            place = held.enter_context(ready(place, kinds_in(environment)))
        refused = not_wanted(environment, means.workshop)
        return EngineRemoval(place, environment.name, means.watch.resource, refused)

    return removing.Remover(environment.name, means, change, stacks)


def kinds_in(environment: Environment) -> frozenset[CloudKind]:
    """The kinds of cloud that an environment has."""
    return frozenset(cloud.kind for cloud in environment.estate.clouds)


def workplace(
    environment: Environment, workshop: Workshop, report: Report, lease: Lease | None = None
) -> Workplace:
    """The engine with the state and the access data of an environment; with a lease it changes something.

    Raises:
        Refused: without a lease, where a shared state still lies in files of this machine.
        Conflict: files of this machine and the shared state tell different things.
        TryLater: the engine can neither be found, downloaded nor built.
    """
    engine, files = ensure(HERE.toolchain(), report), files_of(environment, workshop)
    if clusters_in(environment.estate, left_out(workshop)):
        kubernetes_provider.ensure(HERE.toolchain(), engine.pulumi, report)
        files = for_the_provider(environment, workshop, files)
    place = Workplace(engine, workshop.root, files, workshop.backend, left_out=left_out(workshop))
    prepare(place)
    if lease is None:
        refuse_apart(place, environment.name)
        return place
    lent = replace(place, run=lease.run, environment=lease.environment, number=lease.number)
    bring_over(lent, environment.name)
    return lent


def not_wanted(environment: Environment, workshop: Workshop) -> Mapping[str, CmpError]:
    """Why nothing is deleted in clusters that are left out, by their clouds."""
    wanted = set(clusters_in(environment.estate, left_out(workshop)))
    return {
        name: Refused(f"{name} is left out and still has stacks", hint="run it without KUBERNETES=0")
        for name in clusters_in(environment.estate)
        if name not in wanted
    }
