"""Checks components: the zones, chips and places they name, what they expose, their quorum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cmp.loaders.checks.chips import refer_accelerators, refer_cpu
from cmp.loaders.checks.containers import check_container
from cmp.loaders.checks.names import Known, Path, unique
from cmp.model.codes import Code
from cmp.model.estate import Estate
from cmp.model.finding import Finding
from cmp.model.network import Network
from cmp.model.recovery import FailureKind, RecoveryFramework
from cmp.model.when import MomentKind, parse_when
from cmp.model.workload import Component, Workload
from cmp.sentences import Sentence

WORKLOADS: Final = "workloads"
ANYWHERE: Final = "internet"


@dataclass(frozen=True, slots=True)
class Nameable:
    """What components may name; `calendars` is None where calendars.yaml itself is wrong."""

    estate: Estate
    network: Network
    calendars: frozenset[str] | None
    recovery: RecoveryFramework | None


def check_components(index: int, workload: Workload, around: Nameable) -> Iterator[Finding]:
    """Everything that a workload's components name or contradict, other workloads aside."""
    path: Path = ("workloads", index, "components")
    yield from unique(WORKLOADS, path, workload.components, "component")
    for number, component in enumerate(workload.components):
        here = (*path, number)
        yield from unique(WORKLOADS, (*here, "variants"), component.variants, "variant")
        yield from _zones(here, workload, component, around.network)
        yield from _chips(here, component, around.estate)
        yield from _places(here, component, around.estate)
        yield from _exposes(here, component)
        yield from _demand(here, component, around.calendars)
        yield from _quorum(here, workload, component, around)
        yield from check_container(here, component)


def _zones(path: Path, workload: Workload, component: Component, network: Network) -> Iterator[Finding]:
    zones = Known("zone", [zone.id for zone in network.zones])
    if component.zone is not None:
        yield from zones.refer(WORKLOADS, (*path, "zone"), component.zone)
    sources = Known("zone", {*zones.names, ANYWHERE})
    home = network.zone(workload.zone_of(component))
    for number, exposure in enumerate(component.exposes):
        there = (*path, "exposes", number, "from")
        yield from sources.refer(WORKLOADS, there, exposure.source)
        if home is not None and home.isolated and exposure.source == ANYWHERE:
            message = Sentence(
                "`{id}` stands in the isolated zone `{id2}` and is exposed to the internet",
                id=component.id,
                id2=home.id,
            )
            hint = "expose it to a zone, and let a component of the internet zone talk to it"
            yield Finding(WORKLOADS, there, Code.ISOLATED_ZONE, message, hint)


def _chips(path: Path, component: Component, estate: Estate) -> Iterator[Finding]:
    if component.sized_on is not None:
        yield from refer_cpu(estate, WORKLOADS, (*path, "sized_on"), component.sized_on)
    for chip in component.performance:
        yield from refer_cpu(estate, WORKLOADS, (*path, "performance", chip), chip, at_key=True)
    there = (*path, "needs", "accelerators")
    yield from refer_accelerators(estate, WORKLOADS, there, component.needs.accelerators)
    for number, variant in enumerate(component.variants):
        there = (*path, "variants", number, "needs", "accelerators")
        yield from refer_accelerators(estate, WORKLOADS, there, variant.needs.accelerators)


def _places(path: Path, component: Component, estate: Estate) -> Iterator[Finding]:
    wishes = {
        ("prefer", "chips"): (Known("chip", estate.chip), component.prefer.chips),
        ("prefer", "locations"): (Known("location", estate.location), component.prefer.locations),
        ("require", "centers"): (Known("center", estate.center), component.require.centers),
        ("require", "clouds"): (Known("cloud", estate.cloud), component.require.clouds),
        ("require", "pools"): (Known("pool", estate.pool), component.require.pools),
    }
    for where, (known, names) in wishes.items():
        yield from known.refer_all(WORKLOADS, (*path, *where), names)


def _exposes(path: Path, component: Component) -> Iterator[Finding]:
    seen: set[tuple[object, ...]] = set()
    for number, exposure in enumerate(component.exposes):
        entry = (exposure.port, exposure.protocol, exposure.source)
        if entry in seen:
            message = Sentence(
                "{protocol} {port} is exposed to `{source}` twice",
                protocol=exposure.protocol,
                port=exposure.port,
                source=exposure.source,
            )
            yield Finding(WORKLOADS, (*path, "exposes", number), Code.DUPLICATE_ENTRY, message)
        seen.add(entry)


def _demand(path: Path, component: Component, calendars: frozenset[str] | None) -> Iterator[Finding]:
    for number, demand in enumerate(component.demand):
        when = parse_when(demand.when)
        if when.kind is MomentKind.CALENDAR and calendars is not None:
            known = Known("calendar", calendars)
            yield from known.refer(WORKLOADS, (*path, "demand", number, "when"), when.name)


def _quorum(path: Path, workload: Workload, component: Component, around: Nameable) -> Iterator[Finding]:
    """More members than centers may hold, or a promise that no distribution of the members can keep."""
    quorum, centers = component.quorum, len(around.estate.centers)
    if quorum is None or not centers:
        return
    if quorum.members > quorum.per_center * centers:
        message = Sentence(
            "{members} members at {per_center} a center need more than the {centers} centers",
            members=quorum.members,
            per_center=quorum.per_center,
            centers=centers,
        )
        yield Finding(WORKLOADS, (*path, "quorum", "per_center"), Code.QUORUM, message)
        return
    fullest = -(-quorum.members // centers)
    if _promises_centers(workload, around.recovery) and quorum.members - fullest < quorum.needed:
        left = quorum.members - fullest
        message = Sentence(
            "the loss of a center leaves at most {left} of {members} members, {needed} needed",
            left=left,
            members=quorum.members,
            needed=quorum.needed,
        )
        yield Finding(WORKLOADS, (*path, "quorum", "needed"), Code.QUORUM, message)


def _promises_centers(workload: Workload, recovery: RecoveryFramework | None) -> bool:
    grades = {grade.grade: grade for grade in recovery.grades} if recovery else {}
    grade = grades.get(workload.recovery.grade)
    return grade is not None and FailureKind.CENTER in grade.promises
