"""Hands a board to compiled loops by reference: one pointer a call, instead of every array of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from numba.core import types
from numba.experimental import structref

from cmp.scheduler.board.arrays import Board, Ground, Rows, Sums, Tables
from cmp.scheduler.compiled import compiled


class _Reference(types.StructRef):
    """A reference whose fields are as they are given."""

    def preprocess_fields(self, fields: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
        """Forget that a number was written as a literal."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


def _referred(proxy: type, kind: type, fields: Sequence[str]) -> None:
    structref.register(kind)
    structref.define_boxing(kind, proxy)
    structref.define_constructor(proxy, kind, list(fields))
    structref.define_attributes(kind)


class GroundType(_Reference):
    """The type of a reference to a ground."""


class TablesType(_Reference):
    """The type of a reference to tables."""


class RowsType(_Reference):
    """The type of a reference to rows."""


class SumsType(_Reference):
    """The type of a reference to sums."""


class BoardType(_Reference):
    """The type of a reference to a board."""


if TYPE_CHECKING:
    Proxy = Any
else:
    Proxy = structref.StructRefProxy


class GroundRef(Proxy):
    """A ground, by reference."""


class TablesRef(Proxy):
    """Tables, by reference."""


class RowsRef(Proxy):
    """Rows, by reference."""


class SumsRef(Proxy):
    """Sums, by reference."""


class BoardRef(Proxy):
    """A board, by reference."""


_referred(GroundRef, GroundType, Ground._fields)
_referred(TablesRef, TablesType, Tables._fields)
_referred(RowsRef, RowsType, Rows._fields)
_referred(SumsRef, SumsType, Sums._fields)
_referred(BoardRef, BoardType, Board._fields)


def handle_of(board: Board) -> Board:
    """A board as compiled loops take it: the same arrays, so that both see every change."""
    return cast("Board", _handle(board.ground, board.tables, board.rows, board.sums))


@compiled
def _handle(ground: Ground, tables: Tables, rows: Rows, sums: Sums) -> Any:
    return BoardRef(GroundRef(*ground), TablesRef(*tables), RowsRef(*rows), SumsRef(*sums))
