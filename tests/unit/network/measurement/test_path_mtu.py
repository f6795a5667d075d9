"""A path is judged by what passes on it, small, large and as a bulk of TCP."""

from __future__ import annotations

from cmp.network.measurement.path_mtu import Bulk, Direction, Path, faults

WHOLE = Bulk(300_000, 300_000, 0.1)


def a_way(largest: int = 1500, bulk: Bulk | None = WHOLE) -> Direction:
    return Direction({size: size <= largest for size in (1280, 1400, 1500)}, bulk)


def a_path(to_station: Direction, to_host: Direction | None = None) -> Path:
    return Path("host-a", "2001:db8::1", 6, to_station, to_host or a_way())


def test_a_path_that_carries_everything_has_no_fault() -> None:
    assert list(faults(a_path(a_way()), 1500)) == []


def test_a_narrow_path_is_no_fault_where_it_was_declared_so() -> None:
    assert list(faults(a_path(a_way(1400)), 1400)) == []


def test_a_path_narrower_than_declared_is_a_fault() -> None:
    (said,) = faults(a_path(a_way(1280)), 1400)

    assert said.startswith("host-a: IPv6 2001:db8::1 to the station: packets of 1400 bytes do not pass")


def test_a_bulk_that_stands_still_while_packets_pass_is_a_black_hole() -> None:
    said = list(faults(a_path(a_way(1400, Bulk(300_000, 0, 3.0))), 1400))

    assert len(said) == 1
    assert "black hole" in said[0]


def test_a_dead_path_and_one_without_tcp_are_told_apart() -> None:
    said = list(faults(a_path(a_way(0, None), a_way(1500, None))))

    assert [sentence.rpartition(": ")[2] for sentence in said] == [
        "no packet passes, not even of 1280 bytes",
        "packets pass, and no TCP connection opens",
    ]
