"""Brings the engine and shows each step: what `make engine` runs."""

from __future__ import annotations

import sys
from pathlib import Path

from cmp.errors import CmpError
from toolchain.engine import ensure


def say(line: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Bring the engine into the current folder's `.toolchain`; returns the exit code."""
    try:
        ensure(Path.cwd(), say)
    except CmpError as refusal:
        sys.stderr.write(f"{refusal}\n{refusal.hint}\n")
        return refusal.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
