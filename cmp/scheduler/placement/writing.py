"""Writes a finished placement in the words of a Plan, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cmp.model.estate import Isa
from cmp.model.plan import Amounts, HostPacking, Packed, Packing, Placement, Reservation, Takeover, Yielding
from cmp.model.recovery import Role
from cmp.scheduler.board.arrays import I8
from cmp.scheduler.constraints.packing import any_order_of
from cmp.scheduler.placement.reading_off import Finished, Hosts
from cmp.scheduler.problem.rows import Row, amounts
from cmp.scheduler.problem.sizes import DISK, MEMORY, MIB, MILLI, VCPU, Vector
from cmp.scheduler.snapshot import Snapshot


def placements(done: Finished) -> tuple[Placement, ...]:
    """Every row, in order of workload, component, role and pool."""
    snapshot = done.placing.snapshot
    sizes: dict[Vector, Amounts] = {}
    return tuple(_placement(row, snapshot, sizes) for row in done.rows)


def takeovers(done: Finished) -> tuple[Takeover, ...]:
    """Where each group goes after each failure that moves it; one that stays is not listed."""
    placing = done.placing
    sums = placing.board.sums
    return tuple(
        Takeover(
            failure=str(loss.failure),
            group=placing.snapshot.groups[group].members,
            center=placing.names.centers[int(sums.target[group, number])],
        )
        for number, loss in enumerate(placing.snapshot.losses)
        for group in np.flatnonzero((sums.home >= 0) & (sums.target[:, number] != sums.home)).tolist()
        if sums.target[group, number] >= 0
    )


def yields(done: Finished) -> tuple[Yielding, ...]:
    """What gives way after each failure, and what is left of it, in order of failure and row."""
    losses = done.placing.snapshot.losses
    found = sorted((failure, place) for (_, failure), then in done.then.items() for place in then.gave)
    return tuple(
        Yielding(
            failure=str(losses[failure].failure),
            workload=done.rows[place].workload.id,
            component=done.rows[place].component.id,
            role=done.rows[place].role,
            pool=done.rows[place].pool,
            replicas=int(done.counts[place, failure + 1]),
        )
        for failure, place in found
    )


def reservations(done: Finished) -> tuple[Reservation, ...]:
    """What each failure asks of each pool on top of normal time; nothing is not listed."""
    snapshot = done.placing.snapshot
    return tuple(
        reservation
        for pool, loads in _loads(done)
        for situation, loss in enumerate(snapshot.losses, start=1)
        for reservation in _reservation(snapshot, pool, (loads[0], loads[situation]), str(loss.failure))
    )


def packings(done: Finished) -> tuple[Packing, ...]:
    """The packing of each pool in use: normal time first, then what failures change."""
    failures = range(len(done.placing.snapshot.losses))
    return tuple(
        packing
        for pool in sorted(done.on)
        for packing in (
            *_normal(done, pool),
            *(_after(done, pool, f) for f in failures if (pool, f) in done.then),
        )
    )


def _placement(row: Row, snapshot: Snapshot, sizes: dict[Vector, Amounts]) -> Placement:
    chip = snapshot.seats[row.pool].chip
    copy = row.role is Role.BACKUP
    if row.size not in sizes:
        sizes[row.size] = amounts(row.size, snapshot.accelerators)
    return Placement(
        workload=row.workload.id,
        component=row.component.id,
        variant=row.way or None,
        role=row.role,
        pool=row.pool,
        cloud=row.cloud,
        center=row.center,
        chip=chip.id,
        isa=chip.isa or Isa.AMD64,
        image=row.image,
        size=sizes[row.size],
        replicas=0 if copy else row.running,
        replicas_on_takeover=0 if copy else row.takeover,
    )


def _loads(done: Finished) -> Iterator[tuple[str, I8]]:
    """What each pool carries in each situation, by resource, after giving way."""
    size = np.array([row.size for row in done.rows], dtype=np.int64)
    for pool in done.placing.names.pools:
        places = list(done.on.get(pool, ()))
        if places:
            yield pool, done.counts[places].T @ size[places]


def _reservation(snapshot: Snapshot, pool: str, loads: tuple[I8, I8], failure: str) -> Iterator[Reservation]:
    more = np.maximum(loads[1] - loads[0], 0).tolist()
    if any(more):
        devices = zip(snapshot.accelerators, more[DISK + 1 :], strict=True)
        yield Reservation(
            pool=pool,
            center=snapshot.seats[pool].center,
            failure=failure,
            vcpus=more[VCPU] / MILLI,
            memory_gib=more[MEMORY] / MIB,
            disk_gib=more[DISK],
            accelerators={name: count for name, count in devices if count},
        )


def _normal(done: Finished, pool: str) -> Iterator[Packing]:
    hosts: dict[int, dict[int, int]] = {}
    for place in done.on[pool]:
        for host, normal, *_ in done.cells[place]:
            if normal:
                hosts.setdefault(host, {})[place] = normal
    if hosts:
        yield Packing(
            pool=pool, failure="", hosts=_packed(done, pool, hosts), any_order=_any_order(done, pool, 0)
        )


def _after(done: Finished, pool: str, failure: int) -> Packing:
    then = done.then[pool, failure]
    return Packing(
        pool=pool,
        failure=str(done.placing.snapshot.losses[failure].failure),
        hosts=_packed(done, pool, then.added),
        stopped=_packed(done, pool, then.stopped),
        any_order=_any_order(done, pool, failure + 1),
    )


def _packed(done: Finished, pool: str, hosts: Hosts) -> tuple[HostPacking, ...]:
    numbers = done.placing.snapshot.environment.open_hosts(pool)
    return tuple(
        HostPacking(
            host=numbers[host],
            rows=tuple(
                Packed(
                    workload=done.rows[place].workload.id,
                    component=done.rows[place].component.id,
                    role=done.rows[place].role,
                    count=count,
                )
                for place, count in sorted(on_host.items())
            ),
        )
        for host, on_host in sorted(hosts.items())
    )


def _any_order(done: Finished, pool: str, situation: int) -> bool:
    places = list(done.on[pool])
    counts = done.counts[places, situation]
    there = counts > 0
    size = np.array([done.rows[place].size for place in places], dtype=np.int64)[there]
    return any_order_of(size, counts[there], done.placing.snapshot.rooms[pool])
