"""Knows which processes of a service live, by a heartbeat in the database that they share.

Who was not heard of for `PATIENCE` seconds, by the clock of the database, is taken for dead: one survivor
takes over what it was at. Nobody is judged by a process that did not reach the database itself all the while:
after the database was away, or its leader was switched, everybody's heartbeat is old.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Final

from sqlalchemy import delete, insert, or_, select, update

from cmp.errors import CmpError
from cmp.operations.database import ServiceDatabase
from cmp.operations.tables import executors
from cmp.store.sql import clock_of

PATIENCE: Final = 3.0
"""Seconds without a heartbeat after which a process is taken for dead: a takeover may take 5."""
EVERY: Final = 0.5
"""Seconds between two heartbeats, each of which looks for the dead as well."""

TakeOver = Callable[[str], None]
"""Goes on with what a process left; may be asked again for the same one."""


@dataclass
class Executors:
    """Tells that this process lives, and has what dead ones left taken over."""

    database: ServiceDatabase
    name: str
    take_over: TakeOver
    patience: float = PATIENCE
    _ended: Event = field(default_factory=Event)
    _reached: float | None = None
    """Since when every heartbeat of ours came through."""
    _thread: Thread | None = None

    def start(self) -> None:
        """Tell from now on that we live; what others left that have ended is taken over at once.

        Raises:
            TryLater: the database cannot be reached.
        """
        self.beat()
        self._thread = Thread(target=self._work, daemon=True, name="executor")
        self._thread.start()

    def stop(self) -> None:
        """Have what we leave taken over at once by whoever lives."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        try:
            with self.database.writing() as connection:
                connection.execute(update(executors).where(executors.c.name == self.name).values(beat=0.0))
        except CmpError:  # others miss us a little later
            logging.getLogger(__name__).warning("%s could not say that it ends", self.name)

    def known(self) -> frozenset[str]:
        """All that told that they live, and were not taken over yet.

        Raises:
            TryLater: the database cannot be reached.
        """
        with self.database.reading() as connection:
            return frozenset(connection.scalars(select(executors.c.name)))

    def beat(self) -> None:
        """Tell that we live.

        Raises:
            TryLater: the database cannot be reached.
        """
        of_it = executors.c.name == self.name
        try:
            with self.database.writing() as connection:
                beat = {"beat": clock_of(connection), "taken_by": ""}
                if connection.execute(update(executors).where(of_it).values(**beat)).rowcount == 0:
                    connection.execute(insert(executors).values(name=self.name, **beat))
        except CmpError:
            self._reached = None
            raise
        if self._reached is None:
            self._reached = monotonic()

    def look(self) -> tuple[str, ...]:
        """Take over what the dead left; tells whose.

        Raises:
            TryLater: the database cannot be reached; who was claimed is claimed again by whoever looks next.
        """
        dead = tuple(name for name in self._dead() if self._claimed(name))
        for name in dead:
            self.take_over(name)
            with self.database.writing() as connection:
                mine = (executors.c.name == name, executors.c.taken_by == self.name)
                connection.execute(delete(executors).where(*mine))
        return dead

    def _work(self) -> None:
        while not self._ended.wait(EVERY):
            try:
                self.beat()
                self.look()
            except Exception as error:  # noqa: BLE001 - the database is away: asked again, for ever
                self._reached = None
                logging.getLogger(__name__).warning("%s cannot tell that it lives: %s", self.name, error)

    def _dead(self) -> tuple[str, ...]:
        with self.database.reading() as connection:
            edge = clock_of(connection) - self.patience if self._may_judge else 0.0
            query = select(executors.c.name).where(executors.c.beat <= edge, executors.c.name != self.name)
            return tuple(connection.scalars(query).all())

    @property
    def _may_judge(self) -> bool:
        return self._reached is not None and monotonic() - self._reached >= self.patience

    def _claimed(self, name: str) -> bool:
        """True where nobody else takes it over: a claim is as good as its owner lives."""
        living = select(executors.c.name).where(executors.c.beat > 0)
        with self.database.writing() as connection:
            edge = clock_of(connection) - self.patience
            of_living = living.where(executors.c.beat > edge)
            free = or_(executors.c.taken_by.in_(("", self.name)), executors.c.taken_by.not_in(of_living))
            mine = (executors.c.name == name, executors.c.beat <= edge, free)
            return connection.execute(update(executors).where(*mine).values(taken_by=self.name)).rowcount == 1
