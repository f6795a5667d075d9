from __future__ import annotations

from dataclasses import replace

from cmp.bench.generating.making import generated
from cmp.bench.placement import BORDERS, Wanted, measure
from cmp.scheduler.engine import prepared
from cmp.scheduler.mastering.master import ALWAYS, is_worth_choosing


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


def test_a_small_estate_is_chosen_as_a_whole_unless_that_is_left_out() -> None:
    wanted = Wanted(workloads=12, pools=6, effort=250, bounds=False)

    usual, always, never = (
        measure(replace(wanted, border=BORDERS[master]), lambda _: None).objective
        for master in (None, True, False)
    )

    assert usual == always < never


def test_beyond_the_border_it_is_only_where_that_is_asked_for() -> None:
    start = prepared(generated(5, 3, 1, hosts=60))

    assert not is_worth_choosing(start.placing)
    assert is_worth_choosing(start.placing, ALWAYS)
