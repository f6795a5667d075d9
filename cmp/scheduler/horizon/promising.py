"""Works out what can still be promised after a loss, as grades of their own that ask and promise less."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.plan import Placement
from cmp.model.recovery import FailureKind, Grade, Role
from cmp.model.workload import Workload
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.losses import loss_of
from cmp.scheduler.problem.rows import by_group, rows_of
from cmp.scheduler.snapshot import promised_to

Kinds = frozenset[FailureKind]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a workload has and is promised: roles of its sides, and kinds of loss that it survives."""

    roles: frozenset[Role]
    kinds: Kinds


def graded(environment: Environment, asked: Mapping[str, Asked]) -> Environment:
    """The environment in which workloads have the sides and promises that they are said to have, no more.

    Grades that say so are added, numbered on from the highest: the engine takes them like any other.
    """
    known: dict[tuple[int, Asked], Grade] = {}
    number = max(grade.grade for grade in environment.recovery.grades)
    workloads: list[Workload] = []
    for workload in environment.workloads:
        whole = environment.recovery.grade(workload.recovery.grade)
        wish = asked.get(workload.id)
        if wish is None or wish == Asked(
            frozenset(side.role for side in whole.sides), frozenset(whole.promises)
        ):
            workloads.append(workload)
            continue
        key = whole.grade, wish
        if key not in known:
            number += 1
            known[key] = _less(whole, wish, number)
        recovery = workload.recovery.changed(grade=known[key].grade)
        workloads.append(workload.changed(recovery=recovery))
    framework = environment.recovery.changed(grades=(*environment.recovery.grades, *known.values()))
    return environment.changed(workloads=tuple(workloads), recovery=framework)


def _less(grade: Grade, wish: Asked, number: int) -> Grade:
    return grade.changed(
        grade=number,
        sides=tuple(side for side in grade.sides if side.role in wish.roles),
        promises=tuple(kind for kind in grade.promises if kind in wish.kinds),
    )


def kinds_of(environment: Environment, workload: str) -> Kinds:
    """The kinds of loss that a workload's grade promises to survive."""
    grade = environment.workload[workload].recovery.grade
    return frozenset(environment.recovery.grade(grade).promises)


def stranded(
    environment: Environment, placements: Iterable[Placement], stopped: Collection[str]
) -> Iterator[tuple[str, FailureKind]]:
    """Who cannot survive which kind of further loss, for want of a side to go to or of members."""
    groups = groups_of(environment)
    group_of = {name: group.name for group in groups for name in group.members}
    rows = by_group(rows_of(environment, placements), group_of)
    for workload in stopped:
        yield from ((workload, kind) for kind in kinds_of(environment, workload))
    for failure in environment.failures:
        loss = loss_of(environment.estate, failure)
        promised = promised_to(environment, loss) - frozenset(stopped)
        for group in groups:
            mine = rows.get(group.name, [])
            bound = promised & set(group.members)
            if bound and failover.fate_of(mine, loss, bound, environment.estate).center is None:
                yield from ((name, failure.kind) for name in bound)
            needed = failover.needed(mine)
            for key, left in failover.alive(mine, loss).items():
                if key[0] in bound and sum(left.values()) < needed[key]:
                    yield key[0], failure.kind
