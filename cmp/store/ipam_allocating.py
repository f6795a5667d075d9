"""Answers requests inside one transaction: holds the prefix first, looks names up, then takes room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, tuple_, update

from cmp.errors import Conflict, Invalid, NothingFits
from cmp.model.addresses import Holding, HoldingKind, Request, Status
from cmp.model.network import Prefix
from cmp.network.addresses.rooms import Span, cut, fit, holes_of
from cmp.sentences import Sentence
from cmp.store.ipam_rows import (
    HoldingRow,
    drop_holes,
    holding_of,
    hole_row,
    packed,
    put_holes,
    row_names,
    row_of,
    span_of_row,
    widen,
)
from cmp.store.ipam_tables import holdings, holes, quarantine, regions
from cmp.store.prepared import Prepared

AT_ONCE: Final = 400
"""Names looked up in one statement."""

SHARE_REGION: Final = Prepared(
    select(regions.c.name).where(regions.c.name == bindparam("region")).with_for_update(read=True)
)
HOLD_PARENT: Final = Prepared(
    select(holdings)
    .where(
        holdings.c.region == bindparam("region"),
        holdings.c.start == bindparam("start"),
        holdings.c.length == bindparam("length"),
        holdings.c.kind == bindparam("kind"),
    )
    .with_for_update()
)
NAMED: Final = Prepared(
    select(holdings).where(holdings.c.region == bindparam("region"), holdings.c.name == bindparam("name"))
)
FREE: Final = Prepared(
    select(holes.c.start, holes.c.end)
    .where(holes.c.parent == bindparam("parent"), holes.c.bits >= bindparam("bits"))
    .order_by(holes.c.start)
    .limit(bindparam("most"))
)
SHRINK: Final = Prepared(
    update(holes)
    .where(holes.c.parent == bindparam("parent"), holes.c.start == bindparam("was"))
    .values(start=bindparam("starts"), bits=bindparam("largest"))
)
KEEP: Final = Prepared(insert(holdings), row_names())
KEEP_PREFIX: Final = Prepared(insert(holdings).returning(holdings.c.id), row_names())


@dataclass(slots=True)
class Parent:
    """A prefix that requests take from, with the holes that were read and what changed in them."""

    id: int
    holding: Holding
    holes: list[Span] = field(default_factory=list)
    read: list[Span] = field(default_factory=list)

    def take(self, size: int) -> Span | None:
        """The first free addresses of an aligned size; None where what was read has no room for them."""
        for index, hole in enumerate(self.holes):
            if (start := fit(hole, size)) is not None:
                taken = (start, start + size - 1)
                self.holes[index : index + 1] = cut(hole, taken)
                return taken
        return None


def allocate(
    connection: Connection, requests: Sequence[Request], clock: Callable[[], datetime] | None
) -> tuple[Holding, ...]:
    """Answer all requests in their order.

    Raises:
        Invalid: there is no such region or prefix to take from, or it does not give what is asked for.
        Conflict: a name holds something else.
        NothingFits: there is no room left.
    """
    parents = _parents(connection, requests)
    answers = _held(connection, requests)
    wanted: dict[tuple[str, int, str], Request] = {}
    for request in requests:
        key = (request.region, request.family, request.name)
        if key in answers:
            _same(request, answers[key])
        else:
            wanted.setdefault(key, request)
    for within, parent in parents.items():
        asked = {key: each for key, each in wanted.items() if (each.region, each.within) == within}
        if asked:
            answers |= _from(connection, parent, asked, clock)
    for request in requests:
        _same(request, answers[request.region, request.family, request.name])
    return tuple(answers[request.region, request.family, request.name] for request in requests)


def _same(request: Request, holding: Holding) -> None:
    if not request.is_answered_by(holding):
        raise Conflict(
            Sentence(
                "`{name}` holds {text} in region `{region}`, not what is asked for",
                name=request.name,
                text=holding.text,
                region=request.region,
            ),
            hint="ask under another name, or release it first",
        )


def _parents(connection: Connection, requests: Iterable[Request]) -> Mapping[tuple[str, Prefix], Parent]:
    """The prefixes that requests take from, held until the transaction ends, always in the same order."""
    wanted = {(request.region, request.within): request for request in requests}
    if connection.dialect.name == "postgresql":
        for region in sorted({region for region, _ in wanted}):
            SHARE_REGION.run(connection, {"region": region})
    rows = _held_rows(connection, list(wanted))
    found = {}
    for row in rows:
        holding = holding_of(row)
        found[holding.region, holding.prefix] = Parent(row.id, holding)
    for key, request in wanted.items():
        _giving(request, found.get(key))
    return found


def _held_rows(
    connection: Connection, wanted: Sequence[tuple[str, Prefix]]
) -> Sequence[Row[Any] | HoldingRow]:
    """The rows of prefixes, nobody else's until the transaction ends."""
    keys = [(region, within.network_address.packed, within.prefixlen) for region, within in wanted]
    if len(keys) == 1:
        region, start, length = keys[0]
        one = {"region": region, "start": start, "length": length, "kind": HoldingKind.PREFIX.value}
        return [HoldingRow._make(row) for row in HOLD_PARENT.run(connection, one)]
    columns = tuple_(holdings.c.region, holdings.c.start, holdings.c.length)
    query = select(holdings).where(columns.in_(keys), holdings.c.kind == HoldingKind.PREFIX.value)
    return connection.execute(query.order_by(holdings.c.id).with_for_update()).all()


