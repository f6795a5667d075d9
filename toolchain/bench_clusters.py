"""Measures the figures we promise of the lab's clusters: up from nothing and again, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.bench import REFERENCE, left_running

MOST_SECONDS = 15.0
"""Three clusters, once their programs are built."""
MOST_MIB = 1024.0
"""What they keep in memory, shared pages counted once."""


def main() -> int:
    """Bring the clusters of the reference up twice, tell each figure with its promise, and take them down."""
    program = str(Path(sys.executable).parent / "tricenter")
    with TemporaryDirectory(prefix="tricenter-bench-") as state:
        words = [program, "--quiet", "--state", state, "lab"]
        last = ["kubernetes", "--env", REFERENCE]
        try:
            for occasion in ("from nothing", "again after a stop"):
                started = time.monotonic()
                code = subprocess.run([*words, "up", *last], check=False).returncode
                if code:
                    return code
                _tell(f"three clusters up, {occasion}", time.monotonic() - started, "s", MOST_SECONDS)
                _tell(
                    "memory", sum(left_running(Path(state), Path("/proc")).values()) / 2**20, "MiB", MOST_MIB
                )
                subprocess.run([*words, "down", *last], check=False)
        finally:
            subprocess.run([*words, "down", *last], check=False)
    return 0


def _tell(what: str, found: float, unit: str, most: float) -> None:
    kept = "kept" if found <= most else "NOT kept"
    sys.stdout.write(f"{what}: {found:.1f} {unit} (promised <= {most:g}: {kept})\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
