"""A small package with compiled loops, in as many copies as a test wants, for processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "__init__.py": "",
    "constants.py": "STEP = 2\n",
    "loops.py": """
from __future__ import annotations
from pathlib import Path
from typing import Annotated
import numpy as np
from numpy.typing import NDArray
from cmp.native.loops import compiled, inlined, lean
from cmp.native.units import Unit
from toys.constants import STEP

Line = Annotated[NDArray[np.int64], 1]

@inlined
def step(number: int) -> int:
    return number + STEP

@lean
def climb(line: Line, times: int) -> None:
    for _ in range(times):
        for place in range(line.shape[0]):
            line[place] = step(line[place])

@compiled
def climbed(line: Line, times: int) -> Line:
    made = np.zeros(line.shape[0], dtype=np.int64)
    for place in range(line.shape[0]):
        made[place] = line[place]
    climb(made, times)
    return made

TOY = Unit("toy", "toy", (climb, climbed), (Path(__file__).parent,))
""",
    "__main__.py": """
import numpy as np
from cmp.native.telling import heard_by
from toys.loops import climbed
with heard_by(lambda event: print(event, flush=True)):
    print(climbed(np.arange(3), 2).tolist(), flush=True)
""",
}
FUNCTIONS = 3
"""How many functions it has."""
RESULT = "[4, 5, 6]"
"""What it prints at last."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a process said, and how it ended."""

    code: int
    lines: tuple[str, ...]
    err: str

    @property
    def result(self) -> str:
        """What was computed."""
        return self.lines[-1]

    @property
    def compiled(self) -> bool:
        """True when it compiled all of it."""
        return f"compiling the toy, once per machine and version: {FUNCTIONS} of {FUNCTIONS}" in self.lines


@dataclass(frozen=True, slots=True)
class Toys:
    """A copy of the package in a folder, whose native code is kept below a cache folder."""

    folder: Path
    cache: Path
    within: tuple[str, ...] = ()
    """What runs the process, as `unshare`."""
    variables: Mapping[str, str] = field(default_factory=dict)

    def written(self, **changed: str) -> Toys:
        """The same, with its files; some of them changed, named without their ending."""
        package = self.folder / "toys"
        package.mkdir(parents=True, exist_ok=True)
        for name, text in FILES.items():
            (package / name).write_text(changed.get(name.removesuffix(".py"), text), encoding="utf-8")
        return self

    @property
    def kept(self) -> list[Path]:
        """The files with native code."""
        folder = self.cache / "tricenter" / "native"
        return sorted(each for each in folder.glob("toy-*") if each.suffix != ".lock")

    def run(self) -> Said:
        """Run it to its end."""
        with self.started() as process:
            out, err = process.communicate()
        return Said(process.returncode, tuple(out.splitlines()), err)

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[str]]:
        """It runs; killed at the end if it still does."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")},
            "XDG_CACHE_HOME": str(self.cache),
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.variables,
        }
        command = [*self.within, sys.executable, "-P", "-m", "toys"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()
