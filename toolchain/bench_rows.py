"""Lists the figures promised for placement and proof: what is run, what is read, what was asked.

Generated workloads have 2.07 components on average.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

Documents = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what was asked and what was measured; `reached` is None where nothing was asked."""

    name: str
    what: str
    asked: str
    measured: str
    reached: bool | None

    @property
    def line(self) -> str:
        """The figure for people."""
        mark = {True: "reached", False: "MISSED", None: ""}[self.reached]
        return f"{self.name:<14} {self.what:<58} asked {self.asked:<14} measured {self.measured:<18} {mark}"

    def document(self) -> dict[str, Any]:
        """The figure for programs."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: commands of the program, each in a process of its own, and what is read from their answers."""

    name: str
    what: str
    commands: tuple[tuple[str, ...], ...]
    read: Callable[[Documents], list[Figure]]


def at_most(name: str, what: str, value: float | None, most: float, unit: str) -> Figure:
    """A figure that may not be above something."""
    shown = "nothing" if value is None else f"{value:,}{unit}"
    return Figure(name, what, f"<= {most:,}{unit}", shown, value is not None and value <= most)


def at_least(name: str, what: str, value: float, least: float, unit: str) -> Figure:
    """A figure that may not be below something."""
    return Figure(name, what, f">= {least:,}{unit}", f"{value:,}{unit}", value >= least)


def _placed(workloads: int, pools: int, *more: str) -> tuple[str, ...]:
    return ("bench", "placement", "--workloads", str(workloads), "--pools", str(pools), *more)


def _constructing(found: Documents) -> list[Figure]:
    what = f"constructing {found[0]['components']:,} components on {found[0]['pools']:,} pools"
    return [
        at_least("constructing", what, found[0]["rows_per_second"], 50_000, " rows/s"),
        at_most("constructing", "components unplaced there", found[0]["unplaced"], 0, ""),
        Figure("constructing", "compiled code loaded in", "-", f"{found[0]['warm_up_seconds']} s", None),
    ]


def _proof(found: Documents) -> list[Figure]:
    return [
        at_most(
            "proof",
            f"{each['workloads']:,} workloads, {each['failures']} failures",
            each["proof_seconds"],
            most,
            " s",
        )
        for each, most in zip(found, (0.1, 5.0), strict=True)
    ]


def _admission(found: Documents) -> list[Figure]:
    return [
        at_most(
            "admission",
            f"p99 beside {each['standing']:,} workloads, {each['pools']:,} pools, {with_what}",
            each["p99_ms"],
            most,
            " ms",
        )
        for each, most, with_what in zip(found, (20.0, 50.0), ("all verdicts", "histogram"), strict=True)
    ]


def _plan(found: Documents) -> list[Figure]:
    what = f"plan of {found[0]['components']:,} components with its proof"
    seconds = round(found[0]["place_seconds"] + found[0]["proof_seconds"], 1)
    return [
        at_most("plan", what, seconds, 60, " s"),
        at_most("plan", "memory at its peak", found[0]["peak_mib"], 4096, " MiB"),
    ]


def _gap(found: Documents) -> list[Figure]:
    figures = []
    for each, most in zip(found, (1.0, 3.0), strict=True):
        what = f"gap at {each['components']:,} components ({each['method']})"
        greedy = f"share of a simple method's excess left, {each['components']:,}"
        figures.append(at_most("gap", what, _percent(each["gap"]), most, " %"))
        figures.append(at_most("gap", greedy, _percent(each["against_greedy"]), 20, " %"))
    return figures


def _bounds(name: str, asked: tuple[float, float, float], found: Documents) -> list[Figure]:
    each, (planned, proven, kept) = found[0], asked
    most, soon = PLANS[name]
    seconds = round(each["plan_seconds"] + each["bound_seconds"] + each["kept_seconds"], 1)
    whole = "gap to those that keep headroom and whole sides"
    return [
        at_most(name, "gap that a Plan states", _percent(each["plan_gap"]), planned, " %"),
        at_most(
            name, f"gap to any placement, {each['branches']} branches", _percent(each["gap"]), proven, " %"
        ),
        at_most(name, whole, _percent(each["kept_gap"]), kept, " %"),
        at_most(name, "CPU for the Plan and all three bounds", seconds, 90, " s"),
        at_most(name, "objective", each["objective"], most, ""),
        at_most(name, "CPU for the Plan with its gap, start left out", each["plan_seconds"], soon, " s"),
    ]


def _several(found: Documents) -> list[Figure]:
    what = f"median gap, {found[0]['workloads']} workloads on {found[0]['pools']} pools, {len(found)} seeds"
    gaps = [_percent(each["gap"]) or 0.0 for each in found]
    seconds = max(each["place_seconds"] + each["bound_seconds"] for each in found)
    return [
        at_most("generated", what, median(gaps), 6, " %"),
        at_most("generated", "seconds for the slowest of them", round(seconds, 1), 60, " s"),
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 3)


