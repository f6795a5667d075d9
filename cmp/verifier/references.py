"""Checks that the environment inside a Plan holds together: each id once, each reference to something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from cmp.model.environment import Environment
from cmp.model.estate import ChipKind, Estate
from cmp.model.workload import Component, Mode, Workload
from cmp.sentences import Sentence
from cmp.verifier.drains import check_cordons
from cmp.verifier.findings import Finding


def check_environment(environment: Environment) -> Iterator[Finding]:
    """Everything dangling or ambiguous, so that the other checks may look up without asking."""
    yield from _duplicates(environment)
    yield from _estate(environment.estate)
    yield from _grades(environment)
    yield from (_broken(subject, sentence) for subject, sentence in check_cordons(environment))
    for workload in environment.workloads:
        yield from _workload(environment, workload)


def check_promises(environment: Environment) -> Iterator[Finding]:
    """A workload promises no more than those it cannot go on without."""
    for workload in environment.workloads:
        for dependency in workload.depends_on:
            if dependency.mode is not Mode.HARD:
                continue
            needed = environment.workload[dependency.workload]
            short = set(environment.promised(workload)) - set(environment.promised(needed))
            if short:
                yield Finding(
                    "promise",
                    f"workload {workload.id}",
                    Sentence(
                        "promises to survive {str}; {id}, needed for that, does not",
                        str=_listed(map(str, short)),
                        id=needed.id,
                    ),
                )


def _duplicates(environment: Environment) -> Iterator[Finding]:
    estate = environment.estate
    kinds: dict[str, Iterable[str]] = {
        "chip": (chip.id for chip in estate.chips),
        "location": (location.id for location in estate.locations),
        "center": (center.id for center in estate.centers),
        "cloud": (cloud.id for cloud in estate.clouds),
        "pool": (pool.id for pool in estate.pools),
        "workload": (workload.id for workload in environment.workloads),
        "grade": (str(grade.grade) for grade in environment.recovery.grades),
        "link": ("–".join(sorted(link.between)) for link in estate.links),
    }
    for workload in environment.workloads:
        kinds[f"component of {workload.id}"] = [component.id for component in workload.components]
    for kind, names in kinds.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield _broken(f"{kind} {name}", f"is declared {count} times")


def _estate(estate: Estate) -> Iterator[Finding]:
    if not _is_cpu(estate, estate.reference_chip):
        yield _broken("estate", f"the reference chip {estate.reference_chip} is no declared CPU")
    for center in estate.centers:
        if center.location not in estate.location:
            yield _broken(f"center {center.id}", f"there is no location {center.location}")
    for link in estate.links:
        for end in set(link.between) - set(estate.center):
            yield _broken(f"link {'–'.join(link.between)}", f"there is no center {end}")
    for cloud in estate.clouds:
        if cloud.center not in estate.center:
            yield _broken(f"cloud {cloud.id}", f"there is no center {cloud.center}")
    for pool in estate.pools:
        if pool.cloud not in estate.cloud:
            yield _broken(f"pool {pool.id}", f"there is no cloud {pool.cloud}")
        if not _is_cpu(estate, pool.chip):
            yield _broken(f"pool {pool.id}", f"its chip {pool.chip} is no declared CPU")


def _grades(environment: Environment) -> Iterator[Finding]:
    known = {grade.grade for grade in environment.recovery.grades}
    for grade in environment.recovery.grades:
        for role, count in Counter(side.role for side in grade.sides).items():
            if count > 1:
                yield _broken(f"grade {grade.grade}", f"asks for {count} sides with the role {role}")
    for workload in environment.workloads:
        if workload.recovery.grade not in known:
            yield _broken(f"workload {workload.id}", f"the framework has no grade {workload.recovery.grade}")


def _workload(environment: Environment, workload: Workload) -> Iterator[Finding]:
    for dependency in workload.depends_on:
        if dependency.workload not in environment.workload:
            yield _broken(f"workload {workload.id}", f"depends on {dependency.workload}, which is not there")
    for component in workload.components:
        subject = f"{workload.id}/{component.id}"
        yield from _wishes(environment, subject, component)
        if component.sized_on and not _is_cpu(environment.estate, component.sized_on):
            yield _broken(subject, f"is sized on {component.sized_on}, which is no declared CPU")
        for name in _named(workload, component):
            if not _is_component(environment, name):
                yield _broken(subject, f"names the component {'/'.join(name)}, which is not there")


def _wishes(environment: Environment, subject: str, component: Component) -> Iterator[Finding]:
    """Pools, workloads and slices of cards that a component names and nobody declares."""
    for pool in component.require.pools:
        if pool not in environment.estate.pool:
            yield _broken(subject, f"requires the pool {pool}, which is not there")
    for wish in component.beside:
        if wish.workload is not None and wish.workload not in environment.workload:
            yield _broken(subject, f"names the workload {wish.workload}, which is not there")
    for way in component.ways:
        for device in way.needs.accelerators:
            card, _, name = device.partition("/")
            chip = environment.estate.chip.get(card)
            if chip is None or (name and name not in {each.id for each in chip.slices}):
                yield _broken(subject, f"needs {device}, which no chip is or gives")


def _named(workload: Workload, component: Component) -> Iterator[tuple[str, str]]:
    for talk in component.talks_to:
        yield talk.workload or workload.id, talk.component
    for wish in component.beside:
        if wish.component is not None:
            yield wish.workload or workload.id, wish.component
    for name in component.together_with:
        first, slash, second = name.partition("/")
        yield (first, second) if slash else (workload.id, first)


def _is_component(environment: Environment, name: tuple[str, str]) -> bool:
    workload = environment.workload.get(name[0])
    return workload is not None and name[1] in workload.component


def _is_cpu(estate: Estate, chip: str) -> bool:
    return chip in estate.chip and estate.chip[chip].kind is ChipKind.CPU


def _broken(subject: str, sentence: str) -> Finding:
    return Finding("environment", subject, sentence)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
