"""Brings loops together that are compiled as one piece and kept as one file, for Python to call."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from cmp.model.events import Compiling, Damaged, Unkept, Waiting
from cmp.native import executing
from cmp.native.keys import key_of
from cmp.native.loops import Loop, reachable, watched
from cmp.native.shelf import CannotKeep, Shelf, Torn, usual
from cmp.native.telling import Standing, tell


class Unit:
    """Loops that Python calls, with all that they call.

    Args:
        name: what its files are called by.
        title: what people call it.
        loops: what Python calls; annotations of arguments give their types.
        sources: folders and files with everything that its code is made from, constants too.
    """

    def __init__(
        self, name: str, title: str, loops: Iterable[Callable[..., Any]], sources: Iterable[Path]
    ) -> None:
        self.name, self.title, self.sources = name, title, tuple(sources)
        self.loops = tuple(cast("Loop", loop) for loop in loops)
        self._ready: dict[str, Any] | None = None
        self._lock = threading.Lock()
        for loop in self.loops:
            loop.unit = self

    @cached_property
    def file(self) -> str:
        """The name of the file that holds its code."""
        return f"{self.name}-{key_of(self.sources)}"

    def ready(self) -> dict[str, Any]:
        """What Python calls, by the name of each loop: taken from the shelf, or compiled and put there.

        Where nothing can be kept it is compiled for this process, and `telling` says why.
        """
        with self._lock:
            if self._ready is None:
                self._ready = self._found()
            return self._ready

    def standing(self) -> Standing:
        """Whether its code is kept, and where; changes nothing."""
        file = None
        try:
            shelf = usual(os.environ)
            file = shelf.folder / self.file
            return Standing(self.title, shelf.read(self.file) is not None, file)
        except CannotKeep as why:
            return Standing(self.title, kept=False, file=file, obstacle=str(why))
        except Torn:
            return Standing(self.title, kept=False, file=file)

    def _found(self) -> dict[str, Any]:
        try:
            shelf = usual(os.environ)
            if (kept := self._kept(shelf)) is not None:
                return kept
            with shelf.alone(self.file, lambda: tell(Waiting(self.title))):
                return self._kept(shelf) or self._made_for(shelf)
        except CannotKeep as why:
            tell(Unkept(self.title, str(why)))
            return executing.functions(*self._made(), self.loops)

    def _kept(self, shelf: Shelf) -> dict[str, Any] | None:
        try:
            held = shelf.read(self.file)
        except Torn as file:
            tell(Damaged(self.title, str(file)))
            return None
        if held is None:
            return None
        code = executing.Code.read(held)
        return executing.functions(executing.loaded(self.name, code), code, self.loops)

    def _made_for(self, shelf: Shelf) -> dict[str, Any]:
        library, code = self._made()
        try:
            shelf.write(self.file, code.written())
        except CannotKeep as why:
            tell(Unkept(self.title, str(why)))
        return executing.functions(library, code, self.loops)

    def _made(self) -> tuple[Any, executing.Code]:
        """Compile everything, and tell how far that is; the last is told once code is generated."""
        of, done = len(reachable(self.loops)), set[str]()

        def translated(name: str) -> None:
            if name not in done and len(done) + 1 < of:
                done.add(name)
                tell(Compiling(self.title, len(done), of))

        tell(Compiling(self.title, 0, of))
        with watched(translated):
            made = executing.generated(self.name, self.loops)
        tell(Compiling(self.title, of, of))
        return made
