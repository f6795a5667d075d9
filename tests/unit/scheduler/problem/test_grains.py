"""What is needed is rounded up to the grain and what there is rounded down; nothing needs or runs nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_component, a_per_host, a_plan, a_pool, a_workload, an_environment, needs

from cmp.model.base import grains_down, grains_up
from cmp.model.environment import Environment
from cmp.model.estate import Overcommit
from cmp.model.plan import Plan
from cmp.model.workload import Component, Data, Demand, Recovery, Scaling, Spread
from cmp.scheduler.engine import schedule
from cmp.scheduler.problem.sizes import host_capacity
from cmp.verifier.checking import check

UNCHECKED = {"network-missing", "rules-missing", "rules-undeclared"}
QUIET = datetime(2027, 3, 1, 12)  # noqa: DTZ001 - declared demand is in local time


def environment(part: Component, **pool: Any) -> Environment:
    host = {"hosts": 1, "per_host": a_per_host(vcpus=1, memory_gib=1, disk_gib=10)}
    there = a_pool("bj-a-hygon", **host | {"overcommit": Overcommit()} | pool)
    return an_environment(a_workload(grade=1, components=(part,)), pools=(there,))


def planned(given: Environment, at: datetime | None = None) -> Plan:
    plan = schedule(given, at=at).to_prove(given, a_plan().origin.model_copy(update={"at": at})).sealed()
    assert {each.code for each in check(plan)} <= UNCHECKED
    return plan


@pytest.mark.parametrize(
    ("vcpus", "memory", "replicas"),
    [(0.0001, 0.0004, 3000), (0.0014, 0.001, 1000), (0.001, 0.0011, 1000), (0.0004, 0.0001, 1001)],
)
def test_what_is_below_a_grain_takes_a_whole_one(vcpus: float, memory: float, replicas: int) -> None:
    part = a_component(replicas=replicas, needs=needs(vcpus, memory, 0), spread=Spread.NONE)

    plan = planned(environment(part))

    assert plan.unplaced


def test_a_thousand_of_a_thousandth_fit_one_core() -> None:
    part = a_component(replicas=1000, needs=needs(0.001, 1 / 1024, 0), spread=Spread.NONE)

    (row,) = planned(environment(part)).placements

    assert (row.replicas, row.size.vcpu_milli, row.size.memory_mib) == (1000, 1, 1)


@pytest.mark.parametrize("scaling", Scaling)
@pytest.mark.parametrize("factor", [1e-9, 0.0001, 0.0004, 0.0005, 0.01])
def test_a_factor_never_runs_no_replica(scaling: Scaling, factor: float) -> None:
    demand = (Demand(when="03-01", factor=factor),)
    part = a_component(replicas=1, scaling=scaling, needs=needs(0.5, 0.5, 0), demand=demand)

    (row,) = planned(environment(part), QUIET).placements

    assert row.replicas == 1


def test_overcommit_is_rounded_down() -> None:
    given = environment(a_component(), overcommit=Overcommit(vcpus=1.0009, memory=1.0009))
    pool = given.estate.pools[0]

    assert host_capacity(pool, given.estate.cloud[pool.cloud], (), {})[:2] == (1000, 1024)


def test_changes_below_a_kilobit_are_one() -> None:
    assert Data(change_mbps_peak=0.0001).change_kbps == 1
    assert Data(change_mbps_peak=0).change_kbps == 0


def test_an_objective_is_never_looser_than_it_was_written() -> None:
    workload = a_workload(recovery=Recovery(grade=3, rto_minutes=0.99))

    assert an_environment(workload).rto_seconds(workload) == 59


@given(grains=st.integers(1, 10**9), per_unit=st.sampled_from((60, 1000, 1024)))
def test_whole_grains_are_neither_more_nor_less(grains: int, per_unit: int) -> None:
    assert grains_up(grains / per_unit, per_unit) == grains_down(grains / per_unit, per_unit) == grains


@given(value=st.floats(1e-12, 1e6), per_unit=st.sampled_from((60, 1000, 1024)))
def test_needed_is_never_less_and_allowed_never_more_than_written(value: float, per_unit: int) -> None:
    assert grains_up(value, per_unit) >= max(1, value * per_unit - 1e-5)
    assert grains_down(value, per_unit) <= value * per_unit + 1e-5
