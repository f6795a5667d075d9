"""Remembers which notices were sent where: in memory for tests, and as rows of the service's database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, insert, select, update

from cmp.errors import Conflict
from cmp.operations.database import ServiceDatabase
from cmp.operations.tables import notices

UNDER_WAY: Final = timedelta(minutes=2)
"""How long a try may last before somebody else makes the next one."""
SENT, OPEN, LOST = "sent", "open", "lost"


@dataclass
class Kept:
    """How far one notice is at one address."""

    tries: int
    due: str
    state: str = OPEN
    why: str = ""


@dataclass
class MemoryNotices:
    """What one process sent, forgotten with it."""

    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)

    def claim(self, notice: str, address: str, now: datetime) -> int:
        """The number of the try that is to be made now."""
        known = self.kept.get((notice, address))
        if known is not None and (known.state != OPEN or known.due > now.isoformat()):
            return 0
        tries = known.tries + 1 if known else 1
        self.kept[notice, address] = Kept(tries, (now + UNDER_WAY).isoformat())
        return tries

    def sent(self, notice: str, address: str) -> None:
        """It was taken there."""
        self.kept[notice, address].state = SENT

    def failed(self, notice: str, address: str, again: datetime | None, why: str) -> None:
        """It was not taken."""
        known = self.kept[notice, address]
        known.why = why
        known.state = OPEN if again else LOST
        known.due = again.isoformat() if again else known.due

    def lost(self) -> Mapping[str, int]:
        """How many notices each address never took."""
        return Counter(address for (_, address), kept in self.kept.items() if kept.state == LOST)


@dataclass(frozen=True, slots=True)
class SqlNotices:
    """What all processes of a service sent."""

    database: ServiceDatabase

    def claim(self, notice: str, address: str, now: datetime) -> int:
        """The number of the try that is to be made now."""
        at, until = now.isoformat(), (now + UNDER_WAY).isoformat()
        of_it = and_(notices.c.id == notice, notices.c.address == address)
        with self.database.reading() as connection:  # most are sent already: that takes no lock
            state = connection.scalar(select(notices.c.state).where(of_it))
        if state is not None and state != OPEN:
            return 0
        try:
            with self.database.writing() as connection:
                tries = connection.scalar(select(notices.c.tries).where(of_it))
                if tries is None:
                    row = {
                        "id": notice,
                        "address": address,
                        "tries": 1,
                        "due": until,
                        "state": OPEN,
                        "why": "",
                    }
                    connection.execute(insert(notices).values(**row))
                    return 1
                free = and_(of_it, notices.c.state == OPEN, notices.c.due <= at, notices.c.tries == tries)
                changed = connection.execute(update(notices).where(free).values(tries=tries + 1, due=until))
                return tries + 1 if changed.rowcount else 0
        except Conflict:  # another process has just begun it
            return 0

    def sent(self, notice: str, address: str) -> None:
        """It was taken there."""
        self._set(notice, address, state=SENT)

    def failed(self, notice: str, address: str, again: datetime | None, why: str) -> None:
        """It was not taken."""
        due = {"due": again.isoformat()} if again else {"state": LOST}
        self._set(notice, address, why=why[:400], **due)

    def lost(self) -> Mapping[str, int]:
        """How many notices each address never took."""
        query = select(notices.c.address, func.count().label("count")).where(notices.c.state == LOST)
        with self.database.reading() as connection:
            rows = connection.execute(query.group_by(notices.c.address)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    def _set(self, notice: str, address: str, **values: str) -> None:
        of_it = and_(notices.c.id == notice, notices.c.address == address)
        with self.database.writing() as connection:
            connection.execute(update(notices).where(of_it).values(**values))
