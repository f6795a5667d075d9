"""Where a pool's hosts have no room for a side, each is named with what it takes and what it has left."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_component,
    a_per_host,
    a_pool,
    a_workload,
    an_environment,
    needs,
)

from cmp.model.environment import Environment
from cmp.model.estate import Overcommit, Pool
from cmp.model.workload import Component, Require, Scaling, Spread, Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain

WIDE = {"scaling": Scaling.FIXED, "spread": Spread.NONE}


def part(center: str, *others: str, **changes: Any) -> Component:
    return a_component(**WIDE | {"replicas": 1, "require": Require(centers=(center, *others))} | changes)


def hosts_of(name: str, hosts: int, **per_host: Any) -> Pool:
    return a_pool(name, hosts=hosts, per_host=a_per_host(**per_host), overcommit=Overcommit())


def told(*workloads: Workload, pools: tuple[Pool, ...]) -> str:
    """Everything that is said of the last workload, which finds no place."""
    environment: Environment = an_environment(*workloads, pools=pools)
    decision = schedule(environment)
    last = workloads[-1].id
    assert {each.workload for each in decision.unplaced} == {last}
    found = explain(environment, decision.placements, Question(last))
    return " | ".join(
        constraint.message
        for view in found.pools
        for constraint in view.constraints
        if constraint.name == "hosts" and not constraint.ok
    )


def there(*components: Component, grade: int = 3) -> Workload:
    return a_workload("there", grade=grade, components=components)


def here(*components: Component) -> Workload:
    return a_workload("here", grade=1, components=components)


TWO = (hosts_of("bj-a-hygon", 1, vcpus=8), hosts_of("gy-c-hygon", 2, vcpus=16))
CARDS = {"accelerators": {"ascend-910b": 4}}

CASES: dict[str, tuple[tuple[Workload, ...], tuple[Pool, ...], tuple[str, ...]]] = {
    "a takeover on hosts that others have cut up": (
        (
            here(part("gy-c", replicas=2, needs=needs(10.0))),
            there(part("bj-a", "gy-c", needs=needs(8.0))),
        ),
        TWO,
        ("gy-c-hygon/1 takes 0 (6 vCPU free)", "gy-c-hygon/2 takes 0 (6 vCPU free)", "after center:bj-a"),
    ),
    "memory and not cores": (
        (
            here(part("gy-c", replicas=2, needs=needs(1.0, 200.0))),
            there(part("bj-a", "gy-c", needs=needs(1.0, 100.0))),
        ),
        TWO,
        ("gy-c-hygon/1 takes 0 (56 GiB free)", "gy-c-hygon/2 takes 0 (56 GiB free)"),
    ),
    "disk": (
        (
            here(part("gy-c", replicas=2, needs=needs(1.0, 1.0, 3000))),
            there(part("bj-a", "gy-c", needs=needs(1.0, 1.0, 1500))),
        ),
        TWO,
        ("gy-c-hygon/2 takes 0 (1000 GiB disk free)",),
    ),
    "cards": (
        (
            here(part("gy-c", replicas=2, needs=needs(1.0, 1.0, 1, ascend_910b=3))),
            there(part("bj-a", "gy-c", needs=needs(1.0, 1.0, 1, ascend_910b=2))),
        ),
        (hosts_of("bj-a-hygon", 1, **CARDS), hosts_of("gy-c-hygon", 2, **CARDS)),
        ("gy-c-hygon/1 takes 0 (1 ascend-910b free)",),
    ),
    "several replicas of which some fit": (
        (
            here(part("gy-c", replicas=1, needs=needs(5.0))),
            there(part("bj-a", "gy-c", replicas=3, needs=needs(8.0))),
        ),
        (hosts_of("bj-a-hygon", 3, vcpus=8), hosts_of("gy-c-hygon", 2, vcpus=15)),
        ("takes 1 (15 vCPU free)", "takes 1 (10 vCPU free)"),
    ),
    "a primary in normal time": (
        (
            here(part("gy-c", replicas=2, needs=needs(10.0))),
            there(part("gy-c", needs=needs(8.0)), grade=1),
        ),
        TWO,
        ("gy-c-hygon/1 takes 0 (6 vCPU free)", "1 replica of 8 vCPU"),
    ),
}


@pytest.mark.parametrize(("workloads", "pools", "words"), CASES.values(), ids=CASES)
def test_a_pool_without_room_is_refused_host_by_host(
    workloads: tuple[Workload, ...], pools: tuple[Pool, ...], words: tuple[str, ...]
) -> None:
    said = told(*workloads, pools=pools)

    assert [word for word in words if word not in said] == []


def test_of_many_hosts_the_roomiest_are_named_and_the_others_counted() -> None:
    crowd = here(part("gy-c", replicas=20, needs=needs(10.0)))
    pools = (hosts_of("bj-a-hygon", 1, vcpus=8), hosts_of("gy-c-hygon", 20, vcpus=16))

    said = told(crowd, there(part("bj-a", "gy-c", needs=needs(8.0))), pools=pools)

    assert "12 more take 0" in said
