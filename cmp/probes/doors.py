"""Runs our measuring programs behind a door, where nothing of ours is installed: they travel along.

A door is a command that another command is put behind: ("nsenter", "-t", "4711", "-n") or ("ssh", "station").
What lies behind needs Python 3.11 and its standard library, and dnspython where names are asked. The program
comes first on standard input, as a zip file of known length, and what it reads itself follows.
"""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from cmp.errors import Invalid, TryLater
from cmp.installation import HERE
from cmp.sentences import Sentence

_ROOT: Final = HERE.packages
_TRAVELS: Final = (
    "cmp/__init__.py",
    "cmp/errors.py",
    "cmp/installation.py",
    "cmp/network/__init__.py",
    "cmp/network/measurement/__init__.py",
    "cmp/network/measurement/measures.py",
    "cmp/network/measurement/naming.py",
    "cmp/network/measurement/probing.py",
    "cmp/network/measurement/reachability.py",
    "cmp/network/measurement/stalls.py",
    "cmp/probes/*.py",
    "cmp/sentences.py",
)
_UNPACK: Final = """
import os, runpy, sys, tempfile
size, name = int(sys.argv[1]), sys.argv[2]
parcel = tempfile.NamedTemporaryFile(suffix=".zip")
while size:
    part = os.read(0, size)
    if not part:
        sys.exit("the program did not come whole")
    parcel.write(part)
    size -= len(part)
parcel.flush()
sys.path.insert(0, parcel.name)
sys.argv = sys.argv[2:]
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""


@cache
def parcel() -> bytes:
    """Our programs and what they need, as a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for pattern in _TRAVELS:
            for path in sorted(_ROOT.glob(pattern)):
                packed.write(path, path.relative_to(_ROOT))
    return out.getvalue()


def behind(door: Sequence[str], module: str, python: str = sys.executable) -> list[str]:
    """The command that starts one of our modules behind a door, once it has read `parcel()`.

    ssh gives what follows to a shell, so it is quoted for one. `-I` keeps modules of the folder there out.
    """
    command = [python, "-I", "-c", _UNPACK, str(len(parcel())), module]
    if door and Path(door[0]).name == "ssh":
        command = [shlex.quote(word) for word in command]
    return [*door, *command]


def ask(
    door: Sequence[str],
    module: str,
    document: Mapping[str, Any],
    *,
    seconds: float = 60.0,
    python: str = sys.executable,
) -> Mapping[str, Any]:
    """Run a program behind a door that reads one JSON document and writes another.

    Raises:
        Invalid: it refused the document.
        TryLater: the door does not open, or there is no answer within `seconds`.
    """
    try:
        ended = subprocess.run(
            behind(door, module, python),
            input=parcel() + json.dumps(document).encode() + b"\n",
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        answer = json.loads(ended.stdout)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise TryLater(
            Sentence("{module} gave no answer: {problem}", module=module, problem=problem)
        ) from problem
    except ValueError as problem:
        last = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise TryLater(
            Sentence(
                "{module} gave no answer (exit code {returncode}): {last}",
                module=module,
                returncode=ended.returncode,
                last=last,
            )
        ) from problem
    if "refused" in answer:
        raise Invalid(Sentence("{module} refused: {answer}", module=module, answer=answer["refused"]))
    return cast("Mapping[str, Any]", answer)
