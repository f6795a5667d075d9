"""Names lead over IPv6 only to hosts whose services were seen to answer there."""

from __future__ import annotations

from support.moving_network import a_migration_plan, some_hosts

from cmp.model.migration import HostMove
from cmp.model.network import HostService
from cmp.network.measurement.naming import Record
from cmp.network.measurement.reachability import Pair
from cmp.network.moving.records import (
    held_back,
    new_pointers,
    new_records,
    old_pointers,
    old_records,
    pointers,
)

SERVICE = (HostService(port=443, name="https"),)


def moves(**changes: object) -> tuple[HostMove, ...]:
    return a_migration_plan(some_hosts(2, **changes)).moves


def way(move: HostMove) -> Pair:
    new = move.addresses[0].ipv6
    assert new is not None
    return Pair("station", str(new.ip), 6, "tcp", 443)


def test_a_host_has_one_old_record_and_a_new_one_in_each_family() -> None:
    first = moves()[:1]

    assert [(each.kind, each.value) for each in old_records(first)] == [("A", "192.0.2.11")]
    assert [(each.kind, each.value) for each in new_records(first)] == [
        ("A", "203.0.113.11"),
        ("AAAA", "2001:db8:a::b"),
    ]


def test_a_host_without_ipv6_gets_no_record_there() -> None:
    assert {each.kind for each in new_records(moves(ipv6_capable=False))} == {"A"}


def test_what_does_not_answer_over_ipv6_is_held_back_alone() -> None:
    first, second = moves(services=SERVICE)

    held = held_back((first, second), [way(first), way(second)], {way(first): True, way(second): False})

    assert list(held) == [second.host]
    assert "2001:db8:a::c" in held[second.host]


def test_a_service_that_nobody_reached_is_held_back_and_a_host_without_services_is_not() -> None:
    first = moves(services=SERVICE)[0]
    without = moves()[1]

    assert list(held_back((first, without), (), {})) == [first.host]


def test_new_addresses_are_called_what_the_old_one_was_and_back() -> None:
    first, second = moves()
    told = [Record("11.2.0.192.in-addr.arpa", "PTR", "web.example.")]

    there = pointers((first, second), told)

    assert old_pointers((first, second), there) == tuple(told)
    new = new_pointers((first, second), there)
    assert {each.value for each in new} == {"web.example."}
    assert [each.name for each in new] == [
        "11.113.0.203.in-addr.arpa",
        f"b.{'0.' * 15}0.0.0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    ]
    assert pointers((first, second), new) == there
    assert pointers((first,), [Record("12.2.0.192.in-addr.arpa", "PTR", "other.example.")]) == {}
