"""After a change nothing is lost and nothing is gained, but for what was declared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmp.network.measurement.reachability import (
    Comparison,
    Expected,
    Pair,
    answering,
    compare,
    differences,
    leaks,
)

WEB = Pair("station", "192.0.2.1", 4, "tcp", 443)
WEB6 = Pair("station", "2001:db8::1", 6, "tcp", 443)
PING = Pair("office", "192.0.2.9", 4, "icmp")

pairs = st.builds(
    Pair, st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from((4, 6)), st.just("tcp"), st.just(22)
)
matrices = st.dictionaries(pairs, st.booleans())


def test_equal_matrices_do_not_differ() -> None:
    assert compare({WEB: True, PING: False}, {WEB: True, PING: False}) == Comparison()


def test_a_lost_and_a_gained_pair_are_both_told() -> None:
    found = compare({WEB: True, PING: False}, {WEB: False, PING: True})

    assert list(differences(found)) == [
        "station to 192.0.2.1 (IPv4 tcp port 443) answered before and does not now",
        f"{PING} answers now and did not before: isolation is broken, or the change was not declared",
    ]


def test_a_pair_never_asked_before_is_gained_when_it_answers() -> None:
    assert compare({}, {WEB6: True, PING: False}).gained == (WEB6,)


def test_a_declared_change_is_no_difference() -> None:
    expected = Expected(gained=frozenset({WEB6}), lost=frozenset({WEB}))

    assert compare({WEB: True}, {WEB: False, WEB6: True}, expected) == Comparison()


def test_a_declared_change_that_did_not_come_is_told() -> None:
    expected = Expected(gained=frozenset({WEB6}), lost=frozenset({WEB}))

    found = compare({WEB: True}, {WEB: True, WEB6: False}, expected)

    assert found == Comparison(missing=(WEB6,), lingering=(WEB,))
    assert len(list(differences(found))) == 2


def test_what_answered_before_must_be_asked_again() -> None:
    found = compare({WEB: True}, {})

    assert found.unasked == (WEB,)


def test_whatever_answers_with_the_path_down_is_a_leak() -> None:
    assert list(leaks({WEB: False, PING: True})) == [
        "office to 192.0.2.9 (IPv4 icmp) answers although the private path is down: there is another path"
    ]


@given(matrices)
def test_a_matrix_equals_itself(matrix: dict[Pair, bool]) -> None:
    assert compare(matrix, matrix) == Comparison()


@given(matrices, matrices)
def test_the_differences_lead_from_one_matrix_to_the_other(
    before: dict[Pair, bool], after: dict[Pair, bool]
) -> None:
    found = compare(before, after)

    then = answering(before) - set(found.lost) - set(found.unasked) | set(found.gained)
    assert then == answering(after)


@given(matrices, matrices)
def test_declaring_every_difference_leaves_none(before: dict[Pair, bool], after: dict[Pair, bool]) -> None:
    found = compare(before, after)
    declared = Expected(frozenset(found.gained), frozenset((*found.lost, *found.unasked)))

    assert compare(before, after, declared) == Comparison()
