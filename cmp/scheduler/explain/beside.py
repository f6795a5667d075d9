"""Judges a side on a pool by who stands beside it: forms of data, near and apart, the most that may share."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.model.recovery import Role
from cmp.model.wishes import Place
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from cmp.scheduler.explain.setting import Setting, takeover_on
from cmp.scheduler.explain.state import PlacedState
from cmp.scheduler.problem.formats import Format, format_of, format_on, is_bound
from cmp.scheduler.problem.neighbours import Tie, ties_of
from cmp.scheduler.problem.rows import Row


def one_form(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """What is copied byte by byte finds the same chip, pages and collation as where it is written."""
    isa = seat.chip.isa
    bound = ask.component.data.is_bytewise and setting.role is not Role.BACKUP
    if not bound or isa is None or isa not in ask.way.images:
        return Verdict("format", "any", "", ok=True)
    estate = state.snapshot.environment.estate
    has = format_on(estate, seat.pool, ask.way.images[isa])
    others = [row for row in _own(setting, state) if row.role is not setting.role and is_bound(row)]
    if others:
        first = min(others, key=lambda row: (row.role is not Role.PRIMARY, row.key))
        return _compared(ask, has, format_of(estate, first), f"{first.role} on {first.pool}")
    return Verdict("format", "one on all sides", str(has), ok=True)


def _compared(ask: Ask, has: Format, wanted: Format, where: str) -> Verdict:
    if has == wanted:
        return Verdict("format", str(wanted), str(has), ok=True)
    sentence = f"{ask.tenant.name} copies its data byte by byte: wanted {wanted} as its {where}, has {has}"
    part = next(name for name, one, other in zip(has._fields, has, wanted, strict=True) if one != other)
    return Verdict("format", str(wanted), str(has), False, None, f"format:{part}", sentence)


def _own(setting: Setting, state: PlacedState) -> Iterator[Row]:
    """The rows of the same component."""
    placed = state.placed.get(state.snapshot.group_of[setting.workload.id])
    for row in placed.rows if placed else ():
        if row.side[:2] == (setting.workload.id, setting.component.id):
            yield row


def at_most(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """A pool, and each of its hosts, takes no more replicas than may stand together."""
    most = ask.component.at_most
    hosts = state.snapshot.rooms[seat.pool.id].hosts
    room = [each for each in (most.per_pool, most.per_host and most.per_host * hosts) if each is not None]
    if not room or setting.role is Role.BACKUP:
        return Verdict("at-most", "any", "", ok=True)
    count = takeover_on(setting, ask, seat, state)
    required, observed = f"{count} replicas", f"{min(room)} may stand there"
    if count <= min(room):
        return Verdict("at-most", required, observed, True, min(room) - count)
    sentence = f"{count} replicas of {ask.tenant.name} on {seat.pool.id}: {observed} ({hosts} hosts)"
    return Verdict("at-most", required, observed, False, min(room) - count, "at-most", sentence)


def near(setting: Setting, _ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """A side stands where those have one that it is to be near, and the other way round."""
    for tie, others in _tied(setting, state, apart=False):
        places = sorted({_place(row, tie.place) for row in others if row.role is setting.role})
        here = _seat(seat, tie.place)
        if places and here not in places:
            told = " or ".join(places)
            sentence = f"{tie.words}: wanted {tie.place} {told}, has {here}"
            return Verdict("near", f"{tie.place} {told}", here, False, None, "near", sentence)
    return Verdict("near", "nobody" if setting.role is Role.BACKUP else "as asked", "", ok=True)


def apart(setting: Setting, ask: Ask, seat: Seat, state: PlacedState) -> Verdict:
    """Nobody runs in the same place at the same time that it keeps apart from; hosts are packed."""
    counts = setting.counts(takeover_on(setting, ask, seat, state))
    for tie, others in _tied(setting, state, apart=True):
        if tie.place is Place.HOST:
            continue
        for row in others:
            if _place(row, tie.place) != _seat(seat, tie.place):
                continue
            when = _when(state, row, (counts, tie.only_normal_time))
            if when is not None:
                who = f"{row.workload.id}/{row.component.id} {row.role}"
                where = f"{tie.place} {_seat(seat, tie.place)}"
                sentence = f"{who} runs in {where} {when}, and {tie.words}"
                return Verdict("apart", f"no {who}", where, False, None, f"apart:{tie.place}", sentence)
    return Verdict("apart", "as asked", "", ok=True)


def _when(state: PlacedState, row: Row, own: tuple[tuple[int, ...], bool]) -> str | None:
    """When both run: in normal time, or after which failure; None where they never do."""
    counts, only_normal = own
    placed = state.placed.get(state.snapshot.group_of[row.workload.id])
    theirs = dict(zip(placed.rows, placed.counts, strict=True)).get(row, ()) if placed else ()
    for situation, (one, other) in enumerate(zip(counts, theirs, strict=False)):
        if one and other and not situation:
            return "in normal time"
        if one and other and not only_normal:
            return f"after {state.snapshot.losses[situation - 1].failure}"
    return None


def _tied(setting: Setting, state: PlacedState, *, apart: bool) -> Iterator[tuple[Tie, list[Row]]]:
    """The ties of a component with the rows of the other, whoever of them asked."""
    if setting.role is Role.BACKUP:
        return
    own = setting.workload.id, setting.component.id
    for tie in ties_of(state.snapshot.environment):
        if tie.apart is apart and own in {tie.one, tie.other}:
            name = tie.other if tie.one == own else tie.one
            placed = state.placed.get(state.snapshot.group_of[name[0]])
            rows = placed.rows if placed else ()
            yield tie, [row for row in rows if row.side[:2] == name and row.role is not Role.BACKUP]


def _place(row: Row, place: Place) -> str:
    return {Place.CENTER: row.center, Place.CLOUD: row.cloud}.get(place, row.pool)


def _seat(seat: Seat, place: Place) -> str:
    return {Place.CENTER: seat.center, Place.CLOUD: seat.cloud.id}.get(place, seat.pool.id)
