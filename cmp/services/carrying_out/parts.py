"""Finds the part of a Plan that somebody names by clouds and workloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.part import Part
from cmp.model.plan import Plan
from stacks.programs.rows import CARRIED_OUT

CLOUD: Final = "cloud:"
WORKLOAD: Final = "workload:"
"""What tells a cloud and a workload of one id apart."""


def part_of(plan: Plan, only: Sequence[str], means: Means) -> Part:
    """The part of a Plan that is named; nothing named is the whole.

    A workload that left the estate is found in the Plan last applied: naming it takes it away.

    Raises:
        Invalid: a name is neither a cloud that is carried out nor a workload, or both.
    """
    if not only:
        return Part()
    clouds = {cloud.id for cloud in plan.environment.estate.clouds if cloud.kind in CARRIED_OUT}
    found = [_kind_and_id(name, clouds, set(_workloads(plan, means))) for name in only]
    return Part(
        frozenset(name for kind, name in found if kind == CLOUD),
        frozenset(name for kind, name in found if kind == WORKLOAD),
    )


def _workloads(plan: Plan, means: Means) -> Iterator[str]:
    yield from (each.id for each in plan.environment.workloads)
    last = means.ports.applied.last(plan.environment.name)
    if last is not None:
        yield from (each.id for each in last.plan.environment.workloads)


def _kind_and_id(name: str, clouds: set[str], workloads: set[str]) -> tuple[str, str]:
    asked = next((kind for kind in (CLOUD, WORKLOAD) if name.startswith(kind)), "")
    plain = name.removeprefix(asked)
    known = {CLOUD: clouds, WORKLOAD: workloads}
    found = [kind for kind, names in known.items() if plain in names and asked in {"", kind}]
    if len(found) == 1:
        return found[0], plain
    if found:
        raise Invalid(
            f"{plain} is a cloud and a workload",
            hint=f"write --only {CLOUD}{plain} or --only {WORKLOAD}{plain}",
        )
    near = get_close_matches(plain, sorted(clouds | workloads), n=3)
    raise Invalid(
        f"{plain} is no cloud that is carried out and no workload of this plan",
        hint=f"did you mean {' or '.join(near)}?" if near else "write the id of a cloud or of a workload",
    )
