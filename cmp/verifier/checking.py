"""Runs every check on a Plan, in one order, and collects what they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import isclose

from cmp.model.plan import Plan
from cmp.verifier.capacity import check_capacity, check_quotas, check_reservations
from cmp.verifier.constraints import check_constraints, check_spread
from cmp.verifier.coverage import check_coverage
from cmp.verifier.drains import check_drained
from cmp.verifier.findings import Finding
from cmp.verifier.firewall import check_firewall
from cmp.verifier.freshness import check_freshness
from cmp.verifier.latency import check_latency
from cmp.verifier.links import check_links
from cmp.verifier.neighbours import check_hosts_shared, check_neighbours
from cmp.verifier.networks import check_networks
from cmp.verifier.power import check_power
from cmp.verifier.quorum import check_quorums
from cmp.verifier.reading import Reading
from cmp.verifier.recovery import check_recovery
from cmp.verifier.references import check_environment, check_promises
from cmp.verifier.remaining import Lost, without_spent
from cmp.verifier.rows import check_rows, read_rows
from cmp.verifier.sides import check_sides
from cmp.verifier.sizing import check_sizing
from cmp.verifier.survival import Aftermath, aftermaths, check_survival, check_takeovers
from cmp.verifier.witness import check_first_moves, check_packings
from cmp.verifier.yields import check_yields, giving_way

SCHEMA_VERSION = 1


def check(plan: Plan, day: date | None = None, after: Lost | None = None) -> tuple[Finding, ...]:
    """Check a Plan against its own environment, deriving everything anew.

    Args:
        plan: any Plan; nothing it claims is believed.
        day: on which facts have to hold where only fresh ones may serve; None: that of the Plan's moment.
        after: what was lost before, where it is a Plan for the time after a loss: the promises that it
            consumed are not asked for, all others are. Whether they were consumed rightly is looked at by
            `cmp.verifier.after.check_after`.

    Returns:
        Everything that is wrong, sorted, each once; empty when the Plan is accepted.
    """
    findings = list(_document(plan))
    broken = list(check_environment(plan.environment))
    if not broken:
        reading, unreadable = read_rows(plan)
        reading = without_spent(reading, after) if after else reading
        findings += [*check_promises(plan.environment), *unreadable]
        before = aftermaths(reading)
        afters = giving_way(plan.yields, before)
        findings += check_yields(reading, plan.yields, before)
        findings += [*check_coverage(reading, plan.unplaced), *check_placements(reading, afters)]
        findings += check_freshness(reading, day or _day_of(reading))
        findings += _claims(reading, plan, afters)
    return tuple(sorted({*findings, *broken}))


def check_placements(reading: Reading, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """What the rows by themselves must satisfy, whatever else the Plan claims."""
    yield from check_rows(reading)
    yield from check_constraints(reading)
    yield from check_spread(reading)
    yield from check_drained(reading)
    yield from check_sides(reading)
    yield from check_sizing(reading)
    yield from check_quorums(reading)
    yield from check_neighbours(reading, afters)
    yield from check_survival(reading, afters)
    yield from check_recovery(reading, afters)
    yield from check_latency(reading, afters)
    yield from check_links(reading, afters)
    yield from check_capacity(reading, afters)
    yield from check_quotas(reading, afters)


def _claims(reading: Reading, plan: Plan, afters: Sequence[Aftermath]) -> Iterator[Finding]:
    """What the Plan says follows from its rows, compared with what does."""
    yield from check_takeovers(reading, plan.takeovers, afters)
    yield from check_reservations(reading, plan.reservations, afters)
    yield from check_packings(reading, plan.packings, afters)
    yield from check_hosts_shared(reading, plan.packings, afters)
    yield from check_first_moves(reading, plan.moves_first, plan.packings)
    yield from check_power(reading, plan)
    yield from check_networks(reading, plan.networks)
    yield from check_firewall(reading, plan)


def _day_of(reading: Reading) -> date | None:
    """The day of the Plan's moment."""
    return reading.moment.date() if reading.moment else None


def _document(plan: Plan) -> Iterator[Finding]:
    if plan.schema_version != SCHEMA_VERSION:
        yield Finding(
            "schema", "plan", f"has schema version {plan.schema_version}; known is {SCHEMA_VERSION}"
        )
    if not plan.is_sealed:
        yield Finding("hash", "plan", f"says {plan.hash or 'nothing'}; its content gives {plan.digest()}")
    parts = sum(plan.objective.parts.values())
    if not isclose(plan.objective.total, parts, rel_tol=1e-9, abs_tol=1e-6):
        yield Finding("objective", "plan", f"says a total of {plan.objective.total}; its parts give {parts}")
    if plan.bound is not None and plan.bound.value > plan.objective.total + 1e-6:
        yield Finding(
            "objective", "plan", f"has a lower bound of {plan.bound.value} above {plan.objective.total}"
        )
