"""Prices a pool for a side in the parts of the objective, as differences to where the side stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmp.model.plan import Placement
from cmp.model.policy import Objective
from cmp.model.recovery import Role
from cmp.scheduler.constraints.options import Option, size_on
from cmp.scheduler.constraints.packing import Habit, fill, pack, packing_order
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.explain.setting import Setting, takeover_on
from cmp.scheduler.explain.state import PlacedState
from cmp.scheduler.objective.migration_cost import Leg, Roads, effort_of, roads_of
from cmp.scheduler.problem.power import power_of
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import DISK, MEMORY, MIB, MILLI, VCPU, Vector, cards_milli
from cmp.scheduler.recovery.patience import Patience, may_wait, patience_of

EVENED = (VCPU, MEMORY, DISK)
"""The resources whose balance counts."""

Standing = tuple[Row, Sequence[int]]
"""A row with its replicas in normal time and after each failure."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What pricing needs besides the state: the roads on which a move would go, who may wait for hosts."""

    state: PlacedState
    roads: Roads
    patience: Patience

    @classmethod
    def of(cls, state: PlacedState, placements: Sequence[Placement]) -> Prices:
        """The prices of a Plan."""
        environment = state.snapshot.environment
        return cls(state, roads_of(environment, placements), patience_of(environment))


def score(setting: Setting, ask: Ask, seat: Seat, prices: Prices) -> Mapping[str, float]:
    """The objective's parts, weighted, if the whole side stood on this pool instead; `total` is their sum.

    Parts as docs/scheduling.md defines them. Watts come from packing the pools concerned anew, for normal
    time and for takeovers that wait for no host to start; neighbours that a new Plan would move are left
    aside. `move` is what going there takes, over the hours in which it has to pay back; none of it where
    nothing stands yet. Where no road leads there is no score.
    """
    there = _row(setting, ask, seat, prices.state)
    if [row.pool for row in setting.rows] == [seat.pool.id]:
        return _weighted(prices.state.snapshot.environment.policy.objective, {})
    minutes = _minutes(setting, there, prices)
    if minutes is None:
        return {}
    policy = prices.state.snapshot.environment.policy.objective
    rows = setting.rows
    parts = {
        "facility_watts": _watts(rows, (there, setting.counts(there.takeover)), prices),
        "cost": _cny(there, prices.state) - sum(_cny(row, prices.state) for row in rows),
        "balance": _balance(setting, there, prices.state),
        "chip_preference": _missed(there, prices.state) - sum(_missed(row, prices.state) for row in rows),
        "move": minutes / float(policy.payback_hours),
    }
    return _weighted(policy, parts)


def parts_of(rows: Sequence[Row], prices: Prices) -> Mapping[str, float]:
    """The objective's parts, weighted, that would be saved if these rows were not there.

    They are those of normal time, with the hosts that takeovers keep on.
    """
    state = prices.state
    policy = state.snapshot.environment.policy.objective
    watts = sum(
        _watts_of(pool, _standing(pool, state), prices) - _watts_of(pool, _others(pool, rows, state), prices)
        for pool in sorted({row.pool for row in rows})
    )
    before = {pool: state.ledger.load(pool, 0) for pool in state.snapshot.rooms}
    after = dict(before)
    for row in rows:
        after[row.pool] = _changed(after[row.pool], row.size, -row.running)
    parts = {
        "facility_watts": watts,
        "cost": sum(_cny(row, state) for row in rows),
        "balance": _uneven(before, state) - _uneven(after, state),
        "chip_preference": sum(_missed(row, state) for row in rows),
    }
    return _weighted(policy, parts)


def _standing(pool: str, state: PlacedState) -> list[Standing]:
    """What stands on a pool."""
    return list(zip(*state.on(pool), strict=True))


def _others(pool: str, rows: Sequence[Row], state: PlacedState) -> list[Standing]:
    """What stands on a pool besides some rows."""
    names = {row.key for row in rows}
    return [each for each in _standing(pool, state) if each[0].key not in names]


def _weighted(policy: Objective, parts: Mapping[str, float]) -> Mapping[str, float]:
    weights = {
        "facility_watts": policy.facility_watts,
        "cost": policy.cost,
        "balance": policy.balance,
        "chip_preference": policy.chip_preference,
        "move": policy.move,
    }
    found = {name: round(weight * parts.get(name, 0.0), 3) for name, weight in weights.items()}
    return {**found, "total": round(sum(found.values()), 3)}