def _giving(request: Request, parent: Parent | None) -> None:
    """Refuse what a prefix cannot give."""
    if parent is None:
        raise Invalid(
            Sentence(
                "region `{region}` holds no prefix {within}", region=request.region, within=request.within
            ),
            hint="tricenter ipam show lists all",
        )
    holding = parent.holding
    if request.length is not None and request.length <= holding.prefix.prefixlen:
        raise Invalid(
            Sentence("{prefix} has no /{length} in it", prefix=holding.prefix, length=request.length)
        )
    if request.length is None and holding.status is Status.CONTAINER:
        raise Invalid(
            Sentence(
                "{prefix} is a container: it gives prefixes, and these give addresses", prefix=holding.prefix
            )
        )
    if request.length is not None and holding.status is not Status.CONTAINER:
        raise Invalid(Sentence("{prefix} is no container: it gives addresses only", prefix=holding.prefix))


def _held(connection: Connection, requests: Sequence[Request]) -> dict[tuple[str, int, str], Holding]:
    """What holds the names of requests already."""
    found: dict[tuple[str, int, str], Holding] = {}
    if len(requests) == 1:
        one = {"region": requests[0].region, "name": requests[0].name}
        rows = map(HoldingRow._make, NAMED.run(connection, one))
        return {(row.region, row.family, row.name): holding_of(row) for row in rows}
    names: dict[str, list[str]] = {}
    for request in requests:
        names.setdefault(request.region, []).append(request.name)
    for region, every in names.items():
        for start in range(0, len(every), AT_ONCE):
            some = every[start : start + AT_ONCE]
            query = select(holdings).where(holdings.c.region == region, holdings.c.name.in_(some))
            for row in connection.execute(query):
                found[row.region, row.family, row.name] = holding_of(row)
    return found


def _from(
    connection: Connection,
    parent: Parent,
    asked: Mapping[tuple[str, int, str], Request],
    clock: Callable[[], datetime] | None,
) -> dict[tuple[str, int, str], Holding]:
    """Take what is asked of one prefix, and write it down."""
    _read_holes(connection, parent, list(asked.values()))
    found = {}
    for key, request in asked.items():
        taken = parent.take(request.size)
        if taken is None and _recover(connection, parent, clock):
            taken = parent.take(request.size)
        if taken is None:
            what = "address" if request.length is None else f"/{request.length}"
            raise NothingFits(
                Sentence(
                    "{prefix} has no free {what} left for `{name}`",
                    prefix=parent.holding.prefix,
                    what=what,
                    name=request.name,
                )
            )
        found[key] = request.held_at(taken[0])
    _write_holes(connection, parent)
    _write(connection, parent, list(found.values()))
    return found


def _read_holes(connection: Connection, parent: Parent, requests: Sequence[Request]) -> None:
    """The first holes, as many as suffice: each has room for an address; for prefixes all large ones."""
    least = min(request.size for request in requests).bit_length() - 1
    most = len(requests) if least == 0 else 1 << 31
    rows = FREE.run(connection, {"parent": parent.id, "bits": least, "most": most})
    parent.read = [span_of_row(start, end, parent.holding) for start, end in rows]
    parent.holes = list(parent.read)


def _recover(connection: Connection, parent: Parent, clock: Callable[[], datetime] | None) -> bool:
    """Make free what has been in quarantine long enough; True where that was something."""
    if clock is None:
        return False
    now = int(clock().timestamp())
    past = (quarantine.c.parent == parent.id) & (quarantine.c.until <= now)
    rows = connection.execute(select(quarantine.c.start, quarantine.c.end).where(past)).all()
    if not rows:
        return False
    _write_holes(connection, parent)
    connection.execute(delete(quarantine).where(past))
    for row in rows:
        span = span_of_row(row.start, row.end, parent.holding)
        widen(connection, parent.id, span, parent.holding.family)
    query = select(holes.c.start, holes.c.end).where(holes.c.parent == parent.id).order_by(holes.c.start)
    parent.read = [span_of_row(row.start, row.end, parent.holding) for row in connection.execute(query)]
    parent.holes = list(parent.read)
    return True


def _write_holes(connection: Connection, parent: Parent) -> None:
    """Write down what changed in the holes that were read."""
    family = parent.holding.family
    before, after = set(parent.read), set(parent.holes)
    gone = [hole for hole in parent.read if hole not in after]
    new = [hole for hole in parent.holes if hole not in before]
    if len(gone) == len(new) == 1 and gone[0][1] == new[0][1]:
        row = hole_row(parent.id, new[0], family)
        change = {"was": packed(gone[0][0], family), "starts": row["start"], "largest": row["bits"]}
        SHRINK.run(connection, {"parent": parent.id, **change})
    else:
        drop_holes(connection, parent.id, [packed(hole[0], family) for hole in gone])
        put_holes(connection, parent.id, new, family)
    parent.read = list(parent.holes)


def _write(connection: Connection, parent: Parent, answers: Sequence[Holding]) -> None:
    rows = [row_of(holding, parent.id) for holding in answers]
    if answers[0].kind is HoldingKind.PREFIX:
        for holding, row in zip(answers, rows, strict=True):
            [(key,)] = KEEP_PREFIX.run(connection, row)
            put_holes(connection, key, holes_of(holding, ()), holding.family)
    elif len(rows) == 1:
        KEEP.run(connection, rows[0])
    else:
        connection.execute(insert(holdings), rows)
