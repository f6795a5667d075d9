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
