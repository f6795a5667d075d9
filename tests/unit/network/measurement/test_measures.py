"""A measuring is judged by its worst stream, and each broken limit is a sentence."""

from __future__ import annotations

from support.probes import a_connection_report, a_report, a_stream, a_stream_report, a_track

from cmp.network.measurement.measures import Limits, Sender, doubts, objections
from cmp.network.measurement.probing import Delays, Track
from cmp.network.measurement.stalls import stall

LIMITS = Limits()


def test_a_quiet_measuring_meets_no_objection() -> None:
    report = a_report(a_stream_report(), connections=(a_connection_report(),))

    assert list(objections(report, LIMITS)) == []


def test_a_measuring_without_probes_shows_nothing() -> None:
    assert list(objections(a_report(a_stream_report(sent=0)), LIMITS)) == [
        "no probe was sent: nothing is shown"
    ]


def test_one_dead_stream_among_many_decides() -> None:
    dead = a_stream_report(
        a_stream(host="host-b", direction="in"), lost=100, by_loss=1000.0, by_gap=1000.0, delays=None
    )
    report = a_report(*[a_stream_report()] * 50, dead)

    said = list(objections(report, LIMITS))

    assert report.worst == dead
    assert said == [
        "host-b: station to host over IPv4 (old 192.0.2.1): 100 of 100 probes lost, 1000 ms by loss",
        "host-b: station to host over IPv4 (old 192.0.2.1): nothing came for 1000 ms, at most 50 ms allowed",
    ]


def test_a_gap_without_loss_is_an_interruption_too() -> None:
    said = list(objections(a_report(a_stream_report(by_gap=80.0)), LIMITS))

    assert len(said) == 1
    assert "nothing came for 80 ms" in said[0]


def test_a_slow_ipv6_is_seen_per_host() -> None:
    slow = a_stream_report(a_stream(family=6, address="2001:db8::1"), delays=Delays(9.0, 9.0, 9.0, 9.0))

    said = list(objections(a_report(a_stream_report(), slow), LIMITS))

    assert said == ["host-a: IPv6 takes 9.0 ms where IPv4 takes 1.0 ms (median one way)"]


def test_a_dead_a_mute_and_a_slow_connection_are_told_apart() -> None:
    report = a_report(
        connections=(
            a_connection_report(alive=False, ended="reset"),
            a_connection_report(answered=0),
            a_connection_report(longest=80.0),
        )
    )

    who = "host-a: the TCP connection from 192.0.2.1"
    assert list(objections(report, LIMITS)) == [
        f"{who} ended: reset",
        f"{who} never answered",
        f"{who} stood still for 80 ms, at most 50 ms allowed",
    ]


def test_a_sender_that_stood_still_is_a_doubt_and_no_objection() -> None:
    report = a_report(sender=Sender(late=120.0, skipped=7))

    assert list(objections(report, LIMITS)) == []
    assert list(doubts(report, LIMITS)) == ["the sender itself stood still for 120 ms and left 7 probes out"]


def test_a_connection_stood_still_as_long_as_its_slowest_echo() -> None:
    track = a_track(100)
    track.received[40] = track.sent[40] + 0.3

    shown = stall(track, now=2.0)

    assert (shown.sent, shown.answered, round(shown.longest), shown.at) == (100, 100, 300, track.sent[40])


def test_an_echo_that_never_came_waits_until_the_end() -> None:
    shown = stall(a_track(100, lost=range(50, 100)), now=2.0)

    assert (shown.answered, round(shown.longest)) == (50, 1500)


def test_a_connection_without_echoes_did_not_stall() -> None:
    assert stall(Track(), now=2.0).longest == 0
