"""Hosts have room after a failure as a Plan packs it, or as they can be packed anew around what stays."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_component, a_placement, a_workload, an_environment

from cmp.model.plan import HostPacking, Packed, Packing
from cmp.model.recovery import Role
from cmp.model.workload import Spread
from cmp.scheduler.constraints.packing import Hosts, Room
from cmp.scheduler.problem.rows import Row, rows_of
from cmp.scheduler.survival.host_room import has_room, thin

POOL = "bj-a-hygon"
TWO = Room(2, (4000, 100_000, 1000))
"""Two hosts of two replicas each."""


def rows(*counts: tuple[int, int], spread: Spread = Spread.NONE) -> tuple[Row, ...]:
    """Rows of components c0, c1 … with what runs and what takes over; a replica takes half a host."""
    components = tuple(a_component(f"c{number}", spread=spread) for number in range(len(counts)))
    environment = an_environment(a_workload(grade=6, components=components))
    return rows_of(
        environment,
        [
            a_placement(
                POOL,
                component=f"c{number}",
                role=Role.PRIMARY if running else Role.COLD,
                replicas=running,
                replicas_on_takeover=takeover,
            )
            for number, (running, takeover) in enumerate(counts)
        ],
    )


def packed(host: int, component: str, count: int, role: Role = Role.PRIMARY) -> HostPacking:
    one = Packed(workload="tax-api", component=component, role=role, count=count)
    return HostPacking(host=host, rows=(one,))


def a_packing(**changes: Any) -> Packing:
    return Packing(**{"pool": POOL, "failure": "center:bj-b", "hosts": (), "any_order": False} | changes)


def test_those_stop_that_are_too_many_where_most_of_them_stand() -> None:
    there: Hosts = [{0: 3, 1: 1}, {0: 1}]

    assert thin(rows((4, 4), (1, 1)), (2, 1), there) == [{0: 1, 1: 1}, {0: 1}]
    assert there == [{0: 3, 1: 1}, {0: 1}]


def test_what_leaves_altogether_is_not_thinned() -> None:
    there: Hosts = [{0: 2}, {0: 2}]

    assert thin(rows((4, 4)), (0,), there) is there


@pytest.mark.parametrize(("left", "fits"), [(4, False), (3, False), (2, True)])
def test_a_takeover_finds_the_room_of_those_that_give_way(left: int, fits: bool) -> None:
    assert has_room(rows((4, 4), (0, 2)), (left, 2), TWO, [{0: 2}, {0: 2}]) is fits


def test_a_written_packing_is_believed_where_it_holds() -> None:
    """Packed anew, one stops on each host, and the large one finds none empty."""
    large = Room(2, (4000, 100_000, 1000))
    pair = rows((4, 4), (0, 1))
    whole = pair[1]
    pair = (pair[0], _sized(whole, 4000))
    written = a_packing(stopped=(packed(1, "c0", 2),), hosts=(packed(1, "c1", 1, Role.COLD),))

    assert not has_room(pair, (2, 1), large, [{0: 2}, {0: 2}])
    assert has_room(pair, (2, 1), large, [{0: 2}, {0: 2}], written)


def _sized(row: Row, vcpu_milli: int) -> Row:
    size = (vcpu_milli, *row.size[1:])
    return Row(
        row.workload, row.component, row.role, row.pool, row.cloud, row.center, row.way, row.image, size,
        row.running, row.takeover,
    )  # fmt: skip


FALSE = {
    "it stops what is not there": {
        "stopped": (packed(2, "c0", 3),),
        "hosts": (packed(1, "c1", 1, Role.COLD),),
    },
    "it stops too little": {"stopped": (packed(1, "c0", 1),), "hosts": (packed(1, "c1", 1, Role.COLD),)},
    "it names nobody": {"stopped": (packed(1, "c9", 2),)},
    "it uses no host": {"stopped": (packed(1, "c0", 2),), "hosts": (packed(3, "c1", 1, Role.COLD),)},
    "it oversells a host": {
        "stopped": (packed(1, "c0", 1), packed(2, "c0", 1)),
        "hosts": (packed(1, "c1", 1, Role.COLD),),
    },
}


@pytest.mark.parametrize("changes", FALSE.values(), ids=FALSE)
def test_a_written_packing_is_not_believed_where_it_does_not_hold(changes: dict[str, Any]) -> None:
    pair = rows((4, 4), (0, 1))
    pair = (pair[0], _sized(pair[1], 4000))

    assert not has_room(pair, (2, 1), TWO, [{0: 2}, {0: 2}], a_packing(**changes))


def test_a_written_packing_that_crowds_a_host_is_not_believed() -> None:
    """Only the first host has room, for two more replicas; spread over two hosts they may not share it."""
    room = Room(2, (6000, 100_000, 1000))
    there: Hosts = [{1: 1}, {1: 1, 2: 2}]
    crowded = a_packing(hosts=(packed(1, "c0", 2, Role.COLD),))
    counts = (0, 2), (2, 2), (2, 2)

    assert has_room(rows(*counts), (2, 2, 2), room, there, crowded)
    assert not has_room(rows(*counts, spread=Spread.HOST), (2, 2, 2), room, there, crowded)
