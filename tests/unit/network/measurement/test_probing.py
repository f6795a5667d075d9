"""Interruption is reckoned from lost probes and from gaps, and neither method covers up for the other."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.probes import DELAY, a_track

from cmp.network.measurement.probing import Track, outcome, percentile, settled

PERIOD = 0.01
MS = pytest.approx


def test_a_quiet_stream_shows_neither_loss_nor_gap() -> None:
    shown = outcome(a_track(100))

    assert (shown.sent, shown.lost, shown.by_loss) == (100, 0, 0)
    assert shown.by_gap == MS(0, abs=1e-6)
    assert shown.delays is not None
    assert shown.delays.median == MS(1)


def test_an_outage_of_thirty_probes_in_a_row_lasts_as_long_by_both_methods() -> None:
    shown = outcome(a_track(100, lost=range(40, 70)))

    assert shown.lost == 30
    assert shown.by_loss == MS(300)
    assert shown.by_gap == MS(300)
    assert shown.gap_at == MS(39 * PERIOD + DELAY)


def test_scattered_losses_add_up_by_loss_and_are_short_by_gap() -> None:
    shown = outcome(a_track(100, lost=(10, 30, 50)))

    assert shown.by_loss == MS(30)
    assert shown.by_gap == MS(10)
    assert shown.interruption == shown.by_loss


def test_probes_that_came_late_after_a_hold_up_make_a_gap_without_loss() -> None:
    track = Track()
    for number in range(100):
        track.send(number * PERIOD, PERIOD)
    for number in range(100):
        track.receive(number, max(number * PERIOD, 0.5 if 20 <= number < 50 else 0) + DELAY)

    shown = outcome(track)

    assert shown.lost == 0
    assert shown.by_gap == MS(300)


def test_a_sender_that_stood_still_itself_makes_no_gap() -> None:
    track = Track()
    for number in range(100):
        moment = number * PERIOD + (0.4 if number >= 50 else 0)
        track.receive(track.send(moment, PERIOD), moment + DELAY)

    assert outcome(track).by_gap == MS(0, abs=1e-6)


@pytest.mark.parametrize("lost", [range(20), range(80, 100)])
def test_losses_at_the_beginning_and_the_end_count(lost: range) -> None:
    shown = outcome(a_track(100, lost=lost))

    assert shown.by_loss == MS(200)
    assert shown.by_gap == MS(200, abs=1.1)


def test_a_dead_stream_was_interrupted_all_the_time() -> None:
    shown = outcome(a_track(100, lost=range(100)))

    assert (shown.by_loss, shown.by_gap) == (MS(1000), MS(1000))
    assert shown.delays is None


def test_a_lost_probe_stands_for_the_interval_it_was_sent_in() -> None:
    track = a_track(10, lost=(5,), period=0.1)
    a_track(10, lost=(5,), period=0.01, track=track)

    assert outcome(track).by_loss == MS(110)


def test_a_mark_parts_what_was_sent_before_and_after_it() -> None:
    track = a_track(100, lost=range(60, 70))

    before, after = outcome(track, end=0.5), outcome(track, begin=0.5)

    assert (before.sent, before.lost, after.sent, after.lost) == (50, 0, 50, 10)
    assert before.by_gap == MS(0, abs=1e-6)
    assert after.by_gap == MS(100)


def test_a_gap_over_a_mark_is_not_cut_short_on_either_side() -> None:
    track = a_track(100, lost=range(40, 60))

    before, after = outcome(track, end=0.5), outcome(track, begin=0.5)

    assert before.by_gap == MS(200, abs=1.1)
    assert after.by_gap == MS(200, abs=1.1)


def test_a_duplicate_is_counted_once_and_no_second_receipt() -> None:
    track = a_track(3)

    track.receive(1, 9.0)

    assert track.duplicates == 1
    assert outcome(track).by_gap == MS(0, abs=1e-6)


def test_a_probe_that_overtakes_is_told_and_lost_neither() -> None:
    track = Track()
    for number in range(3):
        track.send(number * PERIOD, PERIOD)
    for number in (0, 2, 1):
        track.receive(number, 0.05)

    assert (track.reordered, outcome(track).lost) == (1, 0)


def test_a_probe_nobody_sent_is_left_out() -> None:
    track = a_track(3)

    track.receive(99, 1.0)

    assert outcome(track).sent == 3


def test_a_settling_stream_counts_from_its_first_receipt() -> None:
    track = settled(a_track(100, lost=[*range(40), 50]))

    shown = outcome(track)

    assert (shown.sent, shown.lost, shown.by_loss) == (60, 1, MS(10))


def test_a_settling_stream_keeps_its_intervals() -> None:
    track = a_track(10, lost=range(5), period=0.1)
    a_track(10, lost=(3,), period=0.01, track=track)

    assert outcome(settled(track)).by_loss == MS(10)


def test_a_stream_that_never_settled_is_empty() -> None:
    assert outcome(settled(a_track(10, lost=range(10)))).sent == 0


def test_percentiles_are_values_that_occurred() -> None:
    assert [percentile([1, 2, 3, 4], share) for share in (1, 50, 51, 100)] == [1, 2, 3, 4]


@given(st.sets(st.integers(0, 99)), st.floats(0.001, 1.0))
def test_no_gap_is_longer_than_all_losses_together(lost: set[int], period: float) -> None:
    shown = outcome(a_track(100, lost=lost, period=period))

    assert shown.lost == len(lost)
    assert shown.by_loss == MS(1000 * period * len(lost))
    assert shown.by_gap <= shown.by_loss + 1000 * DELAY + 1e-6


@given(st.sets(st.integers(0, 99)), st.integers(0, 100))
def test_both_sides_of_a_mark_make_up_the_whole(lost: set[int], cut: int) -> None:
    track = a_track(100, lost=lost)
    moment = (cut - 0.5) * PERIOD

    before, after, whole = outcome(track, end=moment), outcome(track, begin=moment), outcome(track)

    assert before.sent + after.sent == whole.sent
    assert before.lost + after.lost == whole.lost
    assert max(before.by_gap, after.by_gap) == MS(whole.by_gap, abs=1e-6)


@given(st.permutations(range(30)))
def test_the_order_of_receipts_changes_no_loss(order: list[int]) -> None:
    track = Track()
    for number in range(30):
        track.send(number * PERIOD, PERIOD)
    for place, number in enumerate(order):
        track.receive(number, 1 + place * 0.001)

    assert not any(isnan(moment) for moment in track.received)
    assert track.reordered < 30
