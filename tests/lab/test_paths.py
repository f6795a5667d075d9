"""Fresh connections, path MTU and leaks, tried behind doors of real namespaces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.small_network import (
    HOST4,
    HOST6,
    STATION4,
    STATION6,
    SmallNetwork,
    a_small_network,
    needs_network,
)

from cmp.errors import TryLater
from cmp.network.measurement.path_mtu import faults
from cmp.network.measurement.reachability import Pair, compare, leaks
from cmp.probes.asking import Patience, matrix
from cmp.probes.paths import End, paths

pytestmark = [pytest.mark.lab, needs_network]

SHORT = Patience(timeout=0.3, attempts=2)
PINGS = (Pair("station", HOST4, 4, "icmp"), Pair("station", HOST6, 6, "icmp"))
CLOSED = Pair("station", HOST4, 4, "tcp", 7)
TOO_BIG = ("icmp type destination-unreachable icmp code frag-needed drop", "icmpv6 type packet-too-big drop")


@pytest.fixture
def network() -> Iterator[SmallNetwork]:
    with a_small_network() as made:
        yield made


@pytest.fixture
def narrow() -> Iterator[SmallNetwork]:
    """A path with a link of 1400 bytes in the middle, of which the ends learn by ICMP only."""
    with a_small_network(narrow=True) as made:
        yield made


def ends(network: SmallNetwork) -> tuple[End, End]:
    return (
        End("host", network.door("host"), {4: HOST4, 6: HOST6}),
        End("station", network.door("station"), {4: STATION4, 6: STATION6}),
    )


def doors(network: SmallNetwork) -> dict[str, tuple[str, ...]]:
    return {place: network.door(place) for place in ("host", "station")}


def test_a_matrix_tells_what_answers_from_what_is_closed(network: SmallNetwork) -> None:
    asked = [*PINGS, CLOSED, Pair("host", STATION6, 6, "icmp")]

    found = matrix(asked, doors(network), patience=SHORT)

    assert found == {**dict.fromkeys(asked, True), CLOSED: False}


def test_a_filter_loses_its_pairs_and_no_others(network: SmallNetwork) -> None:
    before = matrix(PINGS, doors(network), patience=SHORT)
    network.filter("meta l4proto icmpv6 drop")

    after = matrix(PINGS, doors(network), patience=SHORT)

    assert compare(before, after).lost == (PINGS[1],)


def test_a_pair_can_go_from_a_chosen_address(network: SmallNetwork) -> None:
    right, wrong = {PINGS[0]: STATION4}, {PINGS[0]: "203.0.113.1"}

    assert matrix(PINGS[:1], doors(network), right, SHORT) == {PINGS[0]: True}
    assert matrix(PINGS[:1], doors(network), wrong, SHORT) == {PINGS[0]: False}


def test_a_door_that_does_not_open_is_no_finding_about_the_network() -> None:
    with pytest.raises(TryLater):
        matrix(PINGS[:1], {"station": ("false",)}, patience=SHORT)


def test_nothing_answers_with_the_path_down_unless_there_is_another(network: SmallNetwork) -> None:
    network.ip("router", "link set host down")

    assert list(leaks(matrix(PINGS, doors(network), patience=SHORT))) == []

    network.ip("router", "link set host up")
    assert len(list(leaks(matrix(PINGS[:1], doors(network), patience=SHORT)))) == 1


def test_a_path_without_bottleneck_passes_every_size_both_ways(network: SmallNetwork) -> None:
    found = paths(*ends(network))

    assert [path.family for path in found] == [4, 6]
    assert [list(faults(path, 1500)) for path in found] == [[], []]


def test_a_narrow_path_that_says_so_carries_tcp_and_is_as_wide_as_it_is(narrow: SmallNetwork) -> None:
    found = paths(*ends(narrow))

    assert [list(faults(path, 1400)) for path in found] == [[], []]
    for path in found:
        assert path.to_host.sizes == path.to_station.sizes == {1280: True, 1400: True, 1500: False}
        assert len(list(faults(path, 1500))) == 2


def test_a_black_hole_is_found_though_pings_pass_and_is_gone_once_it_is_allowed(narrow: SmallNetwork) -> None:
    for place in ("router", "edge"):
        narrow.filter(*TOO_BIG, place=place, hook="output")
    assert all(matrix(PINGS, doors(narrow), patience=SHORT).values())

    found = paths(*ends(narrow))

    for path in found:
        said = list(faults(path, 1400))
        assert len(said) == 2
        assert all("black hole" in sentence for sentence in said)
    for place in ("router", "edge"):
        narrow.filter("accept", place=place, hook="output")
    assert [list(faults(path, 1400)) for path in paths(*ends(narrow))] == [[], []]
