"""The formulas of docs/scheduling.md, recomputed on the example that the page tells."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support.builders import a_component, a_per_host, a_pool, a_workload, an_environment, needs

from cmp.model.workload import Spread
from cmp.scheduler.engine import PLACED_ONLY, prepared, searched
from cmp.scheduler.mastering.modelling import MEASURES, SHARES, master_of
from cmp.scheduler.mastering.solving import Budget
from cmp.scheduler.mastering.stating import Share, Stage, asking_of, fixed_rows, stage_of

HOSTS = 3
DISK = 1000


def _stage(replicas: int, disk: int, spread: Spread) -> Stage:
    """One workload without any promise on a pool of three hosts."""
    part = a_component(replicas=replicas, min_replicas=1, needs=needs(disk_gib=disk), spread=spread)
    pool = a_pool("bj-a-hygon", hosts=HOSTS, per_host=a_per_host(disk_gib=DISK))
    placing = searched(
        prepared(an_environment(a_workload(grade=1, components=(part,)), pools=(pool,))), 0, PLACED_ONLY
    )
    assert placing.missing() == ()
    return stage_of(placing, [0])


@pytest.mark.parametrize(("replicas", "width"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3)])
def test_a_row_that_is_spread_keeps_as_many_hosts_on_as_the_page_says(replicas: int, width: int) -> None:
    stage = _stage(replicas, 10, Spread.HOST)
    ((side, share),) = fixed_rows(stage, 0)

    assert share.run == replicas
    assert stage.width(side, share) == width == -(-replicas // -(-replicas // HOSTS))


def test_replicas_above_half_a_host_keep_a_host_each_on() -> None:
    stage = _stage(3, 600, Spread.NONE)
    asking = asking_of(stage, 0, 1)
    assert asking is not None
    master = master_of(stage, [asking])

    answer = master.program.solved(Budget(1.0))

    assert answer is not None
    assert sum(answer.values[flag] for flag in master.on[0]) == 3
    assert 0.96 * 2 * DISK >= 3 * 600


def test_what_is_too_large_beside_a_row_that_is_spread_keeps_hosts_of_its_own_on() -> None:
    large = [
        a_component(name, replicas=1, min_replicas=1, needs=needs(disk_gib=700)) for name in ("one", "two")
    ]
    pair = a_component("pair", replicas=2, needs=needs(disk_gib=400), spread=Spread.HOST)
    pool = a_pool("bj-a-hygon", hosts=4, per_host=a_per_host(disk_gib=DISK))
    workload = a_workload(grade=1, components=(*large, pair))
    placing = searched(prepared(an_environment(workload, pools=(pool,))), 0, PLACED_ONLY)
    stage = stage_of(placing, [0])
    asking = asking_of(stage, 0, 1)
    assert asking is not None
    master = master_of(stage, [asking])

    answer = master.program.solved(Budget(1.0))

    assert answer is not None
    assert sum(answer.values[flag] for flag in master.on[0]) == 4
    assert 0.96 * 3 * DISK >= 2 * 700 + 2 * 400


def test_no_packing_of_a_host_exceeds_one_in_any_measure() -> None:
    grain = 10
    packings = [
        (first, second, third)
        for first in range(grain + 1)
        for second in range(first + 1)
        for third in range(second + 1)
        if first + second + third <= grain
    ]

    for measure in MEASURES:
        for packing in packings:
            assert sum((measure(size, grain) for size in packing), Fraction(0)) <= 1


def test_shares_are_rounded_up_so_that_nothing_fits_that_does_not() -> None:
    stage = _stage(1, 333, Spread.NONE)
    asking = asking_of(stage, 0, 1)
    assert asking is not None
    master = master_of(stage, [asking])

    ((_, amount),) = master.load[0, 0, 2]

    assert amount == 333
    assert -(-333 * SHARES // DISK) * DISK >= 333 * SHARES


def test_what_is_only_reserved_counts_on_takeover() -> None:
    share = Share(pool=0, entry=0, run=1, take=3, keep=2)

    assert (share.extra, share.count(0), share.count(1), share.count(2)) == (1, 0, 1, 2)
