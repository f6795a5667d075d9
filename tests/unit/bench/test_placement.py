from __future__ import annotations

from cmp.bench.placement import Wanted, measure


def test_a_generated_estate_is_placed_proven_and_bounded() -> None:
    told: list[str] = []

    found = measure(Wanted(workloads=30, pools=9, seed=2), told.append)

    assert (found.workloads, found.pools, found.unplaced, found.broken) == (30, 9, 0, 0)
    assert found.rows >= found.components
    assert found.bound is not None
    assert found.greedy is not None
    assert found.gap == round((found.objective - found.bound) / found.objective, 6)
    assert any("rows placed" in line for line in told)


def test_bounds_can_be_left_out() -> None:
    found = measure(Wanted(workloads=10, pools=3, bounds=False), lambda _: None)

    assert (found.bound, found.greedy, found.gap) == (None, None, None)
