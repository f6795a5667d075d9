"""How far a search has come is said as often as somebody reads it."""

from __future__ import annotations

from cli.stopping import SearchProgress


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(
    objectives: list[float], *, watched: bool, at_once: bool = True, apart: float = 1 / 16
) -> list[float]:
    """What is said of objectives that are heard so many seconds apart."""
    said, clock = list[float](), Clock()
    progress = SearchProgress(
        lambda _attempts, objective: said.append(objective), at_once=at_once, watched=watched, clock=clock
    )
    for objective in objectives:
        progress(1, objective)
        clock.now += apart
    return said


def test_who_watches_is_told_every_second_that_it_still_goes_on() -> None:
    assert told([5.0] * 33, watched=True) == [5.0, 5.0, 5.0]


def test_what_is_read_afterwards_holds_news_alone_and_at_most_one_every_few_seconds() -> None:
    assert told([5.0] * 400, watched=False) == [5.0]
    assert told([9.0, *([8.0] * 78), 7.0, *([6.0] * 200)], watched=False) == [9.0, 6.0]


def test_nothing_is_said_of_a_search_that_ends_soon() -> None:
    assert told([5.0, 4.0, 3.0], watched=False, at_once=False) == []
