"""Waiting ends with an answer or with the deadline, and only what may pass is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cmp.clouds.patience import Pace, Unreachable, patiently, until
from cmp.errors import CmpError, Conflict, Refused, TryLater

AT_ONCE = Pace(within=0, every=0)
SOON = Pace(within=60, every=0)


def answers(*given: object) -> Callable[[], object]:
    """An action that raises or returns the given things in turn."""
    turn: Iterator[object] = iter(given)

    def act() -> object:
        answer = next(turn)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return act


def test_the_first_answer_counts() -> None:
    assert until(answers(None, None, "there"), SOON, lambda: TryLater("late")) == "there"


def test_a_deadline_ends_the_waiting_in_words() -> None:
    with pytest.raises(TryLater, match="late"):
        until(answers(None, None), AT_ONCE, lambda: TryLater("late"))


@pytest.mark.parametrize("error", [TryLater("busy"), Conflict("in use"), Unreachable("away")])
def test_what_may_pass_is_tried_again(error: CmpError) -> None:
    assert patiently(answers(error, error, 7), SOON, SOON) == 7


def test_a_refusal_is_final() -> None:
    with pytest.raises(Refused, match="no right"):
        patiently(answers(Refused("no right"), 7), SOON, SOON)


def test_an_unreachable_cloud_gets_less_time_than_a_busy_one() -> None:
    with pytest.raises(Unreachable):
        patiently(answers(Unreachable("away"), 7), busy=SOON, unreachable=AT_ONCE)
    assert patiently(answers(TryLater("busy"), 7), busy=SOON, unreachable=AT_ONCE) == 7
