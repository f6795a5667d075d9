"""Carries Plans out: previews, applies under the lock, destroys; each refuses what must not happen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cmp.errors import CmpError, Interrupted, Refused
from cmp.installation import HERE
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.when import local
from cmp.services.addresses import addressing
from cmp.services.carrying_out.access import files_of
from cmp.services.planning.planning import refuse_incomplete, refuse_unverified
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Layout
from cmp.store import plans
from cmp.store.lock import hold
from stacks.engine import operations as engine
from stacks.engine.guard import NOTHING, Agreement
from stacks.engine.recovery import end_leftovers
from stacks.engine.results import Progress, StackResult
from stacks.engine.workplace import Workplace
from toolchain.engine import ensure


class Watch(Protocol):
    """Takes progress, from several threads."""

    def line(self, text: str) -> None:
        """One line that stays."""
        ...

    def resource(self, progress: Progress) -> None:
        """One resource's operation began, ended or failed."""
        ...


Report = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to: a Plan that leaves something out, deletions."""

    partial: bool = False
    deletions: Agreement = NOTHING


def preview(plan: Plan, layout: Layout, watch: Watch) -> tuple[StackResult, ...]:
    """Say what carrying a Plan out would change and which policies it would break; nothing is changed.

    Raises:
        Stale: its inputs have changed.
        Refused: the verifier rejects it.
        TryLater: the engine is not to be had, or a stack could not be looked at.
    """
    refuse_stale(plan, layout)
    refuse_unverified(plan)
    return _previewed(plan, layout, watch)


def apply(
    plan: Plan, layout: Layout, watch: Watch, now: datetime, consent: Consent = Consent()
) -> tuple[StackResult, ...]:
    """Carry a Plan out on all clouds, center by center side by side, and remember that it was.

    Raises:
        Stale: its inputs have changed.
        Refused: it is incomplete, the verifier or a policy rejects it, or it deletes what nobody agreed to.
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be completed; the sentence says which. The others are.
    """
    refuse_incomplete(plan, partial=consent.partial)
    with changing(layout, f"apply {plan.environment.name}", now, watch.line) as run:
        refuse_stale(plan, layout)
        refuse_unverified(plan, local(now).date())
        addressing.keep(plan, layout)
        place = workplace(plan.environment, layout, watch.line, run)
        end_leftovers(place)
        previews = engine.preview(place, plan)
        _refuse_violations(previews)
        plans.record_applied(plan, layout.applied_plan(plan.environment.name), complete=False)
        results = engine.up(place, plan, previews, watch.resource, consent.deletions)
        _require_success(results, "apply")
        plans.record_applied(plan, layout.applied_plan(plan.environment.name), complete=True)
        return results


def destroy(environment: Environment, layout: Layout, watch: Watch, now: datetime) -> tuple[StackResult, ...]:
    """Delete everything that an environment's stacks hold on all clouds.

    Raises:
        Conflict: somebody else is changing the estate.
        Interrupted: some stacks could not be taken down; the others are.
    """
    with changing(layout, f"destroy {environment.name}", now, watch.line) as run:
        place = workplace(environment, layout, watch.line, run)
        results = engine.destroy(place, environment.name, watch.resource)
        _require_success(results, "destroy")
        plans.forget_applied(layout.applied_plan(environment.name))
        return results


@contextmanager
def changing(layout: Layout, command: str, now: datetime, say: Report) -> Iterator[str]:
    """Hold the lock on the estate under a new run id; tells of a run before that died holding it.

    Raises:
        Conflict: another process holds it.
    """
    run = secrets.token_hex(8)
    with hold(layout.lock, command=command, run=run, now=now) as held:
        if (dead := held.left_by) is not None:
            say(f"`{dead.command}` (process {dead.pid}) of {dead.since} ended half-way: going on from there")
        yield run


def workplace(environment: Environment, layout: Layout, report: Report, run: str = "") -> Workplace:
    """The engine with the state and the access data of an environment.

    Raises:
        TryLater: the engine can neither be found, downloaded nor built.
    """
    return Workplace(ensure(HERE.toolchain(), report), layout.root, files_of(environment, layout), run=run)


def _previewed(plan: Plan, layout: Layout, watch: Watch) -> tuple[StackResult, ...]:
    place = workplace(plan.environment, layout, watch.line)
    results = engine.preview(place, plan)
    if not any(result.violations for result in results):
        _require_success(results, "preview")
    return results


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
