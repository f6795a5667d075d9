"""Hands a board to compiled loops by reference: one pointer a call, and nothing that counts references.

Numba counts references to every array at each use, which takes as long as the work itself where a loop uses
many. A handle holds where the arrays lie, in the form that numba gives an array in memory, but without the
counter; the Python object that makes the handle keeps the arrays alive.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any, cast, get_type_hints

import numpy as np
from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np import numpy_support

from cmp.native.kinds import fields_of
from cmp.scheduler.board.arrays import Board

WORD = 8
"""Bytes of a pointer and of a number."""
ARRAY_WORDS = 5
"""Words that numba has of an array before shape and strides: two counters, items, bytes of one, data."""


class HandleType(types.Type):
    """The type of a handle: the names and types of what it leads to.

    Its own name is short, since that of every function that takes a handle holds it.
    """

    def __init__(self, fields: tuple[tuple[str, Any], ...]) -> None:
        self.fields = fields
        told = ", ".join(f"{name}: {kind}" for name, kind in fields)
        super().__init__(name=f"Handle({hashlib.sha256(told.encode()).hexdigest()[:16]})")


class Handle:
    """Where arrays lie, and other handles; keeps alive what it leads to.

    Attributes:
        address: where the words are that compiled loops read.
        kind: the type that compiled loops know it by.
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        self._kept = fields
        self._words = np.array([word for value in fields.values() for word in _words(value)], dtype=np.int64)
        self.address = int(self._words.ctypes.data)
        self.kind = HandleType(tuple((name, _type_of(value)) for name, value in fields.items()))


def kind_of_boards() -> HandleType:
    """The type of every board's handle."""
    return HandleType(
        tuple((name, HandleType(fields_of(part))) for name, part in get_type_hints(Board).items())
    )


def handle_of(board: Board) -> Board:
    """A board as compiled loops take it: the same arrays, so that both see every change."""
    parts = {name: Handle(part._asdict()) for name, part in board._asdict().items()}
    return cast("Board", Handle(parts))


def _words(value: Any) -> list[int]:
    """What a handle holds of an array or of another handle."""
    if isinstance(value, Handle):
        return [value.address]
    if not value.flags.c_contiguous:
        raise TypeError("a handle holds arrays in C order only")
    return [0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides]


def _type_of(value: Any) -> types.Type:
    return value.kind if isinstance(value, Handle) else _array_type(value.dtype, value.ndim)


@cache
def _array_type(dtype: np.dtype[Any], ndim: int) -> types.Type:
    return types.Array(numpy_support.from_dtype(dtype), ndim, "C")


def _length(kind: Any) -> int:
    """How many words a field has."""
    return 1 if isinstance(kind, HandleType) else ARRAY_WORDS + 2 * kind.ndim


@register_model(HandleType)
class _Pointer(models.OpaqueModel):
    """A pointer that nobody counts."""


@typeof_impl.register(Handle)
def _kind_of(value: Handle, _context: Any) -> HandleType:
    return value.kind


@unbox(HandleType)
def _opened(_kind: HandleType, value: Any, c: Any) -> Any:
    address = c.pyapi.object_getattr_string(value, "address")
    number = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.inttoptr(number, c.context.get_value_type(types.voidptr)))


@infer_getattr
class _Fields(AttributeTemplate):
    key = HandleType

    def generic_resolve(self, value: Any, attr: str) -> Any:  # type: ignore[override]
        return dict(value.fields).get(attr)


@lower_getattr_generic(HandleType)
def _field(context: Any, builder: Any, kind: HandleType, value: Any, name: str) -> Any:
    """Read a field; the counter of an array is none, so that nothing is counted."""
    offset = 0
    for each, field in kind.fields:
        if each == name:
            break
        offset += _length(field)
    model = context.data_model_manager[field]
    place = builder.gep(value, [context.get_constant(types.intp, offset * WORD)])
    pointer = builder.bitcast(place, model.get_data_type().as_pointer())
    found = model.load_from_data_pointer(builder, pointer)
    if isinstance(field, HandleType):
        return found
    return builder.insert_value(found, context.get_constant_null(types.voidptr), 0)
