"""A search looks often enough whether to stop, however large its sides, and finds the same by any step."""

from __future__ import annotations

import pytest
from support.builders import a_component, a_pool, a_workload, an_environment, needs
from support.hosted import a_small_pool

from cmp.errors import Interrupted
from cmp.model.environment import Environment
from cmp.model.workload import Spread
from cmp.scheduler.engine import Limits, schedule
from cmp.scheduler.placement import annealing, search

ATTEMPTS = 128


def _large(replicas: int, workloads: int = 1, hosts: int = 4) -> Environment:
    size = needs(0.002, 0.002, 0)
    part = a_component(replicas=replicas, needs=size, spread=Spread.NONE)
    each = (a_workload(f"w{number}", grade=3, components=(part,)) for number in range(workloads))
    names = ("bj-a-hygon", "bj-b-hygon", "gy-c-hygon")
    return an_environment(*each, pools=tuple(a_pool(name, hosts=hosts) for name in names))


@pytest.mark.parametrize(
    ("replicas", "workloads", "hosts"),
    [(200, 1, 4), (1000, 1, 4), (4000, 1, 4), (12_000, 1, 8), (4000, 3, 40)],
)
def test_between_two_looks_only_so_many_replicas_are_moved(replicas: int, workloads: int, hosts: int) -> None:
    heard: list[int] = []

    schedule(
        _large(replicas, workloads, hosts), limits=Limits(ATTEMPTS, told=lambda done, _: heard.append(done))
    )

    steps = [after - before for before, after in zip([0, *heard], heard, strict=False)]
    assert heard
    assert max(steps) * replicas <= max(annealing.AT_ONCE, replicas)


@pytest.mark.parametrize("at_once", [1, 1000, 10_000_000])
@pytest.mark.parametrize("replicas", [300, 1000])
def test_the_same_effort_finds_the_same_whatever_the_steps(
    replicas: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = _large(replicas, 3)
    found = schedule(environment, limits=Limits(ATTEMPTS))
    monkeypatch.setattr(annealing, "AT_ONCE", at_once)

    again = schedule(environment, limits=Limits(ATTEMPTS))

    assert again == found


def test_a_search_that_is_told_to_stop_moves_nothing_more() -> None:
    heard: list[int] = []

    def stop() -> bool:
        return bool(heard)

    schedule(_large(4000), limits=Limits(10**9, stop, lambda done, _: heard.append(done)))

    assert len(heard) == 1


def test_a_first_placement_that_is_stopped_too_early_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "PIECE", 2)

    with pytest.raises(Interrupted, match="2 of 5 groups"):
        schedule(_large(4, 5), limits=Limits(ATTEMPTS, lambda: True))


def test_a_first_placement_of_few_groups_is_brought_to_its_end() -> None:
    assert not schedule(_large(4, 5), limits=Limits(ATTEMPTS, lambda: True)).unplaced


def test_what_is_told_in_the_end_is_what_the_plan_costs() -> None:
    heard: list[float] = []
    pools = (a_small_pool("bj-a-hygon"), a_small_pool("bj-b-hygon", power=None), a_small_pool("gy-c-hygon"))
    each = (a_workload(f"w{number}", components=(a_component(replicas=3),)) for number in range(4))

    found = schedule(
        an_environment(*each, pools=pools),
        limits=Limits(ATTEMPTS, told=lambda _, objective: heard.append(objective)),
    )

    assert not found.unplaced
    assert heard[-1] == pytest.approx(found.objective.total, abs=0.01)
