"""Runs statements that are built and compiled once, by the driver itself: for what is asked most often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError


class _Compiled(NamedTuple):
    text: str
    order: tuple[str, ...] | None
    usual: Mapping[str, Any]


class Prepared:
    """A statement whose parameters are plain text, numbers, bytes or None: nothing has to be converted.

    Of an insert, `columns` names those that are filled.
    """

    def __init__(
        self, statement: Select[Any] | Insert | Update, columns: Sequence[str] | None = None
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._known: dict[str, _Compiled] = {}

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Execute it inside the connection's transaction; every parameter without a usual value is given.

        Raises:
            DBAPIError: what the driver raises, as the statements of everybody else do.
        """
        dialect = connection.dialect
        known = self._known.get(dialect.name)
        if known is None:
            known = self._known[dialect.name] = self._compiled(dialect)
        given = {**known.usual, **parameters}
        values = given if known.order is None else tuple(given[name] for name in known.order)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(known.text, values)
            return cursor.fetchall() if cursor.description else ()
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                known.text, None, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        finally:
            cursor.close()

    def _compiled(self, dialect: Dialect) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        order = getattr(compiled, "positiontup", None)
        usual = {name: value for name, value in compiled.params.items() if value is not None}
        return _Compiled(str(compiled), None if order is None else tuple(order), usual)
