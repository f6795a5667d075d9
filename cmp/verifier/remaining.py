"""Takes off what a loss has consumed: sides that may be missing, promises that are not asked for any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cmp.model.environment import Environment
from cmp.model.plan_after import Spent, SpentKind
from cmp.model.recovery import Failure, FailureKind, Grade, Role
from cmp.model.workload import Workload
from cmp.verifier.reading import Reading


@dataclass(frozen=True, slots=True)
class Lost:
    """What was lost together, and the promises that this is said to have consumed."""

    failures: tuple[Failure, ...]
    spent: tuple[Spent, ...] = ()


def without_spent(reading: Reading, lost: Lost) -> Reading:
    """The rows as they are read once nothing is asked for that a loss is said to have consumed."""
    sides = frozenset(
        ((each.workload, each.component), Role(each.what))
        for each in lost.spent
        if each.kind is SpentKind.SIDE and each.what in set(Role)
    )
    return replace(reading, environment=_promising_less(reading.environment, lost.spent), spent=sides)


def _promising_less(environment: Environment, spent: Sequence[Spent]) -> Environment:
    """The environment in which each workload is promised what is left, by a grade of its own if less."""
    gone = _kinds(spent)
    grades = list(environment.recovery.grades)
    workloads: list[Workload] = []
    for workload in environment.workloads:
        less = gone.get(workload.id)
        if less:
            grades.append(_less(environment, workload, less, len(grades) + 1_000))
            recovery = workload.recovery.changed(grade=grades[-1].grade)
            workload = workload.changed(recovery=recovery)  # noqa: PLW2901 - the same workload, promised less
        workloads.append(workload)
    framework = environment.recovery.changed(grades=tuple(grades))
    return environment.changed(workloads=tuple(workloads), recovery=framework)


def _kinds(spent: Sequence[Spent]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in spent:
        if each.kind is SpentKind.FAILURE:
            found.setdefault(each.workload, set()).add(each.what)
    return found


def _less(environment: Environment, workload: Workload, gone: set[str], number: int) -> Grade:
    grade = environment.recovery.grade(workload.recovery.grade)
    left: tuple[FailureKind, ...] = tuple(kind for kind in grade.promises if kind not in gone)
    return grade.changed(grade=number, promises=left)
