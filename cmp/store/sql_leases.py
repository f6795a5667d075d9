"""Lends environments through a database: a holder shows by a heartbeat that it lives, and is fenced if not.

Who was not heard of for `PATIENCE` seconds, by the clock of the database's server, has lost what it held: the
next one gets it under a higher number, and whatever the first still wants to record is refused.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

from sqlalchemy import Row, insert, select, update

from cmp.errors import CmpError, Conflict
from cmp.ports.leases import Asked, Former, Lease
from cmp.store.database import Database
from cmp.store.sql import clock_of
from cmp.store.state_tables import leases

PATIENCE: Final = 30.0
"""Seconds without a heartbeat after which a holder has lost what it held."""
BEATS: Final = 6
"""Heartbeats within that time: some may fail before anything is lost."""


@dataclass(frozen=True, slots=True)
class SqlLeases:
    """Leases in a shared database."""

    database: Database = field(repr=False)
    patience: float = PATIENCE

    @contextmanager
    def held(self, asked: Asked) -> Iterator[Lease]:
        """Hold an environment while the block runs; a thread tells all the while that we live."""
        lease = self._lent(asked)
        ended = Event()
        beating = Thread(target=self._beat, args=(lease, ended), daemon=True, name="lease")
        beating.start()
        try:
            yield lease
        finally:
            ended.set()
            beating.join()
            with suppress(CmpError):  # it is lost by itself where nobody hears of its end
                self._set(lease, held=False)

    def refuse_lost(self, lease: Lease) -> None:
        """Refuse whoever was away so long that the environment was lent to somebody else meanwhile."""
        query = select(leases.c.number).where(leases.c.environment == lease.environment)
        if self.database.is_together:
            query = query.with_for_update()  # nobody is lent it before what follows is recorded
        with self.database.reading() as connection:
            given = connection.scalar(query)
        if given != lease.number:
            raise Conflict(
                f"{lease.environment} was lent to somebody else while this run was away (lease {given}, ours "
                f"is {lease.number}): nothing more is written",
                hint="run the same command again: it goes on from what is recorded",
            )

    def _lent(self, asked: Asked) -> Lease:
        with self.database.writing() as connection:
            query = select(leases).where(leases.c.environment == asked.environment).with_for_update()
            row = connection.execute(query).one_or_none()
            now = clock_of(connection)
            left_by = None if row is None else self._left(row, now)
            number = 1 if row is None else row.number + 1
            values = {
                "number": number,
                "run": asked.run,
                "actor": asked.actor.id,
                "command": f"{asked.command} {asked.environment}"[:300],
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": asked.now.isoformat(timespec="seconds"),
                "beat": now,
                "held": True,
            }
            if row is None:
                connection.execute(insert(leases).values(environment=asked.environment, **values))
            else:
                of_it = leases.c.environment == asked.environment
                connection.execute(update(leases).where(of_it).values(**values))
        return Lease(asked.environment, number, asked.run, left_by)

    def _left(self, row: Row[Any], now: float) -> Former | None:
        """Who held it and is not heard of any more; None where it was given back.

        Raises:
            Conflict: its holder lives.
        """
        if not row.held:
            return None
        if now - row.beat < self.patience:
            raise Conflict(
                f"{row.environment} is being changed by `{row.command}` of {row.actor} (process {row.pid} on "
                f"{row.host}) since {row.since}",
                hint="wait until it has finished; a run that has ended without a word is given up after "
                f"{self.patience:.0f} seconds",
            )
        return Former(row.pid, row.host, row.since, row.command)

    def _beat(self, lease: Lease, ended: Event) -> None:
        while not ended.wait(self.patience / BEATS):
            with suppress(CmpError):  # a database that is away for a moment is asked again
                self._set(lease, held=True)

    def _set(self, lease: Lease, *, held: bool) -> None:
        """Say that we live, or that we are done; nothing where somebody else was lent it meanwhile."""
        mine = (leases.c.environment == lease.environment, leases.c.number == lease.number)
        with self.database.writing() as connection:
            connection.execute(update(leases).where(*mine).values(beat=clock_of(connection), held=held))
