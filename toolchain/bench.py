"""Measures `tricenter up`: seconds from nothing and when nothing changed, and the memory it leaves in use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

_MARK = "TRICENTER_BENCH"


def main(environment: str) -> int:
    """Bring an environment up twice in a state folder of its own, print the figures, take it down again."""
    program = str(Path(sys.executable).parent / "tricenter")
    mark = uuid4().hex
    with TemporaryDirectory(prefix="tricenter-bench-") as state:
        words = [program, "--quiet", "--state", state]
        seconds = []
        try:
            for occasion in ("from nothing", "nothing changed"):
                started = time.monotonic()
                code = _run([*words, "up", environment], mark)
                seconds.append(time.monotonic() - started)
                sys.stdout.write(f"up, {occasion}: {seconds[-1]:.1f} s, exit code {code}\n")
                if code:
                    return code
            left = left_running(mark, Path("/proc"))
            sys.stdout.write(f"left running: {len(left)} processes, {sum(left.values()) / 2**20:.0f} MiB\n")
        finally:
            _run([*words, "down", environment], mark)
    return 0


def left_running(mark: str, proc: Path) -> dict[int, int]:
    """Memory in bytes, shared pages counted once, of every process that inherited the mark; by process id."""
    found = {}
    wanted = f"{_MARK}={mark}".encode()
    for folder in proc.glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = _proportional(folder / "smaps_rollup")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or belongs to somebody else and so not to us
    return found


def _proportional(rollup: Path) -> int:
    lines = rollup.read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _run(words: list[str], mark: str) -> int:
    return subprocess.run(words, env=os.environ | {_MARK: mark}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
