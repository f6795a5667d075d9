"""The order of moves: feasible at each step, cycles broken through a third host, and back again."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmp.errors import Refused
from cmp.scheduler.moves.sequencing import (
    Item,
    StepGround,
    bundles,
    inverse,
    moved_ground,
    sequence,
    simulate,
)

POOL = "p"


def hosts(*free: int, size: dict[str, int] | None = None, **changes: Any) -> StepGround:
    """Hosts 1, 2, … of a pool with so much room left; rows `a`, `b`, `c` take 1, 2 and 3 of it."""
    sizes = size or {"a": 1, "b": 2, "c": 3}
    usual = {
        "free": {(POOL, number): (room,) for number, room in enumerate(free, start=1)},
        "size": {(row, POOL): (amount,) for row, amount in sizes.items()},
        "crowd": {},
        "limit": {},
        "rests": tuple((POOL, number) for number in range(1, len(free) + 1)),
    }
    return StepGround(**usual | changes)


def item(name: str, source: int, to: int) -> Item:
    """An item of the row that its name begins with."""
    return Item(name, name[0], (POOL, source), (POOL, to))


def path(hops) -> list[tuple[str, int, int]]:
    return [(hop.item, hop.source[1], hop.to[1]) for hop in hops]


def test_what_has_room_goes_straight_to_its_host() -> None:
    hops = sequence([(item("b1", 1, 2),)], hosts(0, 2))

    assert path(hops) == [("b1", 1, 2)]


def test_a_chain_is_done_from_its_free_end() -> None:
    hops = sequence([(item("b1", 1, 2),), (item("b2", 2, 3),)], hosts(0, 0, 2))

    assert path(hops) == [("b2", 2, 3), ("b1", 1, 2)]


def test_a_cycle_goes_through_a_third_host() -> None:
    hops = sequence([(item("b1", 1, 2),), (item("b2", 2, 1),)], hosts(0, 0, 2))

    assert len(hops) == 3
    assert simulate(hops, hosts(0, 0, 2), {"b1": (POOL, 1), "b2": (POOL, 2)}) is None


def test_a_cycle_without_a_third_host_is_refused_by_name() -> None:
    with pytest.raises(
        Refused, match=r"b1 from host p/1 to p/2; b2 from host p/2 to p/1 wait for each other"
    ):
        sequence([(item("b1", 1, 2),), (item("b2", 2, 1),)], hosts(0, 0, 1))


def test_the_last_replica_of_a_row_that_a_host_may_hold_keeps_others_out() -> None:
    spread = hosts(4, 4, limit={("b", POOL): 1}, crowd={("b", (POOL, 1)): 1, ("b", (POOL, 2)): 1})

    with pytest.raises(Refused):
        sequence([(item("b1", 1, 2),)], spread)


def test_items_of_one_bundle_all_arrive_before_any_leaves() -> None:
    swap = (item("b1", 1, 2), item("b2", 2, 1))

    assert len(sequence([swap], hosts(2, 2))) == 2
    with pytest.raises(Refused):
        sequence([swap], hosts(0, 2, 4))


def test_nothing_is_done_that_breaks_what_was_promised_between_two_steps() -> None:
    ground = hosts(2, 2, 2, keeps=lambda at: "" if at["b1"] == (POOL, 2) != at["b2"] else None)

    hops = sequence([(item("b1", 1, 2),), (item("b2", 1, 2),)], replace(ground, free=hosts(0, 4, 2).free))

    assert [hop.item for hop in hops] == ["b2", "b1"]


def test_a_simulation_says_which_step_finds_no_room() -> None:
    hops = sequence([(item("b1", 1, 2),)], hosts(0, 2))

    assert simulate(hops, hosts(0, 1), {"b1": (POOL, 1)}) == "b1 finds no room on host p/2"
    assert simulate(hops, hosts(0, 2), {"b1": (POOL, 3)}) == "b1 does not stand on host p/1"


def reachable(items: list[Item], ground: StepGround) -> bool:
    """Brute force: whether any walk over all positions ends with everything in its place."""
    capacity = dict(ground.free)
    for each in items:
        capacity[each.at] = (capacity[each.at][0] + ground.size[each.row, POOL][0],)
    start, goal = tuple(i.at for i in items), tuple(i.to for i in items)
    seen, queue = {start}, deque([start])
    while queue:
        now = queue.popleft()
        if now == goal:
            return True
        for number, each in enumerate(items):
            for place, room in capacity.items():
                load = sum(
                    ground.size[other.row, POOL][0]
                    for at, other in zip(now, items, strict=True)
                    if at == place
                )
                then = (*now[:number], place, *now[number + 1 :])
                if place == now[number] or load + ground.size[each.row, POOL][0] > room[0] or then in seen:
                    continue
                seen.add(then)
                queue.append(then)
    return False


@st.composite
def tight_hosts(draw: Any) -> tuple[list[Item], StepGround]:
    count = draw(st.integers(2, 4))
    place = st.integers(1, count)
    names = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=5))
    items = [item(f"{row}{number}", draw(place), draw(place)) for number, row in enumerate(names)]
    ground = hosts(*(0,) * count)
    loads = [
        [sum(ground.size[i.row, POOL][0] for i in items if where(i) == (POOL, host)) for where in (AT, TO)]
        for host in range(1, count + 1)
    ]
    free = [max(0, then - now) + draw(st.integers(0, 2)) for now, then in loads]
    return items, hosts(*free)


def AT(each: Item) -> Any:  # noqa: N802 - two ends of a move
    return each.at


def TO(each: Item) -> Any:  # noqa: N802
    return each.to


@given(case=tight_hosts())
@settings(max_examples=300, deadline=None)
def test_an_order_is_found_exactly_where_one_exists(case) -> None:
    items, ground = case

    try:
        hops = sequence([(each,) for each in items], ground)
    except Refused:
        assert not reachable(items, ground)
        return
    assert reachable(items, ground)
    assert simulate(hops, ground, {each.name: each.at for each in items}) is None


@given(case=tight_hosts())
@settings(max_examples=300, deadline=None)
def test_the_way_back_ends_where_the_way_began(case) -> None:
    items, ground = case
    try:
        hops = sequence([(each,) for each in items], ground)
    except Refused:
        return

    there = {each.name: each.to for each in items}
    back = inverse(hops)

    assert simulate(back, moved_ground(ground, hops), there) is None
    home = dict(there)
    for hop in back:
        home[hop.item] = hop.to
    assert home == {each.name: each.at for each in items}
    assert len(list(bundles(back))) == len(list(bundles(hops)))
