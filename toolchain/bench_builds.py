"""Measures what building the provider and the clusters' programs costs with an empty cache of Go's."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cmp.installation import HERE
from toolchain.bench_clusters import tell
from toolchain.building import build
from toolchain.golang import ensure_go
from toolchain.shelf import Shelf
from toolchain.versions import KUBERNETES_CONTROL, PROVIDER

MOST_CPU_SECONDS = 1_350.0
"""Both together."""


def main() -> int:
    """Build both into a folder that is thrown away; modules that Go has fetched before are not fetched."""
    go = ensure_go(Shelf(HERE.toolchain()), _say)
    with TemporaryDirectory(prefix="tricenter-bench-") as folder:
        os.environ["GOCACHE"] = str(Path(folder) / "cache")
        before = _seconds()
        for tool in (PROVIDER, KUBERNETES_CONTROL):
            staged = Path(folder) / tool.name
            staged.mkdir()
            build(tool, go, staged, _say)
        tell("builds from nothing", _seconds() - before, "CPU s", MOST_CPU_SECONDS)
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
