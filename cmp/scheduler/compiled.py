"""Compiles inner loops to native code, once for a machine and a version: the result is kept on disk."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit
from numba.core import config

Function = TypeVar("Function", bound=Callable[..., object])
_njit: Any = njit
"""The same without its declared options, which leave out `_nrt`."""

settings: Any = config
SOURCES = Path(__file__).parent
MARK = b"scheduler.compiled import"
"""What tells the files that hold compiled loops."""
KEPT = 3
"""Versions whose native code is kept beside each other."""


def compiled(function: Function) -> Function:
    """A function over arrays, numbers and NamedTuples of them, in native code.

    Integers wrap and divisions by zero give no error there, as everywhere in native code: callers check what
    they pass. Where `NUMBA_CACHE_DIR` names no folder and `__pycache__` beside the source cannot be written,
    native code is kept where numba keeps it by itself.
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


def _keep_by_version() -> None:
    """Keep native code in a folder named after all files with compiled loops.

    numba looks only at the file of a function itself: what a loop calls in another file could change without
    it being compiled anew.
    """
    if settings.CACHE_DIR:
        return
    summed = hashlib.sha256(numba.__version__.encode())
    for source in sorted(SOURCES.rglob("*.py")):
        content = source.read_bytes()
        if MARK in content:
            summed.update(content)
    shelf = SOURCES / "__pycache__"
    folder = shelf / f"native-{summed.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_others(shelf, folder)
    except OSError:
        return
    settings.CACHE_DIR = str(folder)


def _forget_others(shelf: Path, folder: Path) -> None:
    """Remove native code of versions that were left behind, but for the last ones."""
    others = [each for each in shelf.glob("native-*") if each != folder]
    others.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for each in others[KEPT - 1 :]:
        shutil.rmtree(each, ignore_errors=True)


_keep_by_version()
