"""Makes translated loops executable, all at once, and takes executable code in again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core.compiler_lock import global_compiler_lock
from numba.core.environment import Environment
from numba.core.registry import CPUDispatcher
from numba.core.runtime import rtsys  # type: ignore[attr-defined]

from cmp.native.loops import Loop, codegen

Library = Any


@dataclass(frozen=True, slots=True)
class Call:
    """The symbol to call, and that of its environment, which holds the types of arrays that it returns."""

    symbol: str
    environment: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Machine code, and how each loop that Python calls is called, by its name."""

    machine: bytes
    calls: Mapping[str, Call]

    def written(self) -> bytes:
        """As bytes."""
        return (
            json.dumps({name: astuple(call) for name, call in self.calls.items()}).encode()
            + b"\n"
            + self.machine
        )

    @classmethod
    def read(cls, content: bytes) -> Code:
        """From bytes."""
        head, _, machine = content.partition(b"\n")
        return cls(
            machine,
            {name: Call(one, two, tuple(types)) for name, (one, two, types) in json.loads(head).items()},
        )


def generated(name: str, loops: Sequence[Loop]) -> tuple[Library, Code]:
    """Translate loops and what they call, and generate code for all of it together."""
    with global_compiler_lock:
        library = _library(name)
        for part in _parts(loops):
            library.add_linking_library(part)
        calls = {loop.name: _wrapped(library, loop) for loop in loops}
        library.finalize()
        return library, Code(library._get_compiled_object(), calls)  # noqa: SLF001 - as numba's cache does


def loaded(name: str, code: Code) -> Library:
    """Code that was generated before, in this process or another."""
    with global_compiler_lock:
        _know_runtime()
        library = _library(name)
        library._set_compiled_object(code.machine)  # noqa: SLF001 - as numba's cache does
        library._finalize_final_module()  # noqa: SLF001
        return library


def functions(library: Library, code: Code, loops: Sequence[Loop]) -> dict[str, Any]:
    """What Python calls, by the name of each loop."""
    return {loop.name: _function(library, loop.py_func, code.calls[loop.name]) for loop in loops}


def _know_runtime() -> None:
    """Have numba set up its runtime, which it does by itself only before it compiles something.

    Its whole context would be ready to compile after a third of a second; code that was compiled needs the
    runtime alone.
    """
    rtsys.initialize(CPUDispatcher.targetdescr.target_context)


def _library(name: str) -> Library:
    library = codegen().create_library(name)
    library.enable_object_caching()
    return library


def _parts(loops: Sequence[Loop]) -> Iterator[Library]:
    """Everything that loops consist of, each part once."""
    yield from dict.fromkeys(part for loop in loops for part in loop.translated().library.parts())


def _wrapped(library: Library, loop: Loop) -> Call:
    """Add what takes a loop's arguments out of Python's values."""
    made = loop.translated()
    described = made.fndesc
    made.target_context.create_cpython_wrapper(
        library, described, made.environment, made.call_helper, release_gil=True
    )
    types = tuple(np.dtype(each).str for each in made.environment.consts)
    return Call(described.llvm_cpython_wrapper_name, described.env_name, types)


def _function(library: Library, function: Any, call: Call) -> Any:
    there = Environment(function.__globals__)
    there.env_name = call.environment
    there.consts[:] = [np.dtype(each) for each in call.types]
    library.codegen.set_env(call.environment, there)
    address = library.codegen._engine.get_function_address(call.symbol)  # noqa: SLF001 - as numba's context does
    module = sys.modules[function.__module__]
    return _dynfunc.make_function(module, function.__name__, "", address, there, (library,))
