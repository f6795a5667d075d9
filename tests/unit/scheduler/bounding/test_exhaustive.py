"""No placement at all of a tiny estate is below its bound: every one is tried, and reckoned apart."""

from __future__ import annotations

from itertools import islice
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.brute import placements
from support.exact_cost import least_cost
from support.random_estates import tiny_environments

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Pool, Power, Price
from cmp.model.policy import Quota
from cmp.model.workload import Spread, Workload, Yields
from cmp.scheduler.bounding.bound import kept_bound, lower_bound

TRIED = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
MOST = 400
"""Placements of one estate that are reckoned; where there are more, the rest is left out."""
ROUNDED = 0.001


@st.composite
def costly(draw: Any) -> Environment:
    """A tiny estate that costs something, with spread, quotas, unknown power, giving way, copies of data."""
    environment = draw(tiny_environments())
    pools = tuple(draw(_priced(pool, number)) for number, pool in enumerate(environment.estate.pools))
    workloads = tuple(draw(_varied(workload)) for workload in environment.workloads)
    quota = Quota(owner=workloads[0].owner, vcpus=draw(st.sampled_from((6, 12, 40))))
    policy = environment.policy.model_copy(update={"quotas": draw(st.sampled_from(((), (quota,))))})
    estate = environment.estate.model_copy(update={"pools": pools})
    return environment.model_copy(update={"estate": estate, "workloads": workloads, "policy": policy})


@st.composite
def _priced(draw: Any, pool: Pool, number: int) -> Pool:
    power = Power(
        idle_watts=Fact(value=draw(st.sampled_from((0, 120, 250)))), peak_watts=Fact(value=400 + 10 * number)
    )
    price = Price(vcpu_hour=Fact(value=draw(st.sampled_from((0, 1, 4)))), memory_gib_hour=Fact(value=0.25))
    known = draw(st.sampled_from((True, True, True, False)))
    hosts = draw(st.integers(1, 3))
    return pool.model_copy(update={"power": power if known else None, "price_cny": price, "hosts": hosts})


@st.composite
def _varied(draw: Any, workload: Workload) -> Workload:
    components = tuple(
        each.model_copy(
            update={
                "spread": draw(st.sampled_from((Spread.HOST, Spread.HOST, Spread.NONE, Spread.POOL))),
                "yields": draw(st.sampled_from(Yields)),
            }
        )
        for each in workload.components
    )
    return workload.model_copy(update={"components": components})


@TRIED
@given(environment=costly(), branches=st.sampled_from((None, 1, 9)))
def test_no_placement_of_a_tiny_estate_is_below_its_bound(
    environment: Environment, branches: int | None
) -> None:
    found = _costs(environment)

    everything = {workload.id for workload in environment.workloads}
    bound = lower_bound(environment, at=None, placed=everything, objective=min(found), branches=branches)

    assert bound.value <= min(found) + ROUNDED


@TRIED
@given(environment=costly())
def test_the_bound_of_those_that_keep_headroom_is_no_lower(environment: Environment) -> None:
    everything = {workload.id for workload in environment.workloads}
    # Undivided: each of the two may part other classes first, so that after few branches either is higher.
    known = {"at": None, "placed": everything, "objective": 1e6, "branches": 1}

    assert kept_bound(environment, **known).value >= lower_bound(environment, **known).value - ROUNDED


def _costs(environment: Environment) -> list[float]:
    try:
        found = [least_cost(environment, rows) for rows in islice(placements(environment), MOST)]
    except ValueError:
        found = []
    assume(found)
    return found
