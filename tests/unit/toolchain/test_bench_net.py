"""Figures of networks are read from what the program answers."""

from __future__ import annotations

from toolchain.bench_net import MEASURES


def test_an_allocator_is_judged_by_what_was_asked() -> None:
    [row] = [row for row in MEASURES if row.name == "allocator"]
    answer = {
        "single_per_second": 1999.9,
        "prefixes_per_second": 900.0,
        "many_per_second": 20000.0,
        "parallel_per_second": 800.0,
        "collisions": 0,
    }

    assert [figure.reached for figure in row.read([answer])] == [False, None, True, None, True]


def test_a_class_is_judged_by_its_guarantee_in_either_family() -> None:
    [row] = [row for row in MEASURES if row.name == "classes"]

    def run(voice: float, family: int) -> list[dict[str, object]]:
        return [{"name": "voice", "family": family, "mbps": voice, "median_ms": 0.03}]

    runs = {"at_once": run(20.0, 4), "at_once_turned": run(16.0, 6), "voice_silent": run(0.0, 6)}
    runs |= {"live_after": run(12.0, 4), "live_fresh": run(20.0, 4)}
    answer = {"runs": runs, "guaranteed_mbps": {"voice": 20.0}, "gap_ms": 30.0, "usual_gap_ms": 11.0}

    assert [figure.reached for figure in row.read([answer])] == [True, False, False, None, None]


def test_a_large_plan_is_judged_by_its_cpu_and_told_by_the_wall() -> None:
    [row] = [row for row in MEASURES if row.name == "plan"]

    found = [
        row.read([{"plan_hosts": 10000.0, "plan_s": 21.0, "plan_cpu_s": seconds}]) for seconds in (9.9, 10.2)
    ]

    assert [[figure.reached for figure in figures] for figures in found] == [[True, None], [False, None]]
