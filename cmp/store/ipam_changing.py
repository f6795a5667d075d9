"""Makes a change whole in one transaction: what goes, what comes, and every prefix's place in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from cmp.errors import Invalid, Refused
from cmp.model.addresses import Holding, HoldingKind, Region
from cmp.network.addresses.tree import Key, Objection, key_of, objections, parents
from cmp.ports.addresses import AddressChange
from cmp.sentences import Sentence
from cmp.store.ipam_rows import holding_of, rebuild, row_of
from cmp.store.ipam_tables import holdings, regions

AT_ONCE = 500


class Stored(NamedTuple):
    """A holding with the numbers of its row and of its parent's."""

    number: int
    parent: int | None
    holding: Holding


def make(connection: Connection, change: AddressChange) -> int:
    """Make a change; returns how many holdings are new.

    Raises:
        Invalid: a holding has no place in the tree; every objection is told.
        Refused: what is to go still has others in it.
    """
    names = sorted({holding.region for holding in (*change.added, *change.gone)})
    _add_regions(connection, change.regions)
    known = _hold(connection, names)
    before = _read(connection, names)
    leaving = {key_of(holding) for holding in change.gone}
    gone = [stored for key, stored in before.items() if key in leaving]
    stay = {key: stored for key, stored in before.items() if key not in leaving}
    fresh = [each for each in change.added if key_of(each) not in stay or stay[key_of(each)].holding != each]
    held = [stored.holding for stored in stay.values()]
    refuse(list(objections(held, fresh, known)))
    everything = [*held, *fresh]
    above = parents(everything)
    refuse_orphans(everything, above)
    _delete(connection, gone)
    numbers = [*(stored.number for stored in stay.values()), *_insert(connection, fresh)]
    touched = {stored.parent for stored in gone if stored.parent is not None}
    touched |= _connect(connection, [*stay.values(), *([None] * len(fresh))], numbers, above)
    touched |= set(numbers[len(held) :])
    for number, holding in zip(numbers, everything, strict=True):
        if number in touched and holding.kind is HoldingKind.PREFIX:
            rebuild(connection, number, holding)
    return len(fresh)


def refuse(found: Sequence[Objection]) -> None:
    """Tell every objection at once.

    Raises:
        Invalid: there are some.
    """
    if found:
        raise Invalid("; ".join(each.sentence for each in found))


def refuse_orphans(everything: Iterable[Holding], above: Iterable[int | None]) -> None:
    """Nothing that goes may leave an address without a subnet.

    Raises:
        Refused: it would.
    """
    for holding, parent in zip(everything, above, strict=True):
        if holding.kind is HoldingKind.ADDRESS and parent is None:
            raise Refused(
                Sentence("`{name}` ({text}) would lie in no prefix", name=holding.name, text=holding.text),
                hint="release it first",
            )


def _add_regions(connection: Connection, wanted: Iterable[Region]) -> None:
    known = set(connection.scalars(select(regions.c.name)))
    rows = [region.model_dump() for region in wanted if region.name not in known]
    if rows:
        connection.execute(insert(regions), rows)


def _hold(connection: Connection, names: Sequence[str]) -> list[str]:
    """Let nobody else change these regions; the names of those that exist."""
    query = select(regions.c.name).where(regions.c.name.in_(names)).order_by(regions.c.name)
    return list(connection.scalars(query.with_for_update()))


def _read(connection: Connection, names: Sequence[str]) -> Mapping[Key, Stored]:
    rows = connection.execute(select(holdings).where(holdings.c.region.in_(names)))
    every = (Stored(row.id, row.parent, holding_of(row)) for row in rows)
    return {key_of(stored.holding): stored for stored in every}


def _delete(connection: Connection, gone: Sequence[Stored]) -> None:
    numbers = [stored.number for stored in gone]
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        connection.execute(update(holdings).where(holdings.c.parent.in_(some)).values(parent=None))
    for start in range(0, len(numbers), AT_ONCE):
        connection.execute(delete(holdings).where(holdings.c.id.in_(numbers[start : start + AT_ONCE])))


def _insert(connection: Connection, fresh: Sequence[Holding]) -> Sequence[int]:
    if not fresh:
        return ()
    query = insert(holdings).returning(holdings.c.id, sort_by_parameter_order=True)
    return connection.scalars(query, [row_of(holding, None) for holding in fresh]).all()


def _connect(
    connection: Connection,
    before: Sequence[Stored | None],
    numbers: Sequence[int],
    above: Sequence[int | None],
) -> set[int]:
    """Write the parents that are others now; the numbers of all old and new ones."""
    moved = []
    touched: set[int] = set()
    left = set(numbers)
    for stored, number, place in zip(before, numbers, above, strict=True):
        was = stored.parent if stored is not None and stored.parent in left else None
        parent = numbers[place] if place is not None else None
        if was != parent:
            moved.append({"number": number, "above": parent})
            touched |= {each for each in (was, parent) if each is not None}
    if moved:
        query = update(holdings).where(holdings.c.id == bindparam("number")).values(parent=bindparam("above"))
        connection.execute(query, moved)
    return touched
