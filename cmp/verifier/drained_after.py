"""Checks the environment of a Plan after a loss: the one before, what was lost drained, and who gave way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmp.model.environment import Environment
from cmp.model.plan import GivingWay, Plan
from cmp.model.recovery import Failure, FailureKind
from cmp.model.workload import Component, Scaling, Workload, Yields
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Name, Reading


def check_environment_after(plan: Plan, before: Plan, failures: Sequence[Failure]) -> Iterator[Finding]:
    """Nothing is drained but what was and what is lost, and nothing else is another than before."""
    environment = before.environment
    wanted = {each.subject for each in environment.cordons} | set(_subjects(environment, failures))
    drained = [each.subject for each in plan.environment.cordons]
    if sorted(wanted) != drained:
        yield Finding("after-environment", "drained", f"is {_told(drained)}; must be {_told(sorted(wanted))}")
    given = plan.gives_way[len(before.gives_way) :]
    yield from _giving(before, plan, given)
    if plan.gives_way[: len(before.gives_way)] != before.gives_way:
        yield Finding("after-yield", "plan", "forgets who gave way before the loss")
    expected = environment.changed(
        cordons=plan.environment.cordons, workloads=tuple(_shrunk(environment.workloads, given))
    )
    if plan.environment != expected:
        parts = [
            name
            for name in type(expected).model_fields
            if getattr(plan.environment, name) != getattr(expected, name)
        ]
        yield Finding("after-environment", ", ".join(parts), "is not what it was before the loss")


def _giving(before: Plan, plan: Plan, given: Sequence[GivingWay]) -> Iterator[Finding]:
    """Only who may gives way, to the floor that it keeps, and where something runs that did not before."""
    reading = Reading(before.environment, before.placements)
    grown = {
        row.pool
        for row in plan.placements
        if not any(
            (old.workload, old.component, old.pool) == (row.workload, row.component, row.pool)
            and old.replicas >= row.replicas
            for old in before.placements
        )
    }
    for each in given:
        name = each.workload, each.component
        if name not in reading.components:
            yield Finding("after-yield", "/".join(name), "gives way and is not there")
            continue
        component = reading.components[name][1]
        floor = 0 if _may_stop(reading, name, component) else component.min_replicas
        stood = {row.pool for row in before.placements if (row.workload, row.component) == name}
        if component.yields is Yields.NEVER or component.quorum is not None:
            yield Finding("after-yield", "/".join(name), "never gives way, and does")
        elif each.replicas != floor:
            yield Finding("after-yield", "/".join(name), f"keeps {each.replicas} replicas; must keep {floor}")
        elif each.declared != component.replicas:
            yield Finding("after-yield", "/".join(name), f"had {component.replicas}, not {each.declared}")
        elif not stood & grown:
            yield Finding("after-yield", "/".join(name), "gives way where nothing more runs than before")


def _may_stop(reading: Reading, name: Name, component: Component) -> bool:
    """True where a preemptible component keeps nothing that somebody needs."""
    asked = {
        (talk.workload or workload.id, talk.component)
        for workload in reading.environment.workloads
        for other in workload.components
        for talk in other.talks_to
    }
    beside = {
        each if "/" in each else f"{workload.id}/{each}"
        for workload in reading.environment.workloads
        for other in workload.components
        for each in other.together_with
    }
    needed = {each.workload for workload in reading.environment.workloads for each in workload.depends_on}
    alone = len(reading.components[name][0].components) == 1
    return (
        component.yields is Yields.PREEMPTIBLE
        and not (component.stateful or component.data.gib)
        and name not in asked
        and "/".join(name) not in beside
        and not (alone and name[0] in needed)
    )


def _shrunk(workloads: Sequence[Workload], given: Sequence[GivingWay]) -> Iterator[Workload]:
    """The workloads while some of their components give way; one that stops wholly is not there."""
    keeps: Mapping[Name, int] = {(each.workload, each.component): each.replicas for each in given}
    for workload in workloads:
        if all((workload.id, component.id) not in keeps for component in workload.components):
            yield workload
            continue
        parts = [
            _less(component, keeps.get((workload.id, component.id)))
            for component in workload.components
            if keeps.get((workload.id, component.id)) != 0
        ]
        if parts:
            yield workload.changed(components=tuple(parts))


def _less(component: Component, keeps: int | None) -> Component:
    if keeps is None:
        return component
    scaling = Scaling.FIXED if component.scaling is Scaling.HORIZONTAL else component.scaling
    return component.changed(replicas=keeps, min_replicas=keeps, demand=(), scaling=scaling)


def _subjects(environment: Environment, failures: Sequence[Failure]) -> Iterator[str]:
    """What is drained where something is lost, as it is written."""
    estate = environment.estate
    for failure in failures:
        if failure.kind is FailureKind.LOCATION:
            yield from (f"center:{each.id}" for each in estate.centers if each.location == failure.id)
        elif failure.kind is FailureKind.CLOUD:
            yield from (f"pool:{each.id}" for each in estate.pools if each.cloud == failure.id)
        else:
            yield str(failure)


def _told(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
