"""Keeps addresses in a database; every call is one transaction, and whoever allocates holds the prefix alone.

In SQLite one writer holds the database. In PostgreSQL allocators share the region's row and each holds the
row of the prefix that it takes from, so that those of different prefixes do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from cmp.errors import Conflict, Invalid, Refused
from cmp.model.addresses import Holding, Region, Request
from cmp.network.addresses.rooms import given_back, span_of
from cmp.ports.addresses import AddressChange, KeptBack
from cmp.sentences import Sentence
from cmp.store.ipam_allocating import allocate
from cmp.store.ipam_changing import make
from cmp.store.ipam_rows import holding_of, packed, region_of, span_of_row, widen
from cmp.store.ipam_tables import holdings, is_made, metadata, prepare, quarantine, regions
from cmp.store.sql import READING, alone, at_one_moment, engine_of, keep_a_log, nothing_in, told


class SqlAddresses:
    """The store in a database.

    `clock` tells what has been in quarantine long enough; without one nothing has.
    """

    def __init__(self, url: URL, clock: Callable[[], datetime] | None) -> None:
        self.url = url
        self._clock = clock
        self._engine = engine_of(url)
        self._turn = Lock()
        self._ready = False
        self._is_empty()  # what cannot be used is told before anything is asked

    def close(self) -> None:
        """End all connections; in SQLite what was written is then on the disk."""
        self._engine.dispose()

    def regions(self) -> tuple[Region, ...]:
        """All regions by name."""
        with self._reading() as connection:
            rows = connection.execute(select(regions).order_by(regions.c.name)).all()
        return tuple(region_of(row) for row in rows)

    def holdings(self, region: str | None = None) -> tuple[Holding, ...]:
        """What is held in one region or in all: by region, family, address, the outer before the inner."""
        order = (
            holdings.c.region,
            holdings.c.family,
            holdings.c.start,
            holdings.c.length,
            holdings.c.kind.desc(),
        )
        query = select(holdings).order_by(*order)
        if region is not None:
            query = query.where(holdings.c.region == region)
        with self._reading() as connection:
            return tuple(holding_of(row) for row in connection.execute(query))

    def kept_back(self) -> tuple[KeptBack, ...]:
        """All that was put in quarantine and not given away since: by region, family and address."""
        parents = select(holdings).where(holdings.c.id.in_(select(quarantine.c.parent)))
        with self._reading() as connection:
            around = {row.id: holding_of(row) for row in connection.execute(parents)}
            found = [_kept_back(row, around[row.parent]) for row in connection.execute(select(quarantine))]
        return tuple(sorted(found, key=lambda each: (each.region, each.family, each.first)))

    def change(self, change: AddressChange) -> int:
        """Make a change whole; what is there already stays. Returns how many holdings are new."""
        with self._writing() as connection:
            return make(connection, change)

    def allocate(self, request: Request) -> Holding:
        """The first free prefix or address that answers a request, or what answered it before."""
        return self.allocate_many((request,))[0]

    def allocate_many(self, requests: Sequence[Request]) -> tuple[Holding, ...]:
        """Answer all requests in their order, or none."""
        with self._writing() as connection:
            return allocate(connection, requests, self._clock)

    def release(self, region: str, name: str, until: datetime | None = None) -> tuple[Holding, ...]:
        """Give back what a name holds, in both families; until a moment nobody else gets it."""
        with self._writing() as connection:
            return _release(connection, region, name, until)

    def _prepare(self) -> None:
        """Make the tables before the first time that something is written."""
        with self._turn:
            if self._ready:
                return
            with alone(self.url), told(self.url):
                keep_a_log(self._engine)
                with self._engine.begin() as connection:
                    prepare(connection)
            self._ready = True

    def _is_empty(self) -> bool:
        """True where nobody ever wrote anything: looking then makes no database."""
        if self.url.get_backend_name() == "sqlite" and not Path(str(self.url.database)).exists():
            return True
        with told(self.url), self._engine.connect() as plain:
            looking = plain.execution_options(**{READING: True})
            with looking.begin():
                self._ready = is_made(looking)
        return not self._ready

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if not self._ready and self._is_empty():
            with nothing_in(metadata) as connection:
                yield connection
            return
        with told(self.url), at_one_moment(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction; threads of one process take turns where the database lets one write at a time."""
        self._prepare()
        if self.url.get_backend_name() == "sqlite":
            with self._turn, self._transaction() as connection:
                yield connection
        else:
            with self._transaction() as connection:
                yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with told(self.url):
            try:
                with self._engine.begin() as connection:
                    yield connection
            except IntegrityError as error:
                raise Conflict(
                    "somebody else has just taken the same name or address", hint="ask again"
                ) from error


def _release(connection: Connection, region: str, name: str, until: datetime | None) -> tuple[Holding, ...]:
    lock = select(regions.c.name).where(regions.c.name == region).with_for_update()
    connection.execute(lock)
    rows = connection.execute(
        select(holdings)
        .where(holdings.c.region == region, holdings.c.name == name)
        .order_by(holdings.c.family)
    ).all()
    if not rows:
        raise Invalid(
            Sentence("`{name}` holds nothing in region `{region}`", name=name, region=region),
            hint="tricenter ipam show lists all",
        )
    inner = connection.execute(
        select(holdings.c.name).where(holdings.c.parent.in_([row.id for row in rows])).limit(1)
    ).scalar()
    if inner is not None:
        raise Refused(
            Sentence("`{name}` has others in it, such as `{inner}`", name=name, inner=inner),
            hint="release these first",
        )
    connection.execute(delete(holdings).where(holdings.c.id.in_([row.id for row in rows])))
    released = tuple(holding_of(row) for row in rows)
    for row, holding in zip(rows, released, strict=True):
        if row.parent is not None:
            _give_back(connection, row.parent, holding, until)
    return released


def _kept_back(row: Any, parent: Holding) -> KeptBack:
    low, high = span_of_row(row.start, row.end, parent)
    return KeptBack(parent.region, parent.family, low, high, datetime.fromtimestamp(row.until, UTC))


def _give_back(connection: Connection, parent: int, holding: Holding, until: datetime | None) -> None:
    around = holding_of(connection.execute(select(holdings).where(holdings.c.id == parent)).one())
    for span in given_back(holding, around):
        if until is None:
            widen(connection, parent, span, holding.family)
        else:
            low, high = span_of(holding.prefix)
            row = {"start": packed(low, holding.family), "end": packed(high, holding.family)}
            connection.execute(insert(quarantine).values(parent=parent, until=int(until.timestamp()), **row))
