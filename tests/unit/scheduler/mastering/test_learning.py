"""The master hears which rows do not pack on so many hosts, and holds groups in later steps."""

from __future__ import annotations

import pytest
from support.builders import a_component, a_per_host, a_pool, a_workload, an_environment, needs

from cmp.model.estate import Power
from cmp.model.workload import Spread
from cmp.scheduler.board.chance import chance_of
from cmp.scheduler.engine import PLACED_ONLY, prepared, searched
from cmp.scheduler.mastering.freeing import FREE, hold_all_but, some
from cmp.scheduler.mastering.learning import learned
from cmp.scheduler.mastering.modelling import Master, master_of
from cmp.scheduler.mastering.packing import lines_of, packs
from cmp.scheduler.mastering.solving import Answer, Budget
from cmp.scheduler.mastering.stating import asking_of, fixed_rows, stage_of

DISK = 1000
POWER = Power(idle_watts=100, peak_watts=200)


def a_master(*disks: int, pools: int = 1) -> Master:
    """Services without any promise, each with so much disk, on pools of four hosts."""
    services = [
        a_workload(
            f"service-{number}",
            grade=1,
            components=(
                a_component(
                    replicas=1, min_replicas=1, needs=needs(vcpus=1, disk_gib=disk), spread=Spread.NONE
                ),
            ),
        )
        for number, disk in enumerate(disks)
    ]
    there = [
        a_pool(f"bj-a-hygon-{number}", hosts=4, per_host=a_per_host(disk_gib=DISK), power=POWER)
        for number in range(pools)
    ]
    placing = searched(prepared(an_environment(*services, pools=tuple(there))), 0, PLACED_ONLY)
    assert placing.missing() == ()
    groups = range(len(disks))
    stage = stage_of(placing, groups)
    return master_of(stage, [asking for group in groups if (asking := asking_of(stage, group, 1))])


def solved(master: Master) -> Answer:
    """Its best answer."""
    answer = master.program.solved(Budget(1.0))
    assert answer is not None
    return answer


def hosts_on(master: Master, answer: Answer) -> int:
    """Hosts that an answer keeps on."""
    return sum(answer.values[flag] for flags in master.on.values() for flag in flags)


def test_five_replicas_of_which_a_host_takes_two_need_three_hosts_once_that_is_learned() -> None:
    master = a_master(380, 380, 380, 380, 380)
    first = solved(master)
    assert hosts_on(master, first) == 2
    assert learned(master, first.values)

    second = solved(master)

    assert hosts_on(master, second) == 3
    assert not learned(master, second.values)


def test_where_every_pool_packs_nothing_is_learned() -> None:
    master = a_master(300, 300, 300)

    assert not learned(master, solved(master).values)


def test_a_row_that_has_no_part_in_it_may_stay_beside_the_others() -> None:
    master = a_master(380, 380, 380, 380, 380, 10)
    assert learned(master, solved(master).values)

    answer = solved(master)

    small = max(master.way)
    assert answer.values[small]
    assert hosts_on(master, answer) == 3


@pytest.mark.parametrize(("hosts", "expected"), [(2, False), (3, True), (4, True)])
def test_packing_says_whether_rows_stand_on_so_many_hosts(hosts: int, expected: bool) -> None:
    stage = a_master(380, 380, 380, 380, 380).stage
    rows = [row for group in range(5) for row in fixed_rows(stage, group)]

    assert packs(stage, rows[0][1].pool, lines_of(stage, rows), hosts) is expected


def test_held_groups_stay_and_free_ones_may_leave() -> None:
    master = a_master(380, 380, 380, pools=2)
    values = solved(master).values

    hold_all_but(master, (), values)
    held = solved(master)

    assert [held.values[flag] for flag in master.way] == [values[flag] for flag in master.way]


def test_free_groups_are_the_same_for_the_same_chance_and_never_too_many() -> None:
    master = a_master(*[20] * (FREE + 4))
    values = solved(master).values

    one, other = (some(master, values, chance_of(3)) for _ in range(2))

    assert one == other
    assert len(set(one)) == FREE
