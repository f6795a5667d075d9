"""Measures the preview of one more workload on an applied lab: seconds, CPU seconds and lines.

make bench-preview                 # brings a lab of its own up, which takes minutes
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from toolchain.bench import left_running
from toolchain.bench_rows import Figure, at_most

INVENTORIES = Path("inventories")
RUNS = 3
SECONDS, LINES = 10, 15
ONE_MORE = """workloads:
  - id: archive
    title: {zh: 档案, en: Archive}
    owner: affairs
    mlps_level: 2
    data_class: [internal]
    recovery: {grade: 2}
    zone: private
    components:
      - id: web
        replicas: 1
        needs: {vcpus: 2, memory_gib: 4, disk_gib: 40}
        images: {amd64: "archive:1.0"}
        init: cloud-init/service.yaml
"""


def main() -> int:
    """Bring the lab up, add a workload, preview it some times, and take the lab down again."""
    program = str(Path(sys.executable).parent / "tricenter")
    with TemporaryDirectory(prefix="tricenter-bench-") as folder:
        copied, state = Path(folder) / "inventories", Path(folder) / "state"
        shutil.copytree(INVENTORIES, copied)
        lab, words = copied / "lab", [program, "--quiet", "--lang", "en", "--state", str(state)]
        try:
            _run([*words, "up", str(lab)])
            _add(copied)
            _run([*words, "plan", str(lab)])
            return _tell([*words, "preview", str(state / "plans" / "lab.json")], state)
        finally:
            subprocess.run([*words, "down", str(lab)], check=False, capture_output=True)


def _add(inventories: Path) -> None:
    (inventories / "reference" / "workloads" / "99-archive.yaml").write_text(ONE_MORE, encoding="utf-8")
    with (inventories / "lab" / "environment.yaml").open("a", encoding="utf-8") as file:
        file.write("    - archive\n")


def _tell(preview: list[str], state: Path) -> int:
    """Print the medians; the lab's share is what its servers used meanwhile, their own chores included."""
    walls, ours, labs, lines = [], [], [], 0
    for _ in range(RUNS):
        before, children, began = _cpu_of_labs(state), os.times(), time.monotonic()
        lines = len([line for line in _run(preview).splitlines() if line.strip()])
        after = os.times()
        walls.append(time.monotonic() - began)
        ours.append(after[2] + after[3] - children[2] - children[3])
        labs.append(_cpu_of_labs(state) - before)
    what, spent = "one more workload on the lab", f"{median(ours):.1f} s and the lab's {median(labs):.1f} s"
    figures = (
        at_most("preview", what, round(median(walls), 1), SECONDS, " s"),
        at_most("preview", "lines for people", lines, LINES, ""),
        Figure("preview", "CPU time, the lab's servers beside it", "-", spent, None),
        Figure("preview", "load of the machine at the end", "-", f"{os.getloadavg()[0]:.1f}", None),
    )
    for figure in figures:
        sys.stdout.write(f"{figure.line}\n")
    return 0


def _run(words: list[str]) -> str:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def _cpu_of_labs(state: Path) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(_ticks(process) for process in left_running(state, Path("/proc"))) / ticks


def _ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    sys.exit(main())
