"""Says whose promises stand in the way of a workload that is not placed, proven by planning without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from cmp.model.environment import Environment
from cmp.model.explanation import PoolView
from cmp.model.plan import Placement, Plan
from cmp.model.suggestion import InTheWay
from cmp.scheduler.problem.groups import Group, groups_of
from cmp.scheduler.remedies.changes.candidates import BEYOND, FULL
from cmp.scheduler.remedies.changes.editing import changed, only, with_workload
from cmp.scheduler.remedies.fixes import Basis, broken, fits_alone, miss_of
from cmp.sentences import Sentence

CANDIDATES = 12
"""Groups that are tried at most, those that hold most on the pools first."""


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """A group with what it holds on pools that lack room for another, in thousandths of a vCPU."""

    group: Group
    pools: tuple[str, ...]
    held: int
    failures: tuple[str, ...]


Drop = Callable[[Environment, Group], Environment]
"""Takes a group, or what it was promised, out of an environment."""


def in_the_way(basis: Basis, workload: str) -> tuple[InTheWay, ...]:
    """The workloads whose room a workload lacks; none where it would fit nowhere on the empty estate.

    First each other group's promises alone (its recovery grade lowered to one that promises nothing), then
    each group as a whole, then promises together until they are enough. Everything told was tried by planning
    again, and where several are told as `together` none of them could stay.
    """
    plan = basis.plan
    if not fits_alone(basis, plan.environment, workload):
        return ()
    holders = _holders(plan, workload)[:CANDIDATES]
    for promise, drop in ((True, _without_promise), (False, _without)):
        found = [each for each in holders if _fits_without(basis, workload, [each], drop)]
        if found:
            return tuple(_told(workload, each, plan, promise=promise) for each in found)
    for promise, drop in ((True, _without_promise), (False, _without)):
        fewest = _fewest(holders, partial(_fits_without, basis, workload, drop=drop))
        if fewest:
            return tuple(_told(workload, each, plan, promise=promise, together=True) for each in fewest)
    return ()


def _fewest(holders: Sequence[Holder], enough: partial[bool]) -> list[Holder]:
    """Holders none of which may stay, the smallest left alone first; empty where not even all are enough."""
    needed = list(holders)
    if not needed or not enough(needed):
        return []
    for each in reversed(holders):
        rest = [other for other in needed if other is not each]
        if rest and enough(rest):
            needed = rest
    return needed


def _holders(plan: Plan, workload: str) -> list[Holder]:
    """Groups that stand on pools which refuse the workload for lack of room alone, the largest first."""
    miss = miss_of(plan, workload)
    pools = {view.pool for view in miss.views if _is_about_room(view)}
    own = {each.id for each in miss.workloads}
    found = []
    for group in groups_of(plan.environment):
        rows = [row for row in plan.placements if row.workload in group.members and row.pool in pools]
        if rows and own.isdisjoint(group.members):
            held = sum(row.size.vcpu_milli * max(row.replicas, row.replicas_on_takeover) for row in rows)
            names = tuple(sorted({row.pool for row in rows}))
            found.append(Holder(group, names, held, _failures(plan, group, rows)))
    return sorted(found, key=lambda each: (-each.held, each.group.name))


def _is_about_room(view: PoolView) -> bool:
    return BEYOND.isdisjoint(broken(view)) and set(broken(view)) <= FULL


def _failures(plan: Plan, group: Group, rows: Iterable[Placement]) -> tuple[str, ...]:
    """After what a group takes over where these rows reserve room for it."""
    centers = {row.center for row in rows if row.replicas_on_takeover > row.replicas}
    members = set(group.members)
    return tuple(
        each.failure for each in plan.takeovers if each.center in centers and members & set(each.group)
    )


def _fits_without(basis: Basis, workload: str, holders: Collection[Holder], drop: Drop) -> bool:
    environment = basis.plan.environment
    for holder in holders:
        environment = drop(environment, holder.group)
    dropped = {name for holder in holders for name in holder.group.members}
    missing = {each.workload for each in basis.planned(environment).unplaced}
    before = {each.workload for each in basis.plan.unplaced}
    return workload not in missing and missing <= before | dropped


def _without_promise(environment: Environment, group: Group) -> Environment:
    """The environment in which a group is promised nothing."""
    silent = [each.grade for each in environment.recovery.grades if not each.promises]
    for name in group.members if silent else ():
        workload = environment.workload[name]
        if environment.recovery.grade(workload.recovery.grade).promises:
            lowest = changed(workload.recovery, grade=min(silent))
            environment = with_workload(environment, workload, recovery=lowest)
    return environment


def _without(environment: Environment, group: Group) -> Environment:
    """The environment without a group."""
    return only(environment, (each for each in environment.workloads if each.id not in group.members))


def _told(workload: str, holder: Holder, plan: Plan, *, promise: bool, together: bool = False) -> InTheWay:
    if promise and holder.failures:
        sentence = Sentence(
            "{workload} would take room on {pools} that {names} needs after {after}",
            workload=workload,
            names=holder.group.members,
            pools=holder.pools,
            after=holder.failures,
        )
    else:
        template = (
            "{workload} would take room on {pools} that the promises to {names} reserve"
            if promise
            else "{names} takes the room on {pools} that {workload} lacks"
        )
        sentence = Sentence(template, workload=workload, names=holder.group.members, pools=holder.pools)
    return InTheWay(
        workload=holder.group.name,
        group=holder.group.members,
        grade=max(plan.environment.workload[name].recovery.grade for name in holder.group.members),
        promise=promise,
        together=together,
        pools=holder.pools,
        failures=holder.failures,
        sentence=sentence,
    )
