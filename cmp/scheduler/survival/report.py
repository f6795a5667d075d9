"""Tells a failure's whole batch: what runs where afterwards, who gives way, links, order, missing sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from cmp.model.cards import card_of
from cmp.model.proof import Carried, Counts, FailureProof, Gives, InOrder, Move, Rebuild, Run
from cmp.model.recovery import FailureKind, Role
from cmp.scheduler.constraints import links
from cmp.scheduler.constraints.profiles import fits
from cmp.scheduler.constraints.verdicts import Ask, Seat
from cmp.scheduler.problem import failover
from cmp.scheduler.problem.losses import Loss
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.problem.sizes import MEMORY, MIB, MILLI, VCPU
from cmp.scheduler.recovery.timetable import Back
from cmp.scheduler.survival.aftermath import Aftermath
from cmp.scheduler.survival.lacking import Absent, Lack
from cmp.sentences import Sentence

MOST = 1000
"""Entries of a list unless details are asked for: a proof of 100,000 workloads stays readable."""

Entry = TypeVar("Entry")
Written = TypeVar("Written")


def told(after: Aftermath, shortfall: Sequence[Lack], most: int | None) -> FailureProof:
    """The proof of one failure; each list is cut after `most` entries (None: never), counts are whole."""
    moved, runs, losing = _moved(after), _running(after), _not_promised(after)
    bare, rebuilt = unprotected(after), _lost_to_a_supplier(after)
    return FailureProof(
        lose=str(after.loss.failure),
        promised=after.loss.promised,
        survives=not shortfall,
        takeover_seconds=max((back.turn.seconds for back in after.back), default=None),
        counts=Counts(
            workloads_moved=len({key[0] for key in moved}),
            replicas_started=sum(max(0, after.counts[row] - row.running) for row in runs),
            runs=len(runs),
            moves=len(moved),
            yields=len(after.yields),
            links=len(after.streams),
            order=len(after.back),
            late=sum(back.late or back.loses_too_much for back in after.back),
            unprotected=len(bare),
            rebuild=len(rebuilt),
            shortfall=len(shortfall),
            absent=sum(isinstance(lack, Absent) for lack in shortfall),
            promised=len(after.promised) if after.loss.promised else 0,
            not_promised=len(losing),
        ),
        moves=_cut(moved.items(), most, _move),
        runs=_cut(runs, most, lambda row: _run(after, row)),
        yields=_cut(after.yields, most, lambda each: _gives(after, *each)),
        links=_cut(sorted(after.streams.items()), most, lambda each: _carried(after, *each)),
        order=_cut(after.back, most, _in_order),
        unprotected=_cut(bare, most, str),
        rebuild=_cut(rebuilt, most, _rebuilding(after)),
        shortfall=_cut(shortfall, most, str),
        not_promised=_cut(losing, most, str),
        notes=tuple(_notes(after, bare)),
    )


def unprotected(after: Aftermath) -> list[str]:
    """Workloads with a promise that, after this failure, could not go anywhere else."""
    environment = after.scene.environment
    grades = {grade.grade for grade in environment.recovery.grades if grade.promises}
    found: list[str] = []
    for name, rows in after.standing.rows.items():
        fate = after.fates[name]
        if fate.center is None or not any(row.falls_with(after.loss) for row in rows):
            continue
        sides = [row for row in rows if row.role.takes_over and row.workload.recovery.grade in grades]
        if not any(row.falls_with(after.loss) for row in sides):
            continue
        gone = Loss(
            after.loss.failure, after.loss.pools, after.loss.centers | {fate.center}, after.loss.accelerators
        )
        if next(failover.able(sides, fate.home, gone, environment.estate), None) is None:
            found += {row.workload.id for row in sides}
    return sorted(found)


def _cut(
    entries: Iterable[Entry], most: int | None, write: Callable[[Entry], Written]
) -> tuple[Written, ...]:
    return tuple(write(entry) for entry in islice(entries, most))


def _moved(after: Aftermath) -> dict[tuple[str, str, str, str], int]:
    """Replicas of what starts in the center that takes over, by workload, component, home and that center."""
    found: dict[tuple[str, str, str, str], int] = {}
    for name, fate in sorted(after.fates.items()):
        if not fate.moved or fate.center is None:
            continue
        total: dict[tuple[str, str], int] = {}
        for row in after.standing.rows[name]:
            if row.workload.id in after.promised and row.role.takes_over and row.center == fate.center:
                key = row.workload.id, row.component.id
                total[key] = total.get(key, 0) + after.counts[row]
        found |= {(*key, fate.home, fate.center): count for key, count in sorted(total.items())}
    return found


def _move(each: tuple[tuple[str, str, str, str], int]) -> Move:
    (workload, component, source, to), replicas = each
    return Move(workload=workload, component=component, source=source, to=to, replicas=replicas)


def _running(after: Aftermath) -> list[Row]:
    """Rows of hit groups that run afterwards, and all whose replicas change while their pool remains."""
    found = []
    for name, rows in after.standing.rows.items():
        hit = after.fates[name].hit
        for row in rows:
            count = after.counts[row]
            changed = count != row.running and not row.falls_with(after.loss)
            if row.role is not Role.BACKUP and (changed or (hit and count)):
                found.append(row)
    return sorted(found, key=lambda row: row.key)


def _run(after: Aftermath, row: Row) -> Run:
    return Run(
        workload=row.workload.id,
        component=row.component.id,
        role=row.role,
        pool=row.pool,
        center=row.center,
        chip=after.scene.environment.estate.pool[row.pool].chip,
        variant=row.way or None,
        before=row.running,
        replicas=after.counts[row],
        vcpus=row.size[VCPU] / MILLI,
        memory_gib=row.size[MEMORY] / MIB,
    )


def _gives(after: Aftermath, row: Row, before: int) -> Gives:
    return Gives(
        workload=row.workload.id,
        component=row.component.id,
        role=row.role,
        pool=row.pool,
        before=before,
        replicas=after.counts[row],
    )


def _carried(after: Aftermath, pair: tuple[str, str], kbps: int) -> Carried:
    usable = links.usable_kbps(after.scene.environment.estate, pair)
    return Carried(between=pair, mbps=kbps / MILLI, usable_mbps=usable / MILLI)


def _in_order(back: Back) -> InOrder:
    return InOrder(
        rank=back.turn.rank,
        workload=back.turn.workload,
        center=back.center,
        seconds=back.turn.seconds,
        rto_seconds=back.rto,
        ok=not (back.late or back.loses_too_much),
        waits_for=back.turn.waits_for,
        steps={step.name.value: step.seconds for step in back.steps},
        recovery_point_seconds=back.point,
        rpo_seconds=back.rpo,
    )


def _not_promised(after: Aftermath) -> list[str]:
    """Workloads that lose something running without a promise."""
    return sorted(
        {
            row.workload.id
            for row in after.rows()
            if row.running and row.role.runs and row.workload.id not in after.promised
            if row.falls_with(after.loss)
        }
    )


def _lost_to_a_supplier(after: Aftermath) -> list[Row]:
    """Every row that has to be built anew on other chips, when a chip or a vendor is left."""
    if after.loss.failure.kind not in {FailureKind.CHIP, FailureKind.VENDOR}:
        return []
    return sorted((row for row in after.rows() if row.falls_with(after.loss)), key=lambda row: row.key)


def _rebuilding(after: Aftermath) -> Callable[[Row], Rebuild]:
    """Writes what has to be rebuilt, with the pools of its center that may take it and remain."""
    estate = after.scene.environment.estate
    environment = after.scene.environment
    seats = [Seat.of(pool, environment) for pool in estate.pools if pool.id not in after.loss.pools]

    def write(row: Row) -> Rebuild:
        ways = row.component.ways[:1] if row.role is Role.BACKUP else row.component.ways
        asks = [
            Ask.of(row.workload, row.component, way, row.role, estate)
            for way in ways
            if row.role is Role.BACKUP
            or after.loss.accelerators.isdisjoint(map(card_of, way.needs.accelerators))
        ]
        near = (seat for seat in seats if seat.center == row.center)
        return Rebuild(
            workload=row.workload.id,
            component=row.component.id,
            role=row.role,
            pool=row.pool,
            center=row.center,
            replicas=row.takeover,
            pools=tuple(sorted(seat.pool.id for seat in near if any(fits(ask, seat) for ask in asks))),
        )

    return write


def _losers(after: Aftermath) -> Iterator[str]:
    """Who gives way although it was promised to survive, and who goes on with less for it."""
    given = sorted({row.workload.id for row, _ in after.yields})
    for name in given:
        if name in after.promised:
            yield Sentence(
                "{name} was promised to survive this, and gives way all the same, as it declares", name=name
            )
    for workload in after.scene.environment.workloads:
        for needed in sorted({each.workload for each in workload.depends_on} & set(given)):
            yield Sentence(
                "{id} goes on with less: {needed}, which it depends on, gives way",
                id=workload.id,
                needed=needed,
            )


def _notes(after: Aftermath, bare: Sequence[str]) -> Iterator[str]:
    if bare:
        yield (
            Sentence(
                "a second failure is unprotected from then on for {bare} workloads: after this "
                "failure they have no further side until one is rebuilt",
                bare=len(bare),
            )
        )
    yield from _losers(after)
    if after.loss.promised and after.scene.environment.takeover is None:
        yield "times of a takeover are not declared: nothing is said about RTO and RPO"
