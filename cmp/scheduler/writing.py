"""Writes a finished placement in the words of a Plan, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.estate import Isa
from cmp.model.plan import HostPacking, Packed, Packing, Placement, Reservation, Takeover
from cmp.model.recovery import Role
from cmp.scheduler.packing import Hosts, Room, Witness, any_order
from cmp.scheduler.rows import Row, amounts
from cmp.scheduler.sizes import DISK, MEMORY, MIB, MILLI, VCPU
from cmp.scheduler.snapshot import Snapshot
from cmp.scheduler.state import State


def placements(state: State) -> tuple[Placement, ...]:
    """Every row, in order of workload, component, role and pool."""
    rows = (row for placed in state.placed.values() for row in placed.rows)
    return tuple(_placement(row, state.snapshot) for row in sorted(rows, key=lambda row: row.key))


def takeovers(state: State) -> tuple[Takeover, ...]:
    """Where each group goes after each failure that moves it; one that stays is not listed."""
    return tuple(
        Takeover(failure=str(loss.failure), group=placed.group.members, center=fate.center)
        for number, loss in enumerate(state.snapshot.losses)
        for _, placed in sorted(state.placed.items())
        for fate in (placed.fates[number],)
        if fate.moved and fate.center is not None
    )


def reservations(state: State) -> tuple[Reservation, ...]:
    """What each failure asks of each pool on top of normal time; nothing is not listed."""
    return tuple(
        reservation
        for pool, seat in state.snapshot.seats.items()
        for situation, loss in enumerate(state.snapshot.losses, start=1)
        for reservation in _reservation(state, pool, seat.center, situation, str(loss.failure))
    )


def packings(state: State) -> tuple[Packing, ...]:
    """The packing of each pool in use: normal time first, then what failures add."""
    return tuple(
        packing
        for pool, witness in sorted(state.witnesses.items())
        if witness.rows
        for packing in _packings(state, pool, witness)
    )


def _placement(row: Row, snapshot: Snapshot) -> Placement:
    chip = snapshot.seats[row.pool].chip
    copy = row.role is Role.BACKUP
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
        size=amounts(row.size, snapshot.accelerators),
        replicas=0 if copy else row.running,
        replicas_on_takeover=0 if copy else row.takeover,
    )


def _reservation(state: State, pool: str, center: str, situation: int, failure: str) -> Iterator[Reservation]:
    normal, then = state.ledger.load(pool, 0), state.ledger.load(pool, situation)
    more = [max(0, after - before) for before, after in zip(normal, then, strict=True)]
    if any(more):
        devices = zip(state.snapshot.accelerators, more[DISK + 1 :], strict=True)
        yield Reservation(
            pool=pool,
            center=center,
            failure=failure,
            vcpus=more[VCPU] / MILLI,
            memory_gib=more[MEMORY] / MIB,
            disk_gib=more[DISK],
            accelerators={name: count for name, count in devices if count},
        )


def _packings(state: State, pool: str, witness: Witness) -> Iterator[Packing]:
    room = state.snapshot.rooms[pool]
    _, counts = state.on(pool)
    normal = [each[0] for each in counts]
    if any(normal):
        yield _packing(pool, "", witness, witness.normal, normal, room)
    for number, added in sorted(witness.added.items()):
        failure = str(state.snapshot.losses[number].failure)
        wanted = [each[number + 1] for each in counts]
        yield _packing(pool, failure, witness, added, wanted, room)


def _packing(
    pool: str, failure: str, witness: Witness, hosts: Hosts, wanted: Sequence[int], room: Room
) -> Packing:
    return Packing(
        pool=pool,
        failure=failure,
        hosts=tuple(
            HostPacking(host=number, rows=_packed(host, witness.rows))
            for number, host in enumerate(hosts, start=1)
            if host
        ),
        any_order=any_order(witness.rows, wanted, room),
    )


def _packed(host: dict[int, int], rows: Sequence[Row]) -> tuple[Packed, ...]:
    return tuple(
        Packed(
            workload=rows[number].workload.id,
            component=rows[number].component.id,
            role=rows[number].role,
            count=count,
        )
        for number, count in sorted(host.items())
    )
