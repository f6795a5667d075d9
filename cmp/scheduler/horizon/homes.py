"""Remembers where sides stood before a peak of demand moved them, and starts from there once it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from cmp.model.cordon import Stood
from cmp.model.environment import Environment
from cmp.model.plan import BeforePeak, Placement, Plan
from cmp.model.recovery import Role
from cmp.scheduler.horizon.phases import Factors, Name, dominates, factors_at

Side = tuple[str, str, Role]


def before_peak(
    previous: Plan, environment: Environment, at: datetime | None, placements: Iterable[Placement]
) -> BeforePeak | None:
    """What a Plan for a moment remembers: the sides on other pools than before a peak began, as they stood.

    A peak begins where some demand becomes larger than it was for the Plan before, and is over once none is.
    """
    known = previous.before_peak
    names = _names(environment)
    then = known.at if known else previous.origin.at
    if dominates(_factors(environment, names, then), _factors(environment, names, at)):
        return None
    stood = _by_side(known.rows if known else ())
    for side, rows in _by_side(map(_stood, previous.placements)).items():
        stood.setdefault(side, rows)
    now = _by_side(map(_stood, placements))
    elsewhere = [
        row
        for side, rows in sorted(stood.items())
        if side in now and {row.pool for row in rows} != {row.pool for row in now[side]}
        for row in rows
    ]
    return BeforePeak(at=then, rows=tuple(elsewhere)) if elsewhere else None


def returned(previous: Plan, environment: Environment, at: datetime | None) -> Plan:
    """The Plan with those sides where they stood before a peak, if it is over at a moment; to start from."""
    known, names = previous.before_peak, _names(environment)
    if known is None:
        return previous
    if not dominates(_factors(environment, names, known.at), _factors(environment, names, at)):
        return previous
    stood = _by_side(row for row in known.rows if row.pool in environment.estate.pool)
    rows = _by_side_of(previous.placements)
    kept = [row for side, each in rows.items() if side not in stood for row in each]
    for side, before in stood.items():
        kept += [_standing(environment, rows[side][0], each) for each in before if side in rows]
    kept.sort(key=lambda row: (row.workload, row.component, row.role, row.pool))
    return previous.model_copy(update={"placements": tuple(kept), "before_peak": None})


def homes_of(plan: Plan) -> Mapping[Side, Mapping[str, int]]:
    """The pools on which sides stood before a peak that is not over, with their replicas after a takeover."""
    sides = _by_side(plan.before_peak.rows if plan.before_peak else ())
    return {side: {row.pool: row.on_takeover for row in rows} for side, rows in sides.items()}


def _names(environment: Environment) -> tuple[Name, ...]:
    return tuple((workload.id, each.id) for workload in environment.workloads for each in workload.components)


def _factors(environment: Environment, names: tuple[Name, ...], at: datetime | None) -> Factors:
    return factors_at(environment, names, at)


def _stood(row: Placement) -> Stood:
    return Stood(
        workload=row.workload,
        component=row.component,
        role=row.role,
        pool=row.pool,
        variant=row.variant,
        replicas=row.replicas,
        on_takeover=row.replicas_on_takeover,
    )


def _standing(environment: Environment, row: Placement, stood: Stood) -> Placement:
    pool = environment.estate.pool[stood.pool]
    where = {"cloud": pool.cloud, "center": environment.estate.center_of(pool).id, "chip": pool.chip}
    counts = {"replicas": stood.replicas, "replicas_on_takeover": stood.on_takeover}
    return row.model_copy(update={"pool": stood.pool, "variant": stood.variant, **where, **counts})


def _by_side(rows: Iterable[Stood]) -> dict[Side, list[Stood]]:
    found: dict[Side, list[Stood]] = {}
    for row in rows:
        found.setdefault((row.workload, row.component, row.role), []).append(row)
    return found


def _by_side_of(rows: Iterable[Placement]) -> dict[Side, list[Placement]]:
    found: dict[Side, list[Placement]] = {}
    for row in rows:
        found.setdefault((row.workload, row.component, row.role), []).append(row)
    return found
