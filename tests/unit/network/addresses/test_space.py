"""Free parts of a range are found from either end, exactly where a search one by one would find them."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from cmp.model.network import Prefix
from cmp.network.addresses.space import first_free, last_free, overlap

WHOLE = IPv4Network("198.51.100.0/24")


def parts() -> st.SearchStrategy[IPv4Network]:
    """Prefixes within the range and a little around it."""
    return st.builds(
        lambda address, length: IPv4Network((address >> (32 - length) << (32 - length), length)),
        st.integers(int(WHOLE.network_address) - 64, int(WHOLE.broadcast_address) + 64),
        st.integers(22, 32),
    )


@given(taken=st.lists(parts(), max_size=12), length=st.integers(22, 32))
def test_the_first_and_the_last_free_part_are_those_of_a_search_one_by_one(
    taken: list[IPv4Network], length: int
) -> None:
    every = list(WHOLE.subnets(new_prefix=length)) if length >= WHOLE.prefixlen else []
    free = [part for part in every if not any(part.overlaps(other) for other in taken)]

    assert first_free(WHOLE, length, taken) == (free[0] if free else None)
    assert last_free(WHOLE, length, taken) == (free[-1] if free else None)


def test_what_is_taken_in_the_other_family_takes_nothing() -> None:
    everything: list[Prefix] = [IPv6Network("::/0")]

    assert first_free(WHOLE, 32, everything) == ip_network("198.51.100.0/32")


def test_a_vast_range_is_not_walked_through() -> None:
    whole = IPv6Network("2001:db8::/32")
    taken = [IPv6Network("2001:db8::/33"), IPv6Network("2001:db8:ffff:ffff::/64")]

    assert first_free(whole, 64, taken) == IPv6Network("2001:db8:8000::/64")
    assert last_free(whole, 64, taken) == IPv6Network("2001:db8:ffff:fffe::/64")
    assert overlap(whole, taken[0])
