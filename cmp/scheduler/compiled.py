"""Compiles the search's inner loops to native code, once for a machine: the result is cached on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])
_njit: Any = njit
"""The same without its declared options, which leave out `_nrt`."""


def compiled(function: Function) -> Function:
    """A function over arrays, numbers and NamedTuples of them, in native code.

    Integers wrap and divisions by zero give no error there, as everywhere in native code: callers check what
    they pass. The cache lies in `__pycache__` beside the source, or in the user's cache folder where that
    cannot be written.
    """
    return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def lean(function: Function) -> Function:
    """Like `compiled`, for loops over NamedTuples of many arrays: nothing counts references to the arrays.

    Counting them, once at each use, would take several times longer than the work. Callers keep the arrays
    alive; such code can make no array, only change those it gets.
    """
    return cast("Function", _njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function))


def inlined(function: Function) -> Function:
    """Like `lean`, for small functions: their code is put where they are called.

    Handing over many arrays takes longer than such functions do.
    """
    made = _njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)(function)
    return cast("Function", made)
