"""Computes the objective's parts from a finished placement: physical quantities, each with its weight."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cmp.model.environment import Environment
from cmp.model.plan import ObjectiveValue
from cmp.model.recovery import Role
from cmp.scheduler.board.arrays import RoleIndex
from cmp.scheduler.placement.reading_off import Finished
from cmp.scheduler.problem.power import power_of
from cmp.scheduler.problem.rows import Row, accelerators_of
from cmp.scheduler.problem.sizes import DISK, MEMORY, MIB, MILLI, VCPU, cards_milli

EVENED = (VCPU, MEMORY, DISK)
"""The resources whose balance counts."""


def objective(done: Finished, minutes_moved: float) -> ObjectiveValue:
    """The weighted parts and their sum.

    `facility_watts`: Σ over pools of PUE × (hosts on × idle + (peak − idle) × vCPU promised / vCPU of a
    host), in watts; a host is on if anything stands there in normal time, or if a takeover has to start
    there sooner than it
    boots. `cost`: CNY per hour of what runs in normal time. `balance`: Σ over vCPU, memory and disk of the
    fullest
    pool's load above the mean of all pools, in percent of capacity, in normal time. `chip_preference`:
    replicas on
    takeover, each counted as often as its row misses a soft wish. `move`: minutes of moving since the Plan
    before (`cmp.scheduler.objective.migration_cost`), over the hours in which a move has to pay back.
    """
    environment = done.placing.snapshot.environment
    weights = environment.policy.objective
    quantities = {
        "facility_watts": _watts(done),
        "cost": _money(environment, done.rows),
        "balance": _imbalance(done),
        "chip_preference": float(_missed(done)),
        "move": minutes_moved / float(weights.payback_hours),
    }
    parts = {
        "facility_watts": weights.facility_watts,
        "cost": weights.cost,
        "balance": weights.balance,
        "chip_preference": weights.chip_preference,
        "move": weights.move,
    }
    weighted = {name: round(weight * quantities[name], 3) for name, weight in sorted(parts.items())}
    return ObjectiveValue(
        total=round(sum(weighted.values()), 3),
        parts=weighted,
        quantities={name: round(value, 3) for name, value in sorted(quantities.items())},
    )


def _watts(done: Finished) -> float:
    """Facility power in normal time; pools without `power` count as the hungriest, as everywhere."""
    placing = done.placing
    estate, board = placing.snapshot.environment.estate, placing.board
    awake = (board.sums.on > 0) | (board.sums.hot > 0)
    starts = board.ground.host_start
    total = 0.0
    for number, name in enumerate(placing.names.pools):
        pool = estate.pool[name]
        power = power_of(pool, estate)
        if power is None:
            continue
        idle, peak = power.idle_watts.value, power.peak_watts.value
        on = int(awake[starts[number] : starts[number + 1]].sum())
        load = int(board.sums.load[number, 0, VCPU]) / int(board.ground.cap[number, VCPU])
        total += estate.center_of(pool).pue.value * (on * idle + (peak - idle) * load)
    return total


def _money(environment: Environment, rows: Iterable[Row]) -> float:
    """Price of what runs in normal time, in CNY per hour."""
    total = 0
    devices = accelerators_of(environment)
    for row in rows:
        price = environment.estate.pool[row.pool].price_cny
        if price is None or row.role is Role.BACKUP:
            continue
        each = row.size[VCPU] * price.vcpu_hour.milli
        each += row.size[MEMORY] * price.memory_gib_hour.milli * MILLI // MIB
        if price.accelerator_hour is not None:
            each += cards_milli(row.size, devices, environment.estate.per_card) * price.accelerator_hour.milli
        total += each * row.running
    return total / 1e6


def _imbalance(done: Finished) -> float:
    """How far the fullest pool stands above the mean of all, summed over resources, in percent."""
    board = done.placing.board
    total = 0.0
    for resource in EVENED:
        shares = board.sums.load[:, 0, resource] / np.maximum(board.ground.total[:, resource], 1)
        total += 100 * float(shares.max() - shares.mean())
    return total


def _missed(done: Finished) -> int:
    """Replicas on takeover, each as often as its row misses a soft wish; copies have none."""
    rows, tables = done.placing.board.rows, done.placing.board.tables
    numbers = np.array(
        [
            number
            for group in range(len(done.placing.snapshot.groups))
            for number in done.placing.numbers(group)
        ],
        dtype=np.int64,
    )
    roles, entries = rows.role[numbers], rows.entry[numbers]
    runs = (roles != RoleIndex.COLD) & (roles != RoleIndex.BACKUP)
    missed = tables.entry_wishes[entries] + np.where(runs, tables.entry_elsewhere[entries], 0)
    missed += np.where(roles == RoleIndex.PRIMARY, tables.entry_away[entries], 0)
    return int((rows.take[numbers] * missed)[roles != RoleIndex.BACKUP].sum())
