"""Packs a pool's hosts: for normal time, then for each failure on top of what stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmp.model.recovery import Role
from cmp.scheduler.problem.neighbours import HostRules
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import Vector

Hosts = list[dict[int, int]]
"""For each host, replicas by the number of their row."""


class Habit(Enum):
    """Which of the hosts with room takes the next replica."""

    FULLEST = "fullest"
    EMPTIEST = "emptiest"


@dataclass(frozen=True, slots=True)
class Witness:
    """A packing of one pool: `normal` time, and what each failure (by its number) `added` per host."""

    rows: tuple[Row, ...]
    normal: Hosts
    added: Mapping[int, Hosts]


@dataclass(frozen=True, slots=True)
class Room:
    """The hosts of a pool: how many, and what may be promised on each."""

    hosts: int
    capacity: Vector


def spread_over(usable: int, left: int) -> int:
    """Over how many hosts a row is spread of which so many are left, spare ones among them.

    At most ceil(replicas / this) stand on one host: one rule for what is planned, drained and lost.
    """
    return max(1, min(usable, left))


def close_together(row: str, most: int, left: int) -> str:
    """Why replicas that are spread stand together on a host."""
    hosts = "1 host that is left" if left == 1 else f"{left} hosts that are left"
    return f"{row}: {most} replicas together on one host, as its spread over the {hosts} allows"


def pack(rows: Sequence[Row], after: Sequence[Sequence[int]], room: Room) -> Witness | None:
    """Find a packing of a pool, or None.

    `after[f][i]` are the replicas of `rows[i]` after failure f. Two habits are tried; a packing that neither
    finds is taken not to exist, which may refuse a pool but never oversells one.
    """
    order = packing_order(rows, room)
    for habit in Habit:
        normal = fill(rows, [row.running for row in rows], order, room, habit)
        if normal is None:
            continue
        added = _extend(rows, after, order, room, normal)
        if added is not None:
            return Witness(tuple(rows), normal, added)
    return None


def packing_order(rows: Sequence[Row], room: Room) -> list[int]:
    """The numbers of rows, those with the largest replicas first."""
    return sorted(range(len(rows)), key=lambda i: (-_weight(rows[i], room), rows[i].key))


def fill(
    rows: Sequence[Row], wanted: Sequence[int], order: Sequence[int], room: Room, habit: Habit
) -> Hosts | None:
    """Pack empty hosts with so many replicas of each row."""
    hosts: Hosts = [{} for _ in range(room.hosts)]
    filled = _Filled(hosts, [list(room.capacity) for _ in range(room.hosts)], HostRules(rows))
    for number in order:
        count = wanted[number], most_on_host(rows[number], wanted[number], room.hosts)
        if not _add(rows[number], number, count, filled, habit):
            return None
    return hosts


def extend(
    rows: Sequence[Row],
    wanted: Sequence[int],
    order: Sequence[int],
    room: Room,
    normal: Hosts,
    over: int | None = None,
) -> Hosts | None:
    """What is added on each host so that each row has its wanted replicas; what stays does not move.

    Rows that are spread are so `over` so many hosts (None: all of them).
    """
    stays: Hosts = [{number: count for number, count in host.items() if wanted[number]} for host in normal]
    filled = _Filled(stays, [_free(rows, host, room.capacity) for host in stays], HostRules(rows))
    before = [dict(host) for host in stays]
    for number in order:
        there = sum(host.get(number, 0) for host in stays)
        missing = wanted[number] - there
        count = missing, most_on_host(rows[number], missing + there, over or len(stays))
        if missing > 0 and not _add(rows[number], number, count, filled, Habit.EMPTIEST):
            return None
    return [
        {number: count - old.get(number, 0) for number, count in new.items() if count > old.get(number, 0)}
        for new, old in zip(stays, before, strict=True)
    ]


def _extend(
    rows: Sequence[Row], after: Sequence[Sequence[int]], order: Sequence[int], room: Room, normal: Hosts
) -> Mapping[int, Hosts] | None:
    """What each failure that lets a row grow adds; equal failures share one answer."""
    known: dict[tuple[int, ...], Hosts | None] = {}
    added: dict[int, Hosts] = {}
    for failure, wanted in enumerate(after):
        if not any(count > row.running for row, count in zip(rows, wanted, strict=True)):
            continue
        key = tuple(wanted)
        if key not in known:
            known[key] = extend(rows, wanted, order, room, normal)
        found = known[key]
        if found is None:
            return None
        added[failure] = found
    return added


class _Filled(NamedTuple):
    """Hosts as they fill: replicas by row, what is left of each, and who may not share one."""

    hosts: Hosts
    free: list[list[int]]
    rules: HostRules


def most_on_host(row: Row, total: int, over: int) -> int:
    """The most replicas that may stand on one host; a row that is spread is so `over` some hosts."""
    most = row.component.at_most.per_host
    if row.role is Role.BACKUP:
        return total
    spread = -(-total // over) if row.spread_over_hosts else total
    return spread if most is None else min(spread, most)


def _add(row: Row, number: int, count: tuple[int, int], filled: _Filled, habit: Habit) -> bool:
    """Put more replicas of a row on hosts, `count` with the most on one; False when one finds no room."""
    needs = [(resource, amount) for resource, amount in enumerate(row.size) if amount]
    more, limit = count
    for _ in range(more):
        chosen = _choose(number, needs, limit, filled, habit)
        if chosen is None:
            return False
        filled.hosts[chosen][number] = filled.hosts[chosen].get(number, 0) + 1
        for resource, amount in needs:
            filled.free[chosen][resource] -= amount
    return True


def _choose(
    number: int, needs: Sequence[tuple[int, int]], limit: int, filled: _Filled, habit: Habit
) -> int | None:
    """The host for one more replica: of those with room, the fullest or emptiest; the first of equals."""
    best: int | None = None
    best_free = 0
    for host, left in enumerate(filled.free):
        there = filled.hosts[host]
        if there.get(number, 0) >= limit or any(left[resource] < amount for resource, amount in needs):
            continue
        if filled.rules.barred(number, there):
            continue
        room = left[0] if habit is Habit.EMPTIEST else -left[0]
        if best is None or room > best_free:
            best, best_free = host, room
    return best


def _free(rows: Sequence[Row], host: Mapping[int, int], capacity: Vector) -> list[int]:
    left = list(capacity)
    for number, count in host.items():
        for resource, amount in enumerate(rows[number].size):
            left[resource] -= amount * count
    return left


def _weight(row: Row, room: Room) -> int:
    """The largest share of a host that one replica takes, in millionths."""
    return max(
        (amount * 1_000_000 // there if there else 1_000_000)
        for amount, there in zip(row.size, room.capacity, strict=True)
        if amount
    )


def any_order(rows: Sequence[Row], wanted: Sequence[int], room: Room) -> bool:
    """True when so many replicas of rows find room in whatever order they come (`any_order_of`)."""
    there = [(row.size, count) for row, count in zip(rows, wanted, strict=True) if count]
    size = np.array([each for each, _ in there], dtype=np.int64).reshape(len(there), len(room.capacity))
    return any_order_of(size, np.array([count for _, count in there], dtype=np.int64), room)


def any_order_of(size: NDArray[np.int64], counts: NDArray[np.int64], room: Room) -> bool:
    """True when hosts cannot run out of room in whatever order replicas come; spread is left aside.

    A host that refuses one lacks some resource r, so its load there is above capacity − the largest replica;
    hence the sum of load / (capacity − largest) over the resources is above 1 on each full host.
    """
    share = Fraction(0)
    for resource, capacity in enumerate(room.capacity):
        load = int((size[:, resource] * counts).sum())
        if not load:
            continue
        least = capacity - int(size[:, resource].max())
        if least <= 0:
            return False
        share += Fraction(load, least)
    return share <= room.hosts
