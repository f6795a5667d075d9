"""The benchmark's table: what was measured beside what to reach."""

from __future__ import annotations

from toolchain.bench_reassignment import Measured, row


def measured(*costs: int, figure: int | None = 100) -> Measured:
    return Measured("b_1", costs, initial=900, bound=50, figure=figure, seconds=300.0)


def test_the_median_of_the_seeds_counts() -> None:
    assert measured(300, 90, 95).reached is True
    assert measured(90, 101, 102).reached is False


def test_a_figure_is_reached_when_it_is_met_exactly() -> None:
    assert measured(100).reached is True


def test_an_instance_without_a_figure_is_only_measured() -> None:
    assert measured(7, figure=None).reached is None
    assert "reach" in row(measured(7, figure=None))


def test_a_row_shows_every_seed() -> None:
    assert row(measured(1200, 90, 95)).endswith("reached  of 1,200 90 95")
