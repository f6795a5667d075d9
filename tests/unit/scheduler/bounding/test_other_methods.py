from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from support.builders import a_component, a_pool, a_workload, an_environment, needs
from support.random_estates import environments

from cmp.bench.generating.making import generated
from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Overcommit, Power
from cmp.model.workload import Spread
from cmp.scheduler.bounding.arrays import NANO
from cmp.scheduler.bounding.bound import exact_bound, lower_bound, spread_out
from cmp.scheduler.bounding.integral import Limit, integral_bound
from cmp.scheduler.bounding.stating import state
from cmp.scheduler.engine import schedule

POWER = Power(idle_watts=Fact(value=200), peak_watts=Fact(value=500))


def _small(replicas: int) -> Environment:
    """One workload of grade 1 whose replicas take a quarter of a host each; PUE 1.3 everywhere."""
    pools = tuple(
        a_pool(f"{center}-hygon", hosts=10, overcommit=Overcommit(), power=POWER)
        for center in ("bj-a", "bj-b", "gy-c")
    )
    part = a_component(replicas=replicas, needs=needs(16.0, 16.0, 20), spread=Spread.NONE)
    return an_environment(a_workload(grade=1, components=(part,)), pools=pools)


@pytest.mark.parametrize(("replicas", "hosts"), [(1, 1), (4, 1), (5, 2)])
def test_cp_sat_counts_whole_hosts(replicas: int, hosts: int) -> None:
    environment = _small(replicas)
    expected = 1.3 * (200 * hosts + 300 * replicas / 4)

    proven = integral_bound(state(environment, None, frozenset({"tax-api"})), Limit(work=2.0))

    assert proven / NANO == pytest.approx(expected, abs=0.02)


def test_the_better_of_two_bounds_is_kept() -> None:
    environment = _small(4)
    known = {"at": None, "placed": {"tax-api"}, "objective": 700.0}

    assert exact_bound(environment, seconds=5, **known).value >= lower_bound(environment, **known).value


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(environment=environments())
def test_no_schedule_is_below_what_cp_sat_proves(environment: Environment) -> None:
    pools = tuple(pool.model_copy(update={"power": POWER}) for pool in environment.estate.pools)
    estate = environment.estate.model_copy(update={"pools": pools})
    costly = environment.model_copy(update={"estate": estate})
    decision = schedule(costly)
    placed = {row.workload for row in decision.placements} - {each.workload for each in decision.unplaced}

    proven = integral_bound(state(costly, None, frozenset(placed)), Limit(work=0.2))

    assert proven / NANO <= decision.objective.total + 0.005


def test_equal_work_proves_an_equal_bound() -> None:
    environment = generated(20, 9, 3)
    statement = state(environment, None, frozenset(workload.id for workload in environment.workloads))

    assert integral_bound(statement, Limit(work=0.1)) == integral_bound(statement, Limit(work=0.1))


def test_the_simple_method_costs_no_less_than_the_bound() -> None:
    environment = generated(40, 9, 2)
    everything = [workload.id for workload in environment.workloads]

    simple = spread_out(environment, at=None, placed=everything)
    bound = lower_bound(environment, at=None, placed=everything, objective=simple or 0.0)

    assert simple is not None
    assert bound.value < simple < 3 * bound.value


def test_the_simple_method_says_when_it_finds_no_room() -> None:
    crowded = _small(41)

    assert spread_out(crowded, at=None, placed={"tax-api"}) is None
