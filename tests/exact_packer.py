"""Packs hosts by trying everything: normal time, and on top of it each failure without moving survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cmp.model.estate import Pool
from cmp.model.plan import HostPacking, Packed, Packing, Placement
from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.verifier.capacity import load_of, room_of_host, standing
from cmp.verifier.reading import Reading, RowKey, key_of
from cmp.verifier.survival import aftermaths
from cmp.verifier.witness import any_order, host_limit

Hosts = tuple[Counter[RowKey], ...]
"""What stands on each usable host, in order."""

Wanted = Sequence[tuple[Placement, int]]
"""How many replicas of each row are to be packed."""


def pack(reading: Reading) -> tuple[Packing, ...] | None:
    """A witness for every pool; None when some pool has no normal packing that every failure can build on."""
    packings: list[Packing] = []
    for pool in reading.environment.estate.pools:
        if pool.id in reading.rows_on:
            found = _pack_pool(reading, pool)
            if found is None:
                return None
            packings += found
    return tuple(packings)


def _pack_pool(reading: Reading, pool: Pool) -> list[Packing] | None:
    rows = reading.rows_on[pool.id]
    normal = standing(reading)
    later = {str(aftermath.failure): standing(reading, aftermath) for aftermath in aftermaths(reading)}
    empty: Hosts = tuple(Counter() for _ in range(pool.usable_hosts))
    for hosts in _ways(reading, pool, empty, [(row, normal[key_of(row)]) for row in rows], normal):
        packings = [_packing(reading, pool, "", hosts, normal)]
        for failure, then in later.items():
            kept = tuple(Counter({key: n for key, n in host.items() if then[key]}) for host in hosts)
            grown = [(row, then[key_of(row)] - normal[key_of(row)]) for row in rows]
            grown = [(row, more) for row, more in grown if more > 0]
            extended = next(_ways(reading, pool, kept, grown, then), None)
            if extended is None:
                break
            added = tuple(after - before for after, before in zip(extended, kept, strict=True))
            if grown:
                packings.append(_packing(reading, pool, failure, added, then))
        else:
            return packings
    return None


def _ways(
    reading: Reading, pool: Pool, hosts: Hosts, wanted: Wanted, then: Mapping[RowKey, int]
) -> Iterator[Hosts]:
    """Every way to put what is wanted on the hosts, one row after the other."""
    if not wanted:
        yield hosts
        return
    row, count = wanted[0]
    _, component = reading.components[row.workload, row.component]
    bound = component.spread is Spread.HOST and row.role is not Role.BACKUP
    limit = host_limit(pool, then[key_of(row)]) if bound else count
    for shares in _shares(count, len(hosts)):
        fuller = tuple(
            host + Counter({key_of(row): share}) for host, share in zip(hosts, shares, strict=True)
        )
        within = not bound or all(host[key_of(row)] <= limit for host in fuller)
        if within and all(_fits(reading, pool, host) for host in fuller):
            yield from _ways(reading, pool, fuller, wanted[1:], then)


def _shares(count: int, hosts: int) -> Iterator[tuple[int, ...]]:
    """Every way to share a count among hosts, fullest first host first."""
    if hosts == 1:
        yield (count,)
        return
    for first in range(count, -1, -1):
        for others in _shares(count - first, hosts - 1):
            yield (first, *others)


def _fits(reading: Reading, pool: Pool, host: Counter[RowKey]) -> bool:
    load: Counter[str] = Counter()
    for row in reading.rows_on[pool.id]:
        load.update(load_of(row.size, host[key_of(row)]))
    room = room_of_host(reading.environment, pool)
    return all(amount <= room.get(resource, 0) for resource, amount in load.items())


def _packing(reading: Reading, pool: Pool, failure: str, hosts: Hosts, then: Mapping[RowKey, int]) -> Packing:
    return Packing(
        pool=pool.id,
        failure=failure,
        hosts=tuple(
            HostPacking(host=number, rows=tuple(_packed(key, count) for key, count in sorted(host.items())))
            for number, host in enumerate(hosts, start=1)
            if host
        ),
        any_order=any_order(reading, pool, then),
    )


def _packed(key: RowKey, count: int) -> Packed:
    return Packed(workload=key[0], component=key[1], role=key[2], count=count)
