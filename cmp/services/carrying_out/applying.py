"""Carries Plans out: previews, applies under the lock, destroys; each refuses what must not happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmp.errors import CmpError, Interrupted, Refused
from cmp.installation import HERE
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.when import local
from cmp.ports.leases import Lease
from cmp.services.addresses import addressing
from cmp.services.carrying_out.access import files_of, left_out
from cmp.services.carrying_out.clearing import refuse_in_the_way
from cmp.services.carrying_out.clusters import keep_identities, refusals
from cmp.services.carrying_out.documents import Previewed
from cmp.services.changes.changing import changing
from cmp.services.planning.planning import refuse_incomplete, refuse_unverified
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Workshop
from stacks.engine import operations as engine
from stacks.engine.guard import NOTHING, Agreement
from stacks.engine.recovery import end_leftovers
from stacks.engine.results import StackResult
from stacks.engine.workplace import Workplace
from stacks.programs.rows import clusters_in
from toolchain import kubernetes_provider
from toolchain.engine import ensure

Report = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to: a Plan that leaves something out, deletions."""

    partial: bool = False
    deletions: Agreement = NOTHING


def preview(means: Means, file: Path) -> Previewed:
    """Say what carrying out a file's Plan would change and which policies it would break; changes nothing.

    Raises:
        Invalid: there is no such Plan, or somebody changed it.
        Stale: its inputs have changed.
        Refused: the verifier rejects it, or servers stand in the way inside their pools.
        TryLater: the engine is not to be had, or a stack could not be looked at.
    """
    plan = means.ports.plans.named(str(file))
    refuse_stale(plan, means.ports)
    refuse_unverified(plan)
    refuse_in_the_way(plan, means)
    place = workplace(plan.environment, means.workshop, means.say)
    results = engine.preview(place, plan, refused=refusals(means, plan))
    if not any(result.violations for result in results):
        _require_success(results, "preview")
    return Previewed(results)


def apply(means: Means, plan: Plan, consent: Consent = Consent()) -> tuple[StackResult, ...]:
    """Carry a Plan out on all clouds, center by center side by side, and remember that it was.

    Raises:
        Stale: its inputs have changed.
        Refused: it is incomplete, the verifier or a policy rejects it, or it deletes what nobody agreed to.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be completed; the sentence says which. The others are.
    """
    refuse_incomplete(plan, partial=consent.partial)
    with changing(means, means.actor, plan.environment.name, "apply") as change:
        refuse_stale(plan, means.ports)
        refuse_unverified(plan, local(means.now()).date())
        refuse_in_the_way(plan, means)
        addressing.keep(plan, means.ports)
        place = workplace(plan.environment, means.workshop, means.say, change.lease)
        end_leftovers(place)
        refused = refusals(means, plan)
        previews = engine.preview(place, plan, refused=refused)
        _refuse_violations(previews)
        keep_identities(means, plan, refused)
        change.ports.applied.record(plan, complete=False)
        results = engine.up(place, plan, previews, means.watch.resource, consent.deletions)
        _require_success(results, "apply")
        change.ports.applied.record(plan, complete=True)
        return results


def destroy(means: Means, environment: Environment) -> tuple[StackResult, ...]:
    """Delete everything that an environment's stacks hold on all clouds.

    Raises:
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    with changing(means, means.actor, environment.name, "destroy") as change:
        place = workplace(environment, means.workshop, means.say, change.lease)
        results = engine.destroy(place, environment.name, means.watch.resource)
        _require_success(results, "destroy")
        change.ports.applied.forget(environment.name)
        return results


def workplace(
    environment: Environment, workshop: Workshop, report: Report, lease: Lease | None = None
) -> Workplace:
    """The engine with the state and the access data of an environment; with a lease it changes something.

    Raises:
        TryLater: the engine can neither be found, downloaded nor built.
    """
    engine, files = ensure(HERE.toolchain(), report), files_of(environment, workshop)
    if clusters_in(environment.estate, left_out(workshop)):
        kubernetes_provider.ensure(HERE.toolchain(), engine.pulumi, report)
    place = Workplace(engine, workshop.root, files, left_out=left_out(workshop))
    if lease is None:
        return place
    return replace(place, run=lease.run, environment=lease.environment, number=lease.number)


def _refuse_violations(previews: Sequence[StackResult]) -> None:
    """Refuse a change that breaks a mandatory policy.

    Raises:
        Refused: the sentence names each finding.
    """
    broken = [
        f"{violation.resource or result.name}: {violation.message}"
        for result in previews
        for violation in result.violations
        if violation.stops
    ]
    if broken:
        raise Refused(f"{len(broken)} policy findings: {'; '.join(broken)}")


def _require_success(results: Sequence[StackResult], verb: str) -> None:
    """Tell which stacks are missing.

    Raises:
        Refused: a refusal, as it stands.
        Interrupted: some stacks failed; running the same command again goes on.
    """
    failed = [result for result in results if result.error]
    if not failed:
        return
    first = engine.first_error(failed)
    if isinstance(first, Refused):
        raise first
    reasons = "; ".join(f"{result.name}: {_said(result.error)}" for result in failed)
    done = len(results) - len(failed)
    raise Interrupted(
        f"{verb}: {done} of {len(results)} stacks complete, missing {reasons}",
        hint="run the same command again once that is put right",
    )


def _said(error: CmpError | None) -> str:
    return str(error) if error else ""
