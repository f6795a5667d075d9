"""Keeps schedules: in memory for tests, and as rows of the service's database."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, delete, insert, select, update

from cmp.errors import Conflict
from cmp.model.schedules import Schedule
from cmp.model.sealing import canonical
from cmp.operations.database import ServiceDatabase
from cmp.operations.tables import schedules
from cmp.sentences import Sentence


@dataclass
class MemorySchedules:
    """Schedules of one process, gone with it."""

    kept: dict[tuple[str, str], Schedule] = field(default_factory=dict)

    def listed(self) -> tuple[Schedule, ...]:
        """All of them, by environment and name."""
        return tuple(self.kept[key] for key in sorted(self.kept))

    def found(self, environment: str, name: str) -> Schedule | None:
        """The schedule of a name."""
        return self.kept.get((environment, name))

    def put(self, schedule: Schedule, before: Schedule | None) -> Schedule:
        """Keep a schedule in place of the one that was seen before."""
        key = (schedule.environment, schedule.name)
        if self.kept.get(key) != before:
            raise _changed(schedule)
        self.kept[key] = schedule
        return schedule

    def drop(self, environment: str, name: str) -> bool:
        """Forget a schedule."""
        return self.kept.pop((environment, name), None) is not None


@dataclass(frozen=True, slots=True)
class SqlSchedules:
    """Schedules that all processes of a service share."""

    database: ServiceDatabase

    def listed(self) -> tuple[Schedule, ...]:
        """All of them, by environment and name."""
        query = select(schedules.c.document).order_by(schedules.c.environment, schedules.c.name)
        with self.database.reading() as connection:
            return tuple(Schedule.model_validate_json(each) for each in connection.scalars(query))

    def found(self, environment: str, name: str) -> Schedule | None:
        """The schedule of a name."""
        query = select(schedules.c.document).where(*_of(environment, name))
        with self.database.reading() as connection:
            content = connection.scalar(query)
        return None if content is None else Schedule.model_validate_json(content)

    def put(self, schedule: Schedule, before: Schedule | None) -> Schedule:
        """Keep a schedule in place of the one that was seen before."""
        row = {"environment": schedule.environment, "name": schedule.name, "document": _bytes(schedule)}
        with self.database.writing() as connection:
            if before is None:
                connection.execute(insert(schedules).values(**row))  # one that is there by now: a Conflict
                return schedule
            same = (*_of(schedule.environment, schedule.name), schedules.c.document == _bytes(before))
            if connection.execute(update(schedules).where(*same).values(**row)).rowcount == 0:
                raise _changed(schedule)
        return schedule

    def drop(self, environment: str, name: str) -> bool:
        """Forget a schedule."""
        with self.database.writing() as connection:
            return connection.execute(delete(schedules).where(*_of(environment, name))).rowcount > 0


def _of(environment: str, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return schedules.c.environment == environment, schedules.c.name == name


def _bytes(schedule: Schedule) -> bytes:
    return canonical(schedule.model_dump(mode="json"))


def _changed(schedule: Schedule) -> Conflict:
    return Conflict(
        Sentence("somebody else has just changed the schedule {name}", name=schedule.name), hint="ask again"
    )
