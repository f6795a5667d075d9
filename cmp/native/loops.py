"""Marks functions that run as native code, and translates each as a part of whoever calls it.

Left to itself numba optimises every function together with all that it calls, again for each caller up to the
top, and generates code for all of it each time. Here a function is only translated; what is optimised and
generated is a whole unit, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from numba.core import sigutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher

from cmp.native.kinds import Kind, kinds_of

Function = TypeVar("Function", bound=Callable[..., object])

_Library: Any = JITCodeLibrary
_Compiler: Any = Compiler
_Dispatcher: Any = CPUDispatcher
"""What of numba is made differently here; its own types do not tell all of it."""
_COMMON = {"nopython": True, "nogil": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """A function over arrays, numbers and NamedTuples of them, in native code.

    Integers wrap and divisions by zero give no error there, as everywhere in native code: callers check what
    they pass.
    """
    return _loop(function, {})


def lean(function: Function) -> Function:
    """Like `compiled`, for loops over NamedTuples of many arrays: nothing counts references to the arrays.

    Counting them, once at each use, would take several times longer than the work. Callers keep the arrays
    alive; such code can make no array, only change those it gets.
    """
    return _loop(function, {"_nrt": False})


def inlined(function: Function) -> Function:
    """Like `lean`, for small functions: their code is put where they are called.

    Handing over many arrays takes longer than such functions do.
    """
    return _loop(function, {"_nrt": False, "forceinline": True})


def _loop(function: Function, options: dict[str, bool]) -> Function:
    return cast("Function", Loop(function, None, _COMMON | options, _PartCompiler))


def codegen() -> Any:
    """What generates code for this machine."""
    return _Dispatcher.targetdescr.target_context.codegen()


class Part(_Library):
    """Code of one function that is only linked into a unit: neither optimised nor executable by itself."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout  # noqa: SLF001 - as the method that this replaces

    def finalize(self) -> None:
        """Nothing more can be added."""
        self._finalized = True

    def parts(self) -> Iterator[Any]:
        """This and all that it calls, each once."""
        found: dict[Any, None] = {}
        left: list[Any] = [self]
        while left:
            library = left.pop()
            if library not in found:
                found[library] = None
                left += library._linking_libraries if isinstance(library, Part) else ()  # noqa: SLF001
        yield from found


class _PartCompiler(_Compiler):
    """Translates a function, and makes nothing executable of it."""

    def __init__(self, typing: Any, target: Any, _library: Any, *rest: Any) -> None:
        flags = rest[2]
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        super().__init__(typing, target, Part(target.codegen(), "part"), *rest)


class _Key:
    """What compiled callers know a translated function by."""


class Holder(Protocol):
    """What holds the executable code of loops."""

    def ready(self) -> dict[str, Any]:
        """What Python calls, by the name of each loop."""


class Loop(_Dispatcher):
    """A function in native code; Python may call it where something holds its code."""

    unit: Holder | None = None

    @property
    def name(self) -> str:
        """Where it is written."""
        return f"{self.py_func.__module__}.{self.py_func.__qualname__}"

    def kinds(self) -> tuple[Kind, ...]:
        """The types that Python has to give it: those of its annotations."""
        return kinds_of(self.py_func)

    def translated(self) -> Any:
        """What numba made of it for these types."""
        kinds = self.kinds()
        self.compile(kinds)
        return self.overloads[kinds]

    def compile(self, sig: Any) -> Any:
        """Translate for some types, unless that is done; what compiled callers know the result by."""
        with global_compiler_lock:
            kinds = tuple(sigutils.normalize_signature(sig)[0])
            if kinds not in self.overloads:
                made = self._compiler.compile(kinds, None)._replace(entry_point=_Key())
                self.targetctx.insert_user_function(made.entry_point, made.fndesc, [made.library])
                self.overloads[kinds] = made
                _WATCH.sees(self.name)
            return self.overloads[kinds].entry_point

    def _compile_for_args(self, *args: Any, **named: Any) -> Any:
        """What numba asks for when Python calls with types not seen before: the code that its unit has.

        Raises:
            TypeError: no unit holds it, or it is given other types than its annotations say.
        """
        if self.unit is None or named:
            raise TypeError(f"{self.name} is called by compiled loops, or with arguments by position")
        kinds, given = self.kinds(), tuple(self.typeof_pyval(each) for each in args)
        self._types_active_call.clear()
        if given != kinds:
            raise TypeError(f"{self.name} takes {_told(kinds)}; it was given {_told(given)}")
        made = self.unit.ready()[self.name]
        self._insert([kind._code for kind in kinds], made, False)  # noqa: SLF001 - numba's table of types
        return made


def reachable(loops: Iterable[Loop]) -> set[Loop]:
    """Loops and all that they call."""
    found: set[Loop] = set()
    left = list(loops)
    while left:
        loop = left.pop()
        if loop not in found:
            found.add(loop)
            known = loop.py_func.__globals__
            called = (known.get(name) for name in loop.py_func.__code__.co_names)
            left += [each for each in called if isinstance(each, Loop)]
    return found


@dataclass(slots=True)
class _Watch:
    sees: Callable[[str], None] = field(default=lambda _name: None)


_WATCH = _Watch()


@contextmanager
def watched(watcher: Callable[[str], None]) -> Iterator[None]:
    """Within this a watcher gets the name of each function that is translated, once for each set of types."""
    before, _WATCH.sees = _WATCH.sees, watcher
    try:
        yield
    finally:
        _WATCH.sees = before


def _told(kinds: Iterable[Kind]) -> str:
    return ", ".join(str(kind) for kind in kinds)
