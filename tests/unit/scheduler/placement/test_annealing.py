"""Where pools are large, pools and layouts are found as if every pool were packed anew."""

from __future__ import annotations

import pytest

from cmp.bench.generating.making import generated
from cmp.model.environment import Environment
from cmp.scheduler.board.choosing import AS_PACKED, FULL, Manner
from cmp.scheduler.board.loops import aim_of, prove_board, total_of
from cmp.scheduler.engine import Limits, prepared, schedule, searched
from cmp.scheduler.placement.annealing import PER_GROUP

PACKED = Manner(even=AS_PACKED, window=8, trials=1, ceiling=FULL)
GROUPS = 40
ENOUGH = Limits(attempts=2 * PER_GROUP * GROUPS)


@pytest.fixture(scope="module")
def environment() -> Environment:
    """A generated estate whose pools have forty hosts and more."""
    return generated(GROUPS, 6, 1, 40)


def test_annealing_finds_what_is_cheaper_and_keeps_every_promise(environment: Environment) -> None:
    constructed = searched(prepared(environment), 1, Limits(attempts=0))

    found = searched(prepared(environment), 1, ENOUGH)

    assert total_of(found.handle, FULL) < 0.95 * total_of(constructed.handle, FULL)
    assert not prove_board(found.handle).any()
    assert found.missing() == ()


def test_equal_seeds_anneal_to_equal_plans(environment: Environment) -> None:
    assert schedule(environment, seed=3, limits=ENOUGH) == schedule(environment, seed=3, limits=ENOUGH)


def test_hosts_counted_as_packed_are_hardly_more_than_those_that_are_on(environment: Environment) -> None:
    found = searched(prepared(environment), 1, ENOUGH)

    assert aim_of(found.handle, PACKED) <= 1.01 * total_of(found.handle, FULL)
    assert int(found.board.sums.soft[0]) == 0
    assert int(found.board.sums.wide.sum()) == sum(
        len(list(found.numbers(group))) for group in range(len(found.snapshot.groups))
    )


def test_a_search_that_is_stopped_at_once_keeps_what_was_placed(environment: Environment) -> None:
    constructed = searched(prepared(environment), 1, Limits(attempts=0))

    stopped = searched(prepared(environment), 1, Limits(10**9, lambda: True))

    assert total_of(stopped.handle, FULL) <= total_of(constructed.handle, FULL)
    assert not prove_board(stopped.handle).any()
