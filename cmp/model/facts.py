"""Names every fact of an environment, and says which of them are no longer known on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cmp.model.base import Document, Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Estate, Link, Pool
from cmp.model.workload import Component, Workload

UNITS: Mapping[str, str] = {
    "rtt_ms": "ms",
    "bandwidth_gbps": "Gbit/s",
    "idle_watts": "W",
    "peak_watts": "W",
    "boot_minutes": "min",
    "vcpu_hour": "CNY/h",
    "memory_gib_hour": "CNY/h",
    "accelerator_hour": "CNY/h",
    "grid_kgco2_per_kwh": "kg/kWh",
    "lead_days": "d",
}
"""Units of facts by the name of their field; a performance or a PUE is a ratio."""


@dataclass(frozen=True, slots=True)
class Named:
    """A fact with its name, `kind:id.field`: `pool:bj-a-hygon.idle_watts`."""

    name: str
    fact: Fact

    @property
    def unit(self) -> str:
        """Its unit; empty for a ratio."""
        return UNITS.get(self.name.rpartition(".")[2], "")


def chip_performance(chip: str) -> str:
    """The name of a chip's performance."""
    return f"chip:{chip}.performance"


def own_performance(workload: str, component: str, chip: str) -> str:
    """The name of a component's own performance on a chip."""
    return f"component:{workload}/{component}.performance.{chip}"


def link_name(link: Link) -> str:
    """How a link is named: its ends in order."""
    return f"link:{'/'.join(sorted(link.between))}"


def facts_of(environment: Environment) -> Iterator[Named]:
    """Every fact that an environment states, in the order of its files."""
    yield from _of_estate(environment.estate)
    for workload in environment.workloads:
        for component in workload.components:
            yield from own_facts(workload, component)
    yield from _of("policy:moving", environment.policy.moving)
    yield from _of("policy:purchasing", environment.policy.purchasing)
    yield from _of("takeover", environment.takeover)


def pool_facts(pool: Pool) -> Iterator[Named]:
    """Watts and prices of a pool, as far as they are stated."""
    yield from _of(f"pool:{pool.id}", pool.power)
    yield from _of(f"pool:{pool.id}", pool.price_cny)


def own_facts(workload: Workload, component: Component) -> Iterator[Named]:
    """What was measured for a component itself."""
    for chip, fact in component.performance.items():
        yield Named(own_performance(workload.id, component.id, chip), fact)


def expired(environment: Environment, day: date) -> tuple[str, ...]:
    """The names of all facts that have expired on a day, sorted."""
    return tuple(sorted(each.name for each in facts_of(environment) if not each.fact.holds_at(day)))


def unknown(environment: Environment) -> tuple[str, ...]:
    """The names of all facts that are unknown in an environment, sorted."""
    return tuple(sorted(each.name for each in facts_of(environment) if not each.fact.is_known))


def aged(environment: Environment, day: date) -> Environment:
    """The environment as it is known on a day: what has expired is unknown; the same where nothing has.

    Workloads whose grade asks for fresh facts then say so themselves.
    """
    if not expired(environment, day):
        return environment
    grades = {grade.grade for grade in environment.recovery.grades if grade.fresh_facts}
    return environment.changed(
        estate=_aged(environment.estate, day),
        policy=_aged(environment.policy, day),
        takeover=_aged(environment.takeover, day),
        workloads=tuple(_aged_workload(each, day, grades) for each in environment.workloads),
    )


def _aged_workload(workload: Workload, day: date, grades: set[int]) -> Workload:
    components = tuple(
        component.changed(
            performance={chip: _aged(fact, day) for chip, fact in component.performance.items()}
        )
        if any(not fact.holds_at(day) for fact in component.performance.values())
        else component
        for component in workload.components
    )
    recovery = workload.recovery
    if recovery.grade in grades:
        recovery = recovery.changed(fresh_facts=True)
    return workload.changed(components=components, recovery=recovery)


def _aged(value: Any, day: date) -> Any:
    """A value with every fact in it that has expired marked as unknown."""
    if isinstance(value, Fact):
        return value if value.holds_at(day) else value.changed(provenance=Provenance.UNKNOWN)
    if isinstance(value, tuple):
        found = tuple(_aged(each, day) for each in value)
        return found if any(one is not other for one, other in zip(found, value, strict=True)) else value
    if isinstance(value, Document):
        given = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: later for name, each in given.items() if (later := _aged(each, day)) is not each}
        return value.changed(**changed) if changed else value
    return value


def _of_estate(estate: Estate) -> Iterator[Named]:
    for chip in estate.chips:
        if chip.performance is not None:
            yield Named(chip_performance(chip.id), chip.performance)
    for location in estate.locations:
        yield from _of(f"location:{location.id}", location)
    for center in estate.centers:
        yield from _of(f"center:{center.id}", center)
    for link in estate.links:
        yield from _of(link_name(link), link)
    for pool in estate.pools:
        yield from pool_facts(pool)


def _of(prefix: str, document: Document | None) -> Iterator[Named]:
    """The facts among a document's own fields."""
    for name in type(document).model_fields if document is not None else ():
        fact = getattr(document, name)
        if isinstance(fact, Fact):
            yield Named(f"{prefix}.{name}", fact)
