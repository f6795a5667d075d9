"""Deletes stacks with everything that they hold: workloads first, then what they stood on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from cmp.errors import CmpError
from stacks.engine.copies import forget_copies
from stacks.engine.operations import NOBODY, PARALLEL, each_of, ignore, standing, watched
from stacks.engine.pending import settle
from stacks.engine.recovery import end_leftovers, unlocking
from stacks.engine.results import Report, StackResult
from stacks.engine.workplace import Workplace, opened, told
from stacks.names import STAGES, Project, StackName


def destroy(
    place: Workplace,
    environment: str,
    report: Report = ignore,
    refused: Mapping[str, CmpError] = NOBODY,
) -> tuple[StackResult, ...]:
    """Delete everything that an environment's stacks hold, workloads first, then the stacks themselves.

    A foundation stays where its center's workloads could not be deleted. `refused` says why nothing may be
    done in a cluster, by its cloud: its stacks stay.
    """
    end_leftovers(place)
    done: dict[StackName, StackResult] = {}
    every = standing(place, environment)
    for stage in reversed(STAGES):
        done |= remove(place, [name for name in every if name.project in stage], done, report, refused)
    return tuple(done.values())


def remove(
    place: Workplace,
    names: Sequence[StackName],
    done: Mapping[StackName, StackResult],
    report: Report = ignore,
    refused: Mapping[str, CmpError] = NOBODY,
) -> dict[StackName, StackResult]:
    """Delete what some stacks hold, side by side, then the stacks; may be repeated.

    A ground stays where its center's workloads in `done` could not be deleted, and so do stacks of `refused`
    clusters, by their clouds.
    """
    work = partial(_destroy, place, report, done, refused)
    return {result.name: result for result in each_of(names, work)}


def _destroy(
    place: Workplace,
    report: Report,
    done: Mapping[StackName, StackResult],
    refused: Mapping[str, CmpError],
    name: StackName,
) -> StackResult:
    if name.center in refused:
        return StackResult(name, error=refused[name.center])
    over = done.get(replace(name, project=Project.WORKLOADS))
    if over and over.error:
        return StackResult(name, error=over.error)
    with opened(place, name) as stack:

        def take_down() -> StackResult:
            settle(stack, name)
            return watched(
                name,
                report,
                lambda recorder: stack.destroy(on_event=recorder.take, parallel=PARALLEL, color="never"),
            )

        result = unlocking(stack, name, take_down)
        if result.succeeded:
            with told(f"remove the stack {name}"):
                stack.workspace.remove_stack(name.short)
            forget_copies(place, name)
        return result
