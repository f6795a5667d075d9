"""Says host by host what room a pool has left for a side, with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmp.scheduler.constraints.packing import Room, Witness, pack
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import DISK, MEMORY, MIB, MILLI, VCPU, Vector

NAMED = 8
"""Hosts that a sentence names, those with the most room first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a row wants on a pool: its replicas in normal time and after each failure, by its number."""

    row: Row
    counts: tuple[int, ...]


def packs(others: Sequence[tuple[Row, tuple[int, ...]]], wish: Wish, room: Room) -> bool:
    """True when a pool's hosts can be packed with a row beside what else stands there."""
    rows = [*(row for row, _ in others), wish.row]
    after = list(zip(*(counts for _, counts in others), wish.counts, strict=True))[1:]
    return pack(rows, after, room) is not None


def host_by_host(
    others: Sequence[tuple[Row, tuple[int, ...]]],
    wish: Wish,
    room: Room,
    failures: Sequence[str],
    accelerators: tuple[str, ...],
) -> str:
    """How many replicas of a row each host of a pool takes where most of them are wanted, and what is free.

    Empty where what else stands there cannot be packed by itself.
    """
    beside = pack([row for row, _ in others], list(zip(*(each for _, each in others), strict=True))[1:], room)
    if beside is None and others:
        return ""
    situation = max(range(len(wish.counts)), key=lambda place: (wish.counts[place], -place))
    free = _free(beside, [counts[situation] for _, counts in others], room, situation)
    size, count = wish.row.size, wish.counts[situation]
    most = -(-count // room.hosts) if wish.row.spread_over_hosts else count
    takes = [min(most, _takes(size, left)) for left in free]
    order = sorted(range(room.hosts), key=lambda host: (-takes[host], host))
    told = [
        f"{wish.row.pool}/{host + 1} takes {takes[host]} ({_left(size, free[host], accelerators)})"
        for host in order[:NAMED]
    ]
    if len(order) > NAMED:
        told.append(f"{len(order) - NAMED} more take {sum(takes[host] for host in order[NAMED:])}")
    when = f" after {failures[situation - 1]}" if situation else ""
    spread = f", at most {most} on a host" if wish.row.spread_over_hosts and most < count else ""
    wanted = f"{count} replica{'s' if count > 1 else ''} of {_amounts(size, accelerators)} each"
    return f"{wanted} wanted{when}{spread}: {', '.join(told)}"


def _free(beside: Witness | None, counts: Sequence[int], room: Room, situation: int) -> list[list[int]]:
    """What is free on each host in a situation (0: normal time) beside what stands there."""
    free = [list(room.capacity) for _ in range(room.hosts)]
    if beside is None:
        return free
    added = beside.added.get(situation - 1, [{} for _ in free]) if situation else [{} for _ in free]
    for left, normal, more in zip(free, beside.normal, added, strict=True):
        stays = {number: count for number, count in normal.items() if counts[number]}
        for number in stays.keys() | more.keys():
            here = stays.get(number, 0) + more.get(number, 0)
            for resource, amount in enumerate(beside.rows[number].size):
                left[resource] -= amount * here
    return free


def _takes(size: Vector, left: Sequence[int]) -> int:
    return min((have // amount for amount, have in zip(size, left, strict=True) if amount), default=0)


def _left(size: Vector, left: Sequence[int], accelerators: tuple[str, ...]) -> str:
    """What a host has left of the resource that lets in the fewest."""
    scarce = min(
        (resource for resource, amount in enumerate(size) if amount),
        key=lambda resource: (left[resource] // size[resource], left[resource] / size[resource]),
        default=VCPU,
    )
    return f"{_amount(scarce, left[scarce], accelerators)} free"


def _amounts(size: Vector, accelerators: tuple[str, ...]) -> str:
    return ", ".join(
        _amount(resource, amount, accelerators) for resource, amount in enumerate(size) if amount
    )


def _amount(resource: int, amount: int, accelerators: tuple[str, ...]) -> str:
    match resource:
        case _ if resource == VCPU:
            return f"{amount / MILLI:g} vCPU"
        case _ if resource == MEMORY:
            return f"{amount / MIB:g} GiB"
        case _ if resource == DISK:
            return f"{amount} GiB disk"
        case _:
            return f"{amount} {accelerators[resource - DISK - 1]}"