def _growth(found: Documents) -> list[Figure]:
    return [
        Figure(
            "growth",
            f"{each['components']:,} components on {each['pools']:,} pools",
            "linear",
            f"{1e6 * (each['place_seconds'] + each['proof_seconds']) / each['components']:,.0f} us each",
            None,
        )
        for each in found
    ]


def _beside(other: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """By how much another answer is dearer, and the seconds of the processor that it took."""
    return (
        f"{100 * (other['objective'] / whole['objective'] - 1):+.1f} % in {other['search_cpu_seconds']:.1f} s"
    )


def _border(found: Documents) -> list[Figure]:
    """What choosing as a whole costs beside the compiled search, with as much and with more effort."""
    each = 1 + len(BORDER_EFFORTS)
    figures = []
    for place in range(0, len(found), each):
        whole, *others = found[place : place + each]
        seen = ", ".join(_beside(other, whole) for other in others)
        what = f"{whole['components']:,} components on {whole['hosts']:,} hosts"
        seconds = f"master {whole['search_cpu_seconds']:.1f} s; compiled {seen}"
        figures.append(Figure("border", what, "-", seconds, None))
    return figures


def _stability(found: Documents) -> list[Figure]:
    return [
        Figure(
            "stability",
            f"replicas moved: {each['change']}",
            "-",
            f"{each['replicas_moved']} of {each['running']}, {each['forced']} forced",
            None,
        )
        for each in found[0]["changes"]
    ]


BORDER_SIZES = ((50, 12), (100, 22), (150, 32), (200, 44), (300, 60))
"""Workloads and pools of generated estates on both sides of the border."""
BORDER_EFFORTS = ("1000", "20000")
"""Attempts of the compiled search beside the master's 1,000."""

GAPS = {"lab": (0.5, 0.5, 0.5), "reference": (9.0, 8.0, 3.0)}
"""Percents asked of environments: of the gap that a Plan states, and of both bounds that take longer."""

PLANS = {"lab": (9_818.0, 2.0), "reference": (29_400.0, 15.0)}
"""Points that their Plans cost at most, and seconds for making one. The reference's optimum with whole sides
is not below 29,040 by the master's own count, which leaves room for packing."""

PLACEMENT: tuple[Row, ...] = (
    *(
        Row(
            name,
            "Plan, and what is proven of it",
            (("bench", "bound", f"inventories/{name}", "--branches", "200"),),
            partial(_bounds, name, GAPS[name]),
        )
        for name in GAPS
    ),
    Row(
        "generated",
        "gap of estates of few hosts a pool",
        tuple(_placed(100, 22, "--seed", str(seed), "--branches", "40") for seed in range(1, 6)),
        _several,
    ),
    Row(
        "border",
        "choosing as a whole beside the compiled search",
        tuple(
            _placed(workloads, pools, "--no-bound", "--effort", effort, master)
            for workloads, pools in BORDER_SIZES
            for effort, master in (("1000", "--master"), *((each, "--no-master") for each in BORDER_EFFORTS))
        ),
        _border,
    ),
    Row(
        "constructing",
        "rows a second",
        (_placed(24_200, 5_000, "--effort", "0", "--no-bound"),),
        _constructing,
    ),
    Row(
        "proof",
        "survival of every promised failure",
        (
            _placed(1_000, 60, "--effort", "0", "--no-bound"),
            _placed(100_000, 5_000, "--effort", "0", "--no-bound"),
        ),
        _proof,
    ),
    Row(
        "admission",
        "one workload admitted, survival proved anew",
        (
            ("bench", "admission", "--workloads", "5000", "--pools", "60"),
            ("bench", "admission", "--workloads", "5000", "--pools", "5000", "--histogram"),
        ),
        _admission,
    ),
    Row("plan", "100,000 components", (_placed(48_400, 5_000, "--no-bound"),), _plan),
    Row(
        "gap",
        "to the proven bound, 40 hosts a pool and more",
        (
            _placed(97, 6, "--hosts", "40", "--effort", "410000", "--exact", "300"),
            _placed(2_420, 36, "--hosts", "40", "--effort", "100000"),
        ),
        _gap,
    ),
    Row(
        "growth",
        "time with size",
        tuple(
            _placed(workloads, pools, "--effort", "0", "--no-bound")
            for workloads, pools in ((484, 50), (4_840, 500), (48_400, 5_000))
        ),
        _growth,
    ),
    Row(
        "stability",
        "moves a change",
        (("bench", "stability", "--workloads", "100", "--pools", "12"),),
        _stability,
    ),
)
"""Every row of placement and proof."""
