"""Collects the facts that entered a decision, with their provenance, and what was not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.facts import Named, chip_performance, link_name, own_performance, pool_facts, unknown
from cmp.model.plan import FactGap, Placement, Unplaced, UsedFact
from cmp.model.recovery import Role
from cmp.scheduler.constraints.filters.freshness import follows_the_chip

NO_DATA: Mapping[str, str] = {
    "power": "no data: counted as the hungriest pool that states some",
    "price_cny": "no data: what runs there is not in cost",
    "price_cny.accelerator_hour": "no data: their accelerators are not in cost",
}
"""What it means that pools do not state a figure."""


@dataclass(frozen=True, slots=True)
class Account:
    """The facts of a Plan: those worth telling, how many there were by provenance, and the gaps."""

    facts: tuple[UsedFact, ...]
    counts: Mapping[str, int]
    gaps: tuple[FactGap, ...]


def account(
    environment: Environment, placements: Sequence[Placement], unplaced: Sequence[Unplaced]
) -> Account:
    """What a placement rests on; one pass over its rows.

    Counted are the performance of every chip that something was sized for, the component's own before the
    chip's; PUE, watts and prices of pools and centers in use; round trips and bandwidth of links between
    centers in use. A bare assumed figure is counted and not listed.
    """
    used = dict(_used(environment, placements))
    told = tuple(
        UsedFact(
            name=name,
            value=fact.value,
            unit=Named(name, fact).unit,
            provenance=fact.provenance,
            source=fact.source,
            valid_until=fact.valid_until,
        )
        for name, fact in sorted(used.items())
        if not _is_bare(fact)
    )
    counts = Counter(fact.provenance.value for fact in used.values())
    return Account(told, dict(sorted(counts.items())), tuple(_gaps(environment, placements, unplaced, used)))


def _is_bare(fact: Fact) -> bool:
    return fact.provenance is Provenance.ASSUMED and fact.source is None and fact.valid_until is None


def _used(environment: Environment, placements: Sequence[Placement]) -> Iterator[tuple[str, Fact]]:
    yield from _ratios(environment, placements)
    estate = environment.estate
    pools = sorted({row.pool for row in placements})
    for pool in pools:
        for each in pool_facts(estate.pool[pool]):
            yield each.name, each.fact
    centers = {row.center for row in placements}
    for center in sorted(centers):
        yield f"center:{center}.pue", estate.center[center].pue
    for link in estate.links:
        if centers.issuperset(link.between):
            yield f"{link_name(link)}.rtt_ms", link.rtt_ms
            yield f"{link_name(link)}.bandwidth_gbps", link.bandwidth_gbps


def _ratios(environment: Environment, placements: Sequence[Placement]) -> Iterator[tuple[str, Fact]]:
    """The performances that replicas were sized with."""
    estate = environment.estate
    for row in placements:
        if row.role is Role.BACKUP:
            continue
        _, component = environment.find(row.workload, row.component)
        if not follows_the_chip(component):
            continue
        for chip in {row.chip, component.sized_on or estate.reference_chip}:
            general = estate.chip[chip].performance
            if chip in component.performance:
                yield own_performance(row.workload, row.component, chip), component.performance[chip]
            elif general is not None:
                yield chip_performance(chip), general


def _gaps(
    environment: Environment,
    rows: Sequence[Placement],
    unplaced: Sequence[Unplaced],
    used: Mapping[str, Fact],
) -> Iterator[FactGap]:
    """What was not known: figures that pools in use do not state, and figures that have expired."""
    pools = environment.estate.pool
    running = [row for row in rows if row.role is not Role.BACKUP]
    there = sorted({row.pool for row in running})
    busy = sorted({row.pool for row in running if any(row.size.accelerators.values())})
    lacking = {
        "power": (name for name in there if pools[name].power is None),
        "price_cny": (name for name in there if pools[name].price_cny is None),
        "price_cny.accelerator_hour": (name for name in busy if _lacks_accelerator_price(pools[name])),
    }
    for what, names in lacking.items():
        if found := tuple(names):
            yield FactGap(why="missing", what=what, of=found, consequence=NO_DATA[what])
    if expired := unknown(environment):
        fresh = {each.id for each in environment.workloads if each.recovery.fresh_facts}
        yield FactGap(
            why="expired",
            what="facts",
            of=expired,
            consequence=f"unknown; used with their last value: {sum(name in used for name in expired)}",
            workloads=tuple(sorted({each.workload for each in unplaced} & fresh)),
        )


def _lacks_accelerator_price(pool: Pool) -> bool:
    return pool.price_cny is not None and pool.price_cny.accelerator_hour is None
