"""Turns annotations into the types that loops are compiled for: nobody has to call them first."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from numba.core import types
from numba.np import numpy_support

Kind = Any
"""A type as numba knows it."""

_PLAIN = {int: types.int64, float: types.float64, bool: types.boolean}
_HANDED: dict[type, Callable[[], Kind]] = {}


def hand_over(group: type, kind: Callable[[], Kind]) -> None:
    """Say of which type loops get a NamedTuple that they do not get by value."""
    _HANDED[group] = cache(kind)


def kinds_of(function: Callable[..., object]) -> tuple[Kind, ...]:
    """The types of a function's arguments, by its annotations.

    Raises:
        TypeError: an annotation does not say enough.
    """
    hints = get_type_hints(function, include_extras=True)
    return tuple(kind_of(hint) for name, hint in hints.items() if name != "return")


def kind_of(hint: Any) -> Kind:
    """The type of an annotation: a number, a claim, `Annotated[NDArray[…], dimensions]`, a tuple of them.

    Raises:
        TypeError: it is something else.
    """
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint in _HANDED:
        return _HANDED[hint]()
    if get_origin(hint) is Annotated:
        return _array(*get_args(hint))
    if get_origin(hint) is tuple:
        return types.BaseTuple.from_types(tuple(kind_of(each) for each in get_args(hint)))
    if hasattr(hint, "_fields"):
        return types.BaseTuple.from_types(tuple(kind for _, kind in fields_of(hint)), hint)
    raise TypeError(f"{hint} does not say how loops get it: arrays have to tell their dimensions")


def fields_of(group: type) -> tuple[tuple[str, Kind], ...]:
    """The names and types of a NamedTuple's fields."""
    hints = get_type_hints(group, include_extras=True)
    return tuple((name, kind_of(hint)) for name, hint in hints.items())


def _array(array: Any, dimensions: int) -> Kind:
    """An array in C order: one layout, so that each loop is compiled once."""
    (scalar,) = get_args(get_args(array)[1])
    return types.Array(numpy_support.from_dtype(scalar), dimensions, "C")
