"""Names the facts behind a constraint or a score: their values, where they come from, how long they hold."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.model.base import Fact
from cmp.model.explanation import FactView
from cmp.model.facts import chip_performance, link_name, own_performance
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.explain.state import PlacedState


def facts(name: str, home: str, ask: Ask, seat: Seat, state: PlacedState) -> tuple[FactView, ...]:
    """The facts that a constraint on a pool rests on; most constraints rest on declarations alone.

    `home` is the center of the primaries, empty where there is none yet.
    """
    found = {
        "capacity": _performance,
        "hosts": _performance,
        "host": _performance,
        "fresh-facts": _performance,
        "link": _bandwidth,
        "rtt": _round_trip,
    }.get(name)
    return tuple(found(home, ask, seat, state)) if found else ()


def scored(seat: Seat, state: PlacedState) -> tuple[FactView, ...]:
    """The facts that a score rests on: power, PUE and prices."""
    pool = seat.pool
    found = [view(f"center:{seat.center}.pue", state.snapshot.environment.estate.center[seat.center].pue)]
    if pool.power is not None:
        found.append(view(f"pool:{pool.id}.idle_watts", pool.power.idle_watts))
        found.append(view(f"pool:{pool.id}.peak_watts", pool.power.peak_watts))
    if pool.price_cny is not None:
        found.append(view(f"pool:{pool.id}.vcpu_hour", pool.price_cny.vcpu_hour))
        found.append(view(f"pool:{pool.id}.memory_gib_hour", pool.price_cny.memory_gib_hour))
    return tuple(found)


def view(what: str, fact: Fact) -> FactView:
    """A fact as a document tells it."""
    return FactView(
        what=what,
        value=fact.value,
        provenance=fact.provenance,
        source=fact.source,
        valid_until=fact.valid_until,
    )


def _performance(_home: str, ask: Ask, seat: Seat, _state: PlacedState) -> Iterator[FactView]:
    """How fast the chip is, and the one that the needs are stated for: replicas or vCPU follow from both."""
    for chip in dict.fromkeys((seat.chip.id, ask.sized_on.id)):
        own = ask.component.performance.get(chip)
        general = seat.chip.performance if chip == seat.chip.id else ask.sized_on.performance
        if own is not None:
            yield view(own_performance(ask.workload.id, ask.component.id, chip), own)
        elif general is not None:
            yield view(chip_performance(chip), general)


def _bandwidth(home: str, _ask: Ask, seat: Seat, state: PlacedState) -> Iterator[FactView]:
    link = state.snapshot.environment.estate.link(home, seat.center)
    if link is not None:
        yield view(f"{link_name(link)}.bandwidth_gbps", link.bandwidth_gbps)


def _round_trip(_home: str, ask: Ask, seat: Seat, state: PlacedState) -> Iterator[FactView]:
    """Round trips to the homes of whom this workload asks within a bound, and of who asks it."""
    estate = state.snapshot.environment.estate
    for bound in state.snapshot.bounds:
        if ask.workload.id not in {bound.workload, bound.asked}:
            continue
        other = bound.asked if bound.workload == ask.workload.id else bound.workload
        placed = state.placed.get(state.snapshot.group_of[other])
        link = estate.link(seat.center, placed.fates[0].home) if placed else None
        if link is not None:
            yield view(f"{link_name(link)}.rtt_ms", link.rtt_ms)
