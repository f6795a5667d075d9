"""Carries Plans out through the Pulumi engine: preview, up, refresh, outputs of their stacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pulumi import automation

from cmp.errors import CmpError
from cmp.installation import HERE
from cmp.model.estate import CloudKind
from cmp.model.events import ResourceProgress
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from stacks.engine.copies import copy_state, is_copied
from stacks.engine.events import Recorder
from stacks.engine.guard import NOTHING, Agreement, require_agreement
from stacks.engine.parts import left_alone, places
from stacks.engine.pending import settle, take_over
from stacks.engine.reasons import why
from stacks.engine.recovery import end_leftovers, unlocking
from stacks.engine.results import Changes, Report, StackResult
from stacks.engine.workplace import Workplace, existing, opened, told
from stacks.names import GROUNDS, STAGES, Project, StackName
from stacks.programs.containers import containers
from stacks.programs.foundation import foundation
from stacks.programs.part import part_of
from stacks.programs.platform import platform
from stacks.programs.rows import NOTHING as NOTHING_LEFT_OUT
from stacks.programs.rows import centers_of, clusters_of
from stacks.programs.workloads import workloads

IN_CENTERS = {Project.FOUNDATION: foundation, Project.WORKLOADS: workloads}
"""The programs of centers, each given its part of the Plan; those of clusters are given plain objects."""

POLICIES = HERE.shipped("policies")
"""The policy pack; it is on at every preview and every change."""

NOBODY: Mapping[str, CmpError] = {}
"""No cluster is refused."""

NONE: Mapping[StackName, StackResult] = {}
"""Nothing is known of any stack."""

PARALLEL = 16
"""Operations on resources at the same time in one stack: clouds get slower, not faster, from more."""


@dataclass(frozen=True, slots=True)
class Work:
    """What carrying out one Plan needs at every stack; `previews` are what was said of the same Plan."""

    place: Workplace
    plan: Plan
    previews: Mapping[StackName, StackResult]
    report: Report


def ignore(progress: ResourceProgress) -> None:
    """Take progress and tell nobody."""


def stacks_of(
    plan: Plan, left_out: frozenset[CloudKind] = NOTHING_LEFT_OUT, part: Part = WHOLE
) -> tuple[StackName, ...]:
    """The stacks of a Plan that a part may concern, grounds first; kinds that are left out have none."""
    name, centers, clusters = plan.environment.name, centers_of(plan), clusters_of(plan, left_out)
    there = {
        Project.FOUNDATION: centers,
        Project.PLATFORM: clusters,
        Project.WORKLOADS: (*centers, *clusters),
    }
    asked = places(plan, part)
    return tuple(
        StackName(project, name, each) for project in Project for each in there[project] if each in asked
    )


def preview(
    place: Workplace,
    plan: Plan,
    report: Report = ignore,
    *,
    refresh: bool = True,
    refused: Mapping[str, CmpError] = NOBODY,
    known: Mapping[StackName, StackResult] = NONE,
) -> tuple[StackResult, ...]:
    """Say what carrying the Plan out would change, and which policies it would break; nothing is changed.

    Args:
        place: the engine and its state.
        plan: the Plan.
        report: takes progress, from several threads.
        refresh: whether the clouds are asked first what is really there.
        refused: why nothing may be done in a cluster, by its cloud: its stacks are not looked at.
        known: what is known of stacks without the engine, which is not asked about them.

    Returns:
        One result a stack, foundations first. A stack that could not be looked at has an `error`.

    Raises:
        TryLater: the state folder cannot be written.
    """
    place.variables()
    names = stacks_of(plan, place.left_out, place.part)
    looking = partial(_preview, place, plan, report, refresh, refused)
    return each_of(names, lambda name: known.get(name) or looking(name))


def up(
    place: Workplace,
    plan: Plan,
    previews: Sequence[StackResult],
    report: Report = ignore,
    agreed: Agreement = NOTHING,
) -> tuple[StackResult, ...]:
    """Carry a Plan out: all foundations, then the workloads of every center whose foundation stands.

    What leaves a foundation may be in use until the workloads have changed: it is deleted after them. One
    center's failure leaves the others to complete. Stacks that the preview found unchanged are left.

    Args:
        place: the engine and its state; its `run` holds our lock on the state, and ended what a dead run left
            (`end_leftovers`) before it looked: a stack that another engine still changes cannot be previewed.
        plan: the Plan.
        previews: what `preview` said of the same Plan.
        report: takes progress, from several threads.
        agreed: the deletions that somebody agreed to.

    Returns:
        One result a stack, foundations first; the sum of what failed is told by `first_error`.

    Raises:
        Refused: something would be deleted that nobody agreed to.
        TryLater: the state folder cannot be written.
    """
    require_agreement(previews, agreed)
    work = Work(place, plan, {result.name: result for result in previews}, report)
    done: dict[StackName, StackResult] = {}
    for projects in STAGES:
        done |= stage(work, projects, done)
    return tuple((done | clear(work, done)).values())


def stage(
    work: Work, projects: Sequence[Project], done: Mapping[StackName, StackResult]
) -> dict[StackName, StackResult]:
    """Carry out the stacks of some projects where the grounds in `done` stand; may be repeated."""
    names = [name for name in work.previews if name.project in projects]
    return {result.name: result for result in each_of(names, partial(_up, work, done))}


def clear(work: Work, done: Mapping[StackName, StackResult]) -> dict[StackName, StackResult]:
    """Delete what leaves grounds whose workloads in `done` have let go of it; may be repeated."""
    return {result.name: result for result in each_of(_to_clear(work, done), partial(_clear, work, done))}


def refresh(
    place: Workplace, environment: str, report: Report = ignore, *, dry: bool = False
) -> tuple[StackResult, ...]:
    """Ask the clouds what became of every resource in the state, and remember it unless `dry`.

    `planned` tells what differs: `update` where fields do, `delete` where the resource is gone. Unless it is
    `dry`, the caller holds our lock on the state.
    """
    if not dry:
        end_leftovers(place)
    names = [name for project in Project for name in existing(place, project, environment)]
    return each_of(names, partial(_refresh, place, report, dry))


def standing(place: Workplace, environment: str) -> tuple[StackName, ...]:
    """The stacks of an environment that exist.

    Raises:
        TryLater: the engine does not start, or its state cannot be read.
    """
    with ThreadPoolExecutor(len(Project)) as threads:
        found = threads.map(lambda project: existing(place, project, environment), Project)
        return tuple(name for names in found for name in names)


def outputs(place: Workplace, environment: str) -> Mapping[StackName, Mapping[str, Any]]:
    """What each stack of an environment exported.

    Raises:
        TryLater: the state cannot be read.
    """
    names = standing(place, environment)
    with ThreadPoolExecutor(max(1, len(names))) as threads:
        return dict(zip(names, threads.map(partial(_outputs, place), names), strict=True))


def first_error(results: Iterable[StackResult]) -> CmpError | None:
    """The error to end with: what was refused goes before what may be tried again."""
    errors = [result.error for result in results if result.error]
    return min(errors, key=lambda error: error.exit_code, default=None)


def each_of(names: Sequence[StackName], work: Callable[[StackName], StackResult]) -> tuple[StackResult, ...]:
    """Do the same with several stacks at a time; what one of them is refused becomes its result."""

    def guarded(name: StackName) -> StackResult:
        try:
            return work(name)
        except CmpError as error:
            return StackResult(name, error=error)

    with ThreadPoolExecutor(max(1, len(names))) as threads:
        return tuple(threads.map(guarded, names))


def _program(place: Workplace, plan: Plan, name: StackName) -> Callable[[], None]:
    if name.center in clusters_of(plan):
        program = containers if name.project is Project.WORKLOADS else platform
        return partial(program, plan, name.center, place.access, place.part)
    part = part_of(plan, name.project, name.center)
    return partial(IN_CENTERS[name.project], part, name.center, place.access, place.part)


def _preview(
    place: Workplace,
    plan: Plan,
    report: Report,
    refreshing: bool,
    refused: Mapping[str, CmpError],
    name: StackName,
) -> StackResult:
    if name.center in refused and not place.part:
        return StackResult(name, error=refused[name.center])
    with opened(place, name, _program(place, plan, name), plan) as stack:
        if name.center in clusters_of(plan):
            take_over(place, stack, name)
        left = left_alone(place, plan, stack, name)
        if left is None or name.center in refused:
            return StackResult(name, error=None if left is None else refused[name.center])
        return watched(
            name,
            report,
            lambda recorder: stack.preview(
                on_event=recorder.take,
                policy_packs=[str(POLICIES)],
                refresh=refreshing,
                parallel=PARALLEL,
                color="never",
                exclude=left or None,
            ),
        )


def _up(
    work: Work,
    done: Mapping[StackName, StackResult],
    name: StackName,
) -> StackResult:
    """Apply one stack where there is something to do and its ground stands.

    A stack whose preview failed is not applied: nobody looked at what it would delete.
    """
    for ground in (done[each] for each in name.grounds if each in done):
        if ground.error:
            return StackResult(name, error=ground.error)
    expected = work.previews[name]
    copied = is_copied(work.place, name, centers_of(work.plan))
    if expected.error or (not expected.changes.total and copied):
        return expected
    return _apply(work, name, expected.leaving if name.project in GROUNDS else ())


def _to_clear(work: Work, done: Mapping[StackName, StackResult]) -> list[StackName]:
    """The grounds that something leaves, where the workloads on them have let go of it."""
    return [
        name
        for name in done
        if name.project in GROUNDS
        and work.previews[name].leaving
        and done[name].succeeded
        and done[replace(name, project=Project.WORKLOADS)].succeeded
    ]


def _clear(work: Work, done: Mapping[StackName, StackResult], name: StackName) -> StackResult:
    """Delete what was kept in a foundation while the workloads changed."""
    result = _apply(work, name)
    return replace(result, changes=done[name].changes + result.changes)


def _apply(work: Work, name: StackName, kept: Sequence[str] = ()) -> StackResult:
    """Carry one stack out; what is `kept` (URNs) is not touched."""
    place, plan = work.place, work.plan
    with opened(place, name, _program(place, plan, name), plan) as stack:

        def carry_out() -> StackResult:
            settle(stack, name)
            left = [*kept, *(left_alone(place, plan, stack, name) or ())]
            return watched(
                name,
                work.report,
                lambda recorder: stack.up(
                    on_event=recorder.take,
                    policy_packs=[str(POLICIES)],
                    refresh=True,
                    parallel=PARALLEL,
                    color="never",
                    exclude=left or None,
                ),
            )

        result = unlocking(stack, name, carry_out)
        copy_state(place, stack, name, centers_of(plan))
        return result


def _refresh(place: Workplace, report: Report, dry: bool, name: StackName) -> StackResult:
    with opened(place, name) as stack:
        if dry:
            return watched(name, report, lambda recorder: stack.preview_refresh(on_event=recorder.take))

        def look() -> StackResult:
            settle(stack, name)
            return watched(
                name,
                report,
                lambda recorder: stack.refresh(on_event=recorder.take, parallel=PARALLEL, color="never"),
            )

        return unlocking(stack, name, look)


def _outputs(place: Workplace, name: StackName) -> Mapping[str, Any]:
    with opened(place, name) as stack, told(f"read the outputs of {name}"):
        return {key: output.value for key, output in stack.outputs().items()}


def watched(name: StackName, report: Report, act: Callable[[Recorder], object]) -> StackResult:
    """Let the engine act, and gather what it says into a result.

    Raises:
        ConcurrentUpdateError: the engine's own lock is held.
    """
    recorder = Recorder(name, report)
    error: CmpError | None = None
    try:
        act(recorder)
    except automation.ConcurrentUpdateError:
        raise
    except automation.CommandError as refusal:
        error = why(name, recorder, refusal)
    return StackResult(
        name,
        Changes.count(recorder.changes),
        recorder.changes,
        tuple(recorder.violations),
        (*recorder.warnings, *recorder.errors),
        error,
        tuple(recorder.leaving),
    )