def _row(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Row:
    """The whole side as one row on a pool."""
    takeover = state.snapshot.needs[ask.workload.id, ask.component.id].work.alone(_worth(ask, seat, state))
    if setting.role in {Role.BACKUP, Role.MEMBER}:
        takeover = takeover_on(setting, ask, seat, state)
    return Row(
        ask.workload,
        ask.component,
        setting.role,
        seat.pool.id,
        seat.cloud.id,
        seat.center,
        ask.way.id,
        "",
        size_on(ask, seat, state.snapshot.accelerators),
        setting.counts(takeover)[0],
        takeover,
    )


def _worth(ask: Ask, seat: Seat, state: PlacedState) -> int:
    option = _option(ask.workload.id, ask.component.id, (seat.pool.id, ask.way.id), state)
    return option.worth if option else 1


def _option(workload: str, component: str, place: tuple[str, str], state: PlacedState) -> Option | None:
    """The pool and way as the search knows them; None where they do not fit."""
    sides = state.snapshot.needs[workload, component].sides
    return next(
        (each for options in sides.values() for each in options if (each.pool, each.way) == place), None
    )


def _minutes(setting: Setting, there: Row, prices: Prices) -> float | None:
    """What it takes to go there from where the side stands."""
    total = 0.0
    for row in setting.rows:
        if row.pool == there.pool:
            continue
        leg = Leg(
            row.component,
            row.role,
            row.size[MEMORY],
            row.size[DISK],
            row.counted,
            row.pool,
            there.pool,
            data=row is setting.rows[0],
        )
        effort = effort_of(leg, prices.roads)
        if effort is None:
            return None
        total += effort.minutes
    return total


def _watts(rows: Sequence[Row], there: Standing, prices: Prices) -> float:
    """Facility watts of the pools concerned with the side there, less those with it where it stands."""
    total = 0.0
    for pool in sorted({there[0].pool, *(row.pool for row in rows)}):
        others = _others(pool, rows, prices.state)
        total += _watts_of(pool, [*others, there] if pool == there[0].pool else others, prices)
        total -= _watts_of(pool, _standing(pool, prices.state), prices)
    return total


def _watts_of(pool: str, here: Sequence[Standing], prices: Prices) -> float:
    """Facility watts of a pool in normal time with these rows, packed anew."""
    state = prices.state
    estate = state.snapshot.environment.estate
    power = power_of(estate.pool[pool], estate)
    if power is None:
        return 0.0
    room, rows = state.snapshot.rooms[pool], [row for row, _ in here]
    witness = pack(rows, [], room)
    if witness is None:
        return 0.0
    load = sum(row.size[VCPU] * row.running for row in rows) / room.capacity[VCPU]
    hosts = max(sum(bool(host) for host in witness.normal), _awake(pool, here, prices))
    idle, peak = power.idle_watts.value, power.peak_watts.value
    return estate.center_of(estate.pool[pool]).pue.value * (hosts * idle + (peak - idle) * load)


def _awake(pool: str, here: Sequence[Standing], prices: Prices) -> int:
    """Hosts that have to be on for what grows after a failure and may wait for none, beside what stays."""
    estate, room = prices.state.snapshot.environment.estate, prices.state.snapshot.rooms[pool]
    hasty = [not may_wait(estate.pool[pool], prices.patience[row.workload.id]) for row, _ in here]
    rows = [row for row, _ in here]
    wanted = {
        tuple(
            count if now or count <= row.running else row.running
            for (row, _), now, count in zip(here, hasty, counts, strict=True)
        )
        for counts in zip(*(counts[1:] for _, counts in here), strict=True)
        if any(now and count > row.running for (row, _), now, count in zip(here, hasty, counts, strict=True))
    }
    packed = (fill(rows, each, packing_order(rows, room), room, Habit.FULLEST) for each in wanted)
    return max((sum(bool(host) for host in hosts) for hosts in packed if hosts is not None), default=0)


def _cny(row: Row, state: PlacedState) -> float:
    """Price of what a row runs in normal time, in CNY per hour."""
    price = state.snapshot.environment.estate.pool[row.pool].price_cny
    if price is None or row.role is Role.BACKUP:
        return 0.0
    each = row.size[VCPU] * price.vcpu_hour.milli
    each += row.size[MEMORY] * price.memory_gib_hour.milli * MILLI // MIB
    if price.accelerator_hour is not None:
        cards = cards_milli(row.size, state.snapshot.accelerators, state.snapshot.environment.estate.per_card)
        each += cards * price.accelerator_hour.milli
    return each * row.running / 1e6


def _balance(setting: Setting, there: Row, state: PlacedState) -> float:
    """By how much the fullest pool stands further above the mean, in percent of capacity, over resources."""
    before = {pool: state.ledger.load(pool, 0) for pool in state.snapshot.rooms}
    after = dict(before)
    for row in setting.rows:
        after[row.pool] = _changed(after[row.pool], row.size, -row.running)
    after[there.pool] = _changed(after[there.pool], there.size, there.running)
    return _uneven(after, state) - _uneven(before, state)


def _changed(load: Sequence[int], size: Vector, count: int) -> tuple[int, ...]:
    return tuple(have + each * count for have, each in zip(load, size, strict=True))


def _uneven(loads: Mapping[str, Sequence[int]], state: PlacedState) -> float:
    total = 0.0
    for resource in EVENED:
        shares = [
            load[resource] / max(1, room.capacity[resource] * room.hosts)
            for load, room in ((loads[name], room) for name, room in state.snapshot.rooms.items())
        ]
        total += 100 * (max(shares) - sum(shares) / len(shares))
    return total


def _missed(row: Row, state: PlacedState) -> int:
    """Replicas on takeover, as often as the row misses a soft wish; copies have none."""
    if row.role is Role.BACKUP:
        return 0
    option = _option(row.workload.id, row.component.id, (row.pool, row.way), state)
    return row.takeover * option.disliked(row.role) if option else 0
