"""Compiles the search's inner loops to native code, once for a machine: the result is cached on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """A function over arrays, numbers and NamedTuples of them, in native code.

    Integers wrap and divisions by zero give no error there, as everywhere in native code: callers check what
    they pass. The cache lies in `__pycache__` beside the source, or in the user's cache folder where that
    cannot be written.
    """
    return cast("Function", njit(cache=True, nogil=True, error_model="numpy")(function))
