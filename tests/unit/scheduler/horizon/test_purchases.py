"""The hosts to buy are the fewest: one fewer in any pool would not do."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_pool, an_environment

from cmp.scheduler.horizon.purchases import reluctance, smallest_additions, with_hosts

POOLS = ("a", "b", "c")


@given(needed=st.tuples(*(st.integers(0, 20) for _ in POOLS)), total=st.integers(0, 60))
def test_additions_do_and_none_of_them_could_be_left_out(needed: tuple[int, ...], total: int) -> None:
    def works(more: Mapping[str, int]) -> bool:
        each = all(more.get(pool, 0) >= count for pool, count in zip(POOLS, needed, strict=True))
        return each and sum(more.values()) >= total

    found = smallest_additions(POOLS, 64, works)

    assert found is not None
    assert works(found)
    assert not any(works(found | {pool: count - 1}) for pool, count in found.items())


def test_where_nothing_helps_nothing_is_bought() -> None:
    assert smallest_additions(POOLS, 8, lambda _: False) is None
    assert smallest_additions((), 8, lambda _: True) is None


def test_one_buys_where_a_host_does_most() -> None:
    pools = (a_pool("bj-a-kunpeng"), a_pool("bj-a-hygon"))

    assert reluctance(an_environment(pools=pools), ["bj-a-hygon", "bj-a-kunpeng"]) == (
        "bj-a-kunpeng",
        "bj-a-hygon",
    )


def test_bought_hosts_stand_in_their_pool_and_nowhere_else() -> None:
    environment = an_environment()

    more = with_hosts(environment, {"bj-a-hygon": 3})

    assert more.estate.pool["bj-a-hygon"].hosts == environment.estate.pool["bj-a-hygon"].hosts + 3
    assert more.estate.pool["bj-b-hygon"] == environment.estate.pool["bj-b-hygon"]
