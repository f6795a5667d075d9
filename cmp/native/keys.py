"""Names native code after everything it depends on: no change of anything leaves old code in use."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import llvmlite
import numba
import numpy as np

from cmp.native.loops import codegen

MACHINERY = Path(__file__).parent
"""How loops are compiled and called; it counts for all of them."""
_NO_CODE = frozenset({"NUMBA_CACHE_DIR"})
"""Settings of numba that change no code."""


def key_of(sources: Iterable[Path]) -> str:
    """What names code that is made from all files in some folders, and from some files.

    It depends on their names and contents, not on where they lie; on the processor with its features; on the
    versions of Python and of what compiles; and on settings of numba in the environment.
    """
    summed = hashlib.sha256()
    for part in (*_surroundings(), *_contents((MACHINERY, *sources))):
        summed.update(len(part).to_bytes(8) + part)
    return summed.hexdigest()[:32]


def _surroundings() -> Iterator[bytes]:
    settings = {name: value for name, value in os.environ.items() if name.startswith("NUMBA_")}
    told = sorted(f"{name}={value}" for name, value in settings.items() if name not in _NO_CODE)
    versions = (numba.__version__, llvmlite.__version__, np.__version__, sys.version)
    for each in (*versions, *codegen().magic_tuple(), *told):
        yield str(each).encode()


def _contents(sources: Iterable[Path]) -> Iterator[bytes]:
    for source in sources:
        for file in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            yield file.relative_to(source.parent).as_posix().encode()
            yield file.read_bytes()
