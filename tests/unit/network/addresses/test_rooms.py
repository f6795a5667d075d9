"""What is free in a prefix is exactly what can be given and nobody has."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.address_stores import a_container, a_holding

from cmp.network.addresses.rooms import Span, cut, fit, joined, usable, without

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair))), max_size=8
)


def every(some: list[Span]) -> set[int]:
    return {number for low, high in some for number in range(low, high + 1)}


@given(whole=spans, taken=spans)
def test_what_is_left_is_the_difference(whole: list[Span], taken: list[Span]) -> None:
    apart = joined(whole)

    left = without(apart, taken)

    assert every(left) == every(apart) - every(taken)
    assert left == sorted(left)
    assert every(apart) == every(whole)


@given(hole=st.tuples(st.integers(0, 40), st.integers(40, 90)), power=st.integers(0, 5))
def test_a_part_begins_at_the_first_border_that_has_room(hole: Span, power: int) -> None:
    size = 1 << power
    starts = [start for start in range(hole[0], hole[1] - size + 2) if start % size == 0]

    found = fit(hole, size)

    assert found == (starts[0] if starts else None)
    if found is not None:
        part = (found, found + size - 1)
        assert every(cut(hole, part)) == every([hole]) - every([part])


@pytest.mark.parametrize(
    ("prefix", "first", "count"),
    [
        ("192.0.2.0/29", "192.0.2.1", 6),
        ("192.0.2.0/31", "192.0.2.0", 2),
        ("192.0.2.7/32", "192.0.2.7", 1),
        ("2001:db8::/127", "2001:db8::", 2),
        ("2001:db8::/120", "2001:db8::1", 255),
    ],
)
def test_a_host_can_have_what_is_not_reserved(prefix: str, first: str, count: int) -> None:
    found = usable(a_holding("lan", prefix))

    assert found[0][0] == int(ip_address(first))
    assert len(every(found)) == count


def test_reserved_identifiers_are_left_out_of_a_64() -> None:
    found = usable(a_holding("lan", "2001:db8::/64", gateway=ip_address("2001:db8::1")))

    base = int(ip_address("2001:db8::"))
    assert found == [
        (base + 2, base + 0x0200_5EFF_FDFF_FFFF),
        (base + 0x0200_5EFF_FF00_0000, base + 0xFDFF_FFFF_FFFF_FF7F),
        (base + 0xFE00_0000_0000_0000, base + 0xFFFF_FFFF_FFFF_FFFF),
    ]


def test_a_container_gives_everything() -> None:
    assert len(every(usable(a_container("site", "192.0.2.0/28")))) == 16
