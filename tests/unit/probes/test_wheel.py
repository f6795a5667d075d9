"""Probes leave at their rate without drift, and who is late sends no burst."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from cmp.probes.wheel import TICK, Wheel


@dataclass(eq=False)
class Counting:
    """A sender that counts what it sends."""

    periods: list[float] = field(default_factory=list)

    def send(self, period: float) -> None:
        self.periods.append(period)


def turned(wheel: Wheel, *moments: float) -> None:
    for moment in moments:
        for sending, period in wheel.due(moment):
            sending.send(period)


def test_a_sender_sends_once_in_every_period() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender)

    turned(wheel, *(number / 1000 for number in range(1000)))

    assert sender.periods == [0.1] * 10


def test_a_fast_sender_sends_ten_times_as_often() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender, fast=True)

    turned(wheel, *(number / 1000 for number in range(1000)))

    assert sender.periods == [0.01] * 100


def test_who_is_late_sends_one_probe_and_tells_how_many_it_left_out() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender, fast=True)

    turned(wheel, 0.0005, 0.2005)

    assert len(sender.periods) == 2
    assert 18 <= wheel.skipped <= 20
    assert 0.19 < wheel.late <= 0.2005


def test_a_sender_that_changes_its_rate_is_in_one_ring_only() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender)
    wheel.add(sender, fast=True)
    wheel.add(sender)

    turned(wheel, *(number / 1000 for number in range(100)))

    assert sender.periods == [0.1]


def test_a_sender_that_is_dropped_is_silent() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender)
    wheel.drop(sender)

    turned(wheel, 0.05, 0.15, 0.25)

    assert sender.periods == []


def test_what_lies_before_the_beginning_was_never_due() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender)
    wheel.begin(5.0)

    turned(wheel, 5.1)

    assert (len(sender.periods), wheel.skipped) == (1, 0)


def test_senders_are_spread_over_their_period() -> None:
    wheel = Wheel(0.1, 0.01)
    for _ in range(200):
        wheel.add(Counting())

    assert {len(slot) for slot in wheel.slow.slots} == {2}


@given(st.lists(st.floats(0.0001, 0.3), min_size=1, max_size=60))
def test_no_sender_sends_twice_in_one_turn_and_none_is_forgotten(waits: list[float]) -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender, fast=True)
    now = 0.0
    for wait in waits:
        now += wait
        before = len(sender.periods)
        turned(wheel, now)
        assert len(sender.periods) - before <= 1

    assert len(sender.periods) + wheel.skipped == int(now / TICK) // 10 + 1


def test_the_next_wait_ends_when_somebody_is_due() -> None:
    wheel, sender = Wheel(0.1, 0.01), Counting()
    wheel.add(sender)
    turned(wheel, 0.0)

    assert 0.098 < wheel.waits(0.001) <= 0.1
