"""Computes the objective's parts from a finished placement, in integers until the last division."""

from __future__ import annotations

from collections.abc import Mapping

from cmp.model.estate import Pool
from cmp.model.plan import ObjectiveValue
from cmp.model.recovery import Role
from cmp.scheduler.packing import Witness
from cmp.scheduler.rows import Row
from cmp.scheduler.sizes import DISK, MEMORY, MIB, MILLI, VCPU
from cmp.scheduler.state import State

Rows = Mapping[tuple[str, str, str, str], Row]


def objective(state: State, before: Mapping[tuple[str, str, str, str], int]) -> ObjectiveValue:
    """The weighted parts and their sum; `before` holds the replicas that ran where, none for a first Plan.

    `facility_watts`: PUE × Σ over hosts that carry anything of idle + (peak − idle) × share of vCPU
    promised. `cost`: CNY per hour of what runs in normal time. `balance`: how far the fullest pool stands
    above the mean peak of those in use, in percent. `move`: replicas that run where none of theirs ran
    before. `chip_preference`: replicas on a chip or in a location that the component likes less.
    """
    weights = state.snapshot.environment.policy.objective
    rows = [row for placed in state.placed.values() for row in placed.rows]
    parts = {
        "facility_watts": (weights.facility_watts, _micro_watts(state) / 1e6),
        "cost": (weights.cost, _micro_cny(state, rows) / 1e6),
        "balance": (weights.balance, _imbalance(state) / 10),
        "move": (weights.move, _moved(rows, before) if before else 0),
        "chip_preference": (weights.chip_preference, _disliked(state, rows)),
    }
    weighted = {name: round(weight * value, 3) for name, (weight, value) in parts.items()}
    return ObjectiveValue(total=round(sum(weighted[name] for name in sorted(weighted)), 3), parts=weighted)


def _micro_watts(state: State) -> int:
    """Facility power of all hosts in use, in millionths of a watt; pools without `power` count nothing."""
    estate = state.snapshot.environment.estate
    total = 0
    for name, witness in sorted(state.witnesses.items()):
        pool = estate.pool[name]
        if pool.power is None:
            continue
        pue = estate.center_of(pool).pue.milli
        total += pue * _milli_watts(pool, witness, state.snapshot.rooms[name].capacity[VCPU])
    return total


def _milli_watts(pool: Pool, witness: Witness, vcpus: int) -> int:
    """Power of a pool's hosts in use, in thousandths of a watt; `vcpus` is what a host may promise."""
    if pool.power is None:
        return 0
    idle, peak = pool.power.idle_watts.milli, pool.power.peak_watts.milli
    total = 0
    for host in witness.normal:
        if host:
            load = sum(witness.rows[number].size[VCPU] * count for number, count in host.items())
            total += idle + (peak - idle) * load // vcpus
    return total


def _micro_cny(state: State, rows: list[Row]) -> int:
    """Price of what runs in normal time, in millionths of a CNY per hour."""
    estate = state.snapshot.environment.estate
    total = 0
    for row in rows:
        price = estate.pool[row.pool].price_cny
        if price is None or row.role is Role.BACKUP:
            continue
        each = row.size[VCPU] * price.vcpu_hour.milli
        each += row.size[MEMORY] * price.memory_gib_hour.milli * MILLI // MIB
        if price.accelerator_hour is not None:
            each += sum(row.size[DISK + 1 :]) * price.accelerator_hour.milli * MILLI
        total += each * row.running
    return total


def _imbalance(state: State) -> int:
    """The fullest pool's peak above the mean of the pools in use, in thousandths."""
    peaks = [peak for peak in state.ledger.peaks.values() if peak]
    return max(peaks) - sum(peaks) // len(peaks) if peaks else 0


def _moved(rows: list[Row], before: Mapping[tuple[str, str, str, str], int]) -> int:
    return sum(max(0, row.counted - before.get(row.key, 0)) for row in rows)


def _disliked(state: State, rows: list[Row]) -> int:
    """Replicas, each counted as often as its row misses a soft wish."""
    total = 0
    for row in rows:
        if row.role is Role.BACKUP:
            continue
        need = state.snapshot.needs[row.workload.id, row.component.id]
        options = need.options(row.role, row.center)
        total += row.takeover * next(
            option.disliked(row.role)
            for option in options
            if (option.pool, option.way) == (row.pool, row.way)
        )
    return total
