"""Translates between holdings and rows, and changes the holes of a prefix in its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, select

from cmp.errors import Invalid
from cmp.model.addresses import Holding, HoldingKind, Labels, Region, Status
from cmp.network.addresses.rooms import Span, holes_of, joined, span_of
from cmp.sentences import Sentence
from cmp.store.ipam_tables import LABELS, holdings, holes, quarantine

WIDTHS: Final = {4: 4, 6: 16}
PREFIXES: Final[Mapping[int, Callable[[tuple[int, int]], IPv4Network | IPv6Network]]] = {
    4: IPv4Network,
    6: IPv6Network,
}
ADDRESSES: Final[Mapping[int, Callable[[int], IPv4Address | IPv6Address]]] = {4: IPv4Address, 6: IPv6Address}
KINDS: Final = {kind.value: kind for kind in HoldingKind}
STATUSES: Final = {status.value: status for status in Status}


def packed(number: int, family: int) -> bytes:
    """An address as bytes."""
    return number.to_bytes(WIDTHS[family], "big")


def unpacked(content: bytes, family: int) -> int:
    """An address as a number.

    Raises:
        Invalid: the database holds no address of the family there.
    """
    if not isinstance(content, bytes | memoryview) or len(content) != WIDTHS[family]:
        raise _changed(f"{content!r:.60} is no address of IPv{family}")
    return int.from_bytes(content, "big")


def span_of_row(start: bytes, end: bytes, parent: Holding) -> Span:
    """The addresses of a hole, or of what is in quarantine, all of which lie in a prefix.

    Raises:
        Invalid: they do not: what lies elsewhere is not ours to give away.
    """
    low, high = unpacked(start, parent.family), unpacked(end, parent.family)
    first, last = span_of(parent.prefix)
    if not first <= low <= high <= last:
        raise _changed(f"free addresses of {parent.prefix} lie outside of it")
    return low, high


def _changed(what: str) -> Invalid:
    """What is told where a row says what we never wrote."""
    return Invalid(
        Sentence("the database of addresses was changed by somebody else: {what}", what=what),
        hint="put back a copy, or correct it by the program that wrote it",
    )


def row_of(holding: Holding, parent: int | None) -> dict[str, Any]:
    """The row of a holding."""
    return {
        "region": holding.region,
        "family": holding.family,
        "name": holding.name,
        "kind": holding.kind.value,
        "start": holding.prefix.network_address.packed,
        "length": holding.prefix.prefixlen,
        "status": holding.status.value,
        "gateway": holding.gateway.packed if holding.gateway else None,
        "parent": parent,
        **{label: getattr(holding.labels, label) for label in LABELS},
    }


def row_names() -> tuple[str, ...]:
    """The columns that `row_of` fills."""
    return tuple(column.name for column in holdings.c if column.name != "id")


class HoldingRow(NamedTuple):
    """All columns of a holding in the order of its table."""

    id: int
    region: str
    family: int
    name: str
    kind: str
    start: bytes
    length: int
    status: str
    gateway: bytes | None
    parent: int | None
    zone: str
    center: str
    owner: str
    purpose: str
    dns_name: str
    description: str


def holding_of(row: Row[Any] | HoldingRow) -> Holding:
    """The holding of a row, checked as if it were new: others may have written into the database.

    Raises:
        Invalid: it says what no holding says; the sentence names it.
    """
    try:
        return _holding(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "it"
        raise _changed(f"`{row.name!s:.128}` ({field}: {first['msg']})") from error
    except (KeyError, TypeError, ValueError) as error:
        raise _changed(f"`{row.name!s:.128}` ({error})") from error


def _holding(row: Row[Any] | HoldingRow) -> Holding:
    start = unpacked(row.start, row.family)
    prefix = PREFIXES[row.family]((start, row.length))
    gateway = None if row.gateway is None else ADDRESSES[row.family](unpacked(row.gateway, row.family))
    return Holding(
        region=row.region,
        name=row.name,
        prefix=prefix,
        kind=KINDS[row.kind],
        status=STATUSES[row.status],
        gateway=gateway,
        labels=Labels(**{label: getattr(row, label) for label in LABELS}),
    )


def region_of(row: Row[Any]) -> Region:
    """The region of a row.

    Raises:
        Invalid: it says what no region says.
    """
    try:
        return Region(name=row.name, rd=row.rd, description=row.description)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise _changed(f"the region `{row.name!s:.63}` ({field}: {first['msg']})") from error


def hole_row(parent: int, hole: Span, family: int) -> dict[str, Any]:
    """The row of a hole."""
    low, high = hole
    bits = (high - low + 1).bit_length() - 1
    return {"parent": parent, "start": packed(low, family), "end": packed(high, family), "bits": bits}


def put_holes(connection: Connection, parent: int, spans: Iterable[Span], family: int) -> None:
    """Write new holes."""
    rows = [hole_row(parent, span, family) for span in spans]
    if rows:
        connection.execute(insert(holes), rows)


def drop_holes(connection: Connection, parent: int, starts: Sequence[bytes]) -> None:
    """Take holes out."""
    for start in starts:
        connection.execute(delete(holes).where(holes.c.parent == parent, holes.c.start == start))


def widen(connection: Connection, parent: int, span: Span, family: int) -> None:
    """Make addresses free, joined with the holes beside them."""
    low, high = span
    beside = (holes.c.end == packed(max(low - 1, 0), family)) | (
        holes.c.start == packed(min(high + 1, (1 << 8 * WIDTHS[family]) - 1), family)
    )
    rows = connection.execute(
        select(holes.c.start, holes.c.end).where(holes.c.parent == parent, beside)
    ).all()
    drop_holes(connection, parent, [row.start for row in rows])
    spans = joined([span, *((unpacked(row.start, family), unpacked(row.end, family)) for row in rows)])
    put_holes(connection, parent, spans, family)


def rebuild(connection: Connection, parent: int, holding: Holding) -> None:
    """Work the holes of a prefix out anew, from what lies in it and what is in quarantine."""
    taken = list(_children(connection, parent, holding.family))
    _forget_quarantine(connection, parent, taken, holding.family)
    rows = connection.execute(
        select(quarantine.c.start, quarantine.c.end).where(quarantine.c.parent == parent)
    )
    taken += [(unpacked(row.start, holding.family), unpacked(row.end, holding.family)) for row in rows]
    connection.execute(delete(holes).where(holes.c.parent == parent))
    put_holes(connection, parent, holes_of(holding, taken), holding.family)


def _children(connection: Connection, parent: int, family: int) -> Iterator[Span]:
    rows = connection.execute(select(holdings.c.start, holdings.c.length).where(holdings.c.parent == parent))
    for row in rows:
        low = unpacked(row.start, family)
        yield low, low + (1 << 8 * WIDTHS[family] - row.length) - 1


def _forget_quarantine(connection: Connection, parent: int, taken: Sequence[Span], family: int) -> None:
    """What somebody added by hand is in quarantine no longer."""
    rows = connection.execute(
        select(quarantine.c.start, quarantine.c.end).where(quarantine.c.parent == parent)
    ).all()
    for row in rows:
        low, high = unpacked(row.start, family), unpacked(row.end, family)
        if any(first <= high and low <= last for first, last in taken):
            connection.execute(
                delete(quarantine).where(quarantine.c.parent == parent, quarantine.c.start == row.start)
            )
