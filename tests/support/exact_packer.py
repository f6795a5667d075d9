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
from cmp.verifier.survival import Aftermath, aftermaths
from cmp.verifier.witness import any_order, host_limit

Hosts = tuple[Counter[RowKey], ...]
"""What stands on each usable host, in order."""

Wanted = Sequence[tuple[Placement, int]]
"""How many replicas of each row are to be packed."""


def pack(reading: Reading, afters: Sequence[Aftermath] | None = None) -> tuple[Packing, ...] | None:
    """A witness for every pool; None when some pool has no normal packing that every failure can build on.

    `afters` say what runs after each failure; where nothing gives way they follow from the rows.
    """
    packings: list[Packing] = []
    afters = aftermaths(reading) if afters is None else afters
    for pool in reading.environment.estate.pools:
        if pool.id in reading.rows_on:
            found = _pack_pool(reading, pool, afters)
            if found is None:
                return None
            packings += found
    return tuple(packings)


def _pack_pool(reading: Reading, pool: Pool, afters: Sequence[Aftermath]) -> list[Packing] | None:
    rows = reading.rows_on[pool.id]
    normal = standing(reading)
    empty: Hosts = tuple(Counter() for _ in range(pool.usable_hosts))
    for hosts in _ways(reading, pool, empty, [(row, normal[key_of(row)]) for row in rows], normal):
        packings = [_packing(reading, pool, "", hosts, normal)]
        for aftermath in afters:
            then = standing(reading, aftermath)
            found = _after(reading, pool, hosts, then)
            if found is None:
                break
            kept, extended = found
            packings += _packings_after(reading, pool, str(aftermath.failure), (hosts, kept, extended), then)
        else:
            return packings
    return None


def _after(
    reading: Reading, pool: Pool, hosts: Hosts, then: Mapping[RowKey, int]
) -> tuple[Hosts, Hosts] | None:
    """What stays on each host and what stands there in the end, of all ways to stop and to add the first."""
    rows = reading.rows_on[pool.id]
    for kept in _stays(reading, pool, hosts, then, list(rows)):
        grown = [(row, then[key_of(row)] - sum(host[key_of(row)] for host in hosts)) for row in rows]
        extended = next(
            _ways(reading, pool, kept, [(row, more) for row, more in grown if more > 0], then), None
        )
        if extended is not None:
            return kept, extended
    return None


def _stays(
    reading: Reading, pool: Pool, hosts: Hosts, then: Mapping[RowKey, int], rows: Sequence[Placement]
) -> Iterator[Hosts]:
    """Every way to stop what is too much of each row, within its spread."""
    if not rows:
        yield hosts
        return
    key = key_of(rows[0])
    _, component = reading.components[key[:2]]
    bound = component.spread is Spread.HOST and rows[0].role is not Role.BACKUP
    limit = host_limit(pool, then[key]) if bound else then[key]
    there = sum(host[key] for host in hosts)
    for shares in _shares(min(there, then[key]), len(hosts)):
        if then[key] >= there or all(
            share <= min(host[key], limit) for share, host in zip(shares, hosts, strict=True)
        ):
            fewer = hosts
            if then[key] < there:
                fewer = tuple(
                    Counter({**host, key: share}) for host, share in zip(hosts, shares, strict=True)
                )
            yield from _stays(reading, pool, fewer, then, rows[1:])
            if then[key] >= there:
                return


def _packings_after(
    reading: Reading, pool: Pool, failure: str, states: tuple[Hosts, Hosts, Hosts], then: Mapping[RowKey, int]
) -> list[Packing]:
    """What is added and what stops, if anything does; `states` are before, in between and in the end."""
    before, kept, end = states
    added = tuple(after - there for after, there in zip(end, kept, strict=True))
    stopped = tuple(
        Counter({key: count for key, count in (was - stays).items() if then[key]})
        for was, stays in zip(before, kept, strict=True)
    )
    if not any(added) and not any(stopped):
        return []
    packing = _packing(reading, pool, failure, added, then)
    return [packing.model_copy(update={"stopped": _listed(stopped)})]


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
        hosts=_listed(hosts),
        any_order=any_order(reading, pool, then),
    )


def _listed(hosts: Hosts) -> tuple[HostPacking, ...]:
    return tuple(
        HostPacking(
            host=number, rows=tuple(_packed(key, count) for key, count in sorted(host.items()) if count)
        )
        for number, host in enumerate(hosts, start=1)
        if any(host.values())
    )


def _packed(key: RowKey, count: int) -> Packed:
    return Packed(workload=key[0], component=key[1], role=key[2], count=count)
