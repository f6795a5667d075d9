"""Measures the figures promised for networks and prints them beside what was asked.

`make bench-net` measures all, `make bench-net ONLY=allocator` those whose name begins so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from toolchain.bench_figures import PROGRAM, measured, write
from toolchain.bench_rows import Documents, Figure, Row, at_least, at_most

ALLOCATIONS: Final = 2000
"""Allocations a second that were asked for on SQLite."""

TOLERANCE: Final = 0.15
"""Of a guarantee."""


def _allocator(found: Documents) -> list[Figure]:
    [document] = found
    names = (
        ("single_per_second", "single addresses a second (SQLite)", ALLOCATIONS),
        ("prefixes_per_second", "single prefixes a second (SQLite)", None),
        ("many_per_second", "addresses a second, many at once (SQLite)", ALLOCATIONS),
        ("parallel_per_second", "addresses a second, 64 at the same time (SQLite)", None),
    )
    figures = [
        at_least("allocator", what, document[name], asked, "/s")
        if asked is not None
        else Figure("allocator", what, "-", f"{document[name]:,.0f}", None)
        for name, what, asked in names
    ]
    collisions = document["collisions"]
    return [
        *figures,
        Figure("allocator", "addresses given to two of 64", "0", f"{collisions}", reached=collisions == 0),
    ]


def _classes(found: Documents) -> list[Figure]:
    """Each class against its guarantee while all are loaded, and how long the silent one waits."""
    [document] = found
    figures = []
    for run in ("at_once", "at_once_turned"):
        for each in document["runs"][run]:
            what = f"Mbit/s of {each['name']} in IPv{each['family']}, all loaded"
            least = document["guaranteed_mbps"][each["name"]] * (1 - TOLERANCE)
            figures.append(at_least("classes", what, round(each["mbps"], 1), round(least, 1), ""))
    figures += _live(document)
    for each in document["runs"]["voice_silent"]:
        what = f"median ping of {each['name']}, voice silent, the rest loaded"
        figures.append(Figure("classes", what, "-", f"{each['median_ms']:.2f} ms", None))
    return figures


def _live(document: Mapping[str, Any]) -> Iterator[Figure]:
    """Classes that changed while the line was full, against those of a fresh line."""
    runs = document["runs"]
    for each, fresh in zip(runs["live_after"], runs["live_fresh"], strict=True):
        what = f"Mbit/s of {each['name']} after a change under load"
        least = round(fresh["mbps"] * (1 - TOLERANCE), 1)
        yield at_least("classes", what, round(each["mbps"], 1), least, "")
    usual = f"{document['usual_gap_ms']:.0f} ms without a change"
    told = f"{document['gap_ms']:.0f} ms"
    yield Figure("classes", f"longest silence of voice while classes change ({usual})", "-", told, None)


def _migration(found: Documents) -> list[Figure]:
    [document] = found
    hosts = f"{document['hosts']:.0f} hosts"
    most = (
        (f"host lab of {hosts} up", "lab_up_s", 15, " s"),
        ("host lab gone", "lab_down_s", 3, " s"),
        (f"{hosts} assessed", "assess_s", 40, " s"),
        (f"{hosts} moved: canary, fifth, rest", "migrate_s", 120, " s"),
        (f"probes lost of {document['probes']:,.0f}", "lost_probes", 0, ""),
        ("longest TCP stall", "tcp_stall_ms", 50, " ms"),
        ("dead-man back after its deadline", "revert_ms", 200, " ms"),
    )
    exact = document["fired"] - document["fired_exact"]
    return [
        *(
            at_most("migration", what, round(document[name], 1), limit, unit)
            for what, name, limit, unit in most
        ),
        at_most("migration", f"hosts of {document['fired']:.0f} not exactly back", exact, 0, ""),
        Figure(
            "migration",
            f"the latest of {FIRED_TOGETHER} at once",
            "-",
            f"{document['revert_together_ms']:.0f} ms",
            None,
        ),
        Figure("migration", "sender of probes late by", "-", f"{document['sender_late_ms']} ms", None),
        Figure("migration", "bulk TCP on the new path", "-", f"{document['bandwidth_mbps']:,} Mbit/s", None),
    ]


def _plan(found: Documents) -> list[Figure]:
    [document] = found
    what = f"plan of {document['plan_hosts']:,.0f} hosts"
    return [
        at_most("plan", f"{what}, of the CPU", round(document["plan_cpu_s"], 1), 10, " s"),
        Figure("plan", f"{what}, by the wall", "-", f"{document['plan_s']:.1f} s", None),
    ]


FIRED_TOGETHER: Final = 10
"""Hosts of the lab whose timers end at the same time: they share the cores of this machine."""

MEASURES: Final = (
    Row("allocator", "allocations", (("bench", "ipam"),), _allocator),
    Row("classes", "shares of a loaded line", (("bench", "classes"),), _classes),
    Row("plan", "the plan of a large network", (("bench", "migration", "--plan-only"),), _plan),
    Row("migration", "a network of 50 hosts moves", (("bench", "migration"),), _migration),
)
"""Every measure of networks; a row holds commands of the program and how their answers are read."""


def main(arguments: Sequence[str]) -> int:
    """Measure every row whose name begins with the first argument; 1 if a figure is missed or a row fails."""
    only = arguments[0] if arguments else ""
    figures: list[Figure] = []
    with TemporaryDirectory(prefix="tricenter-bench-net-") as state:
        for row in MEASURES:
            if row.name.startswith(only):
                figures += measured(row, [PROGRAM, "--json", "--quiet", "--state", state])
    if len(arguments) > 1:
        write(Path(arguments[1]), figures)
    return int(any(figure.reached is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
