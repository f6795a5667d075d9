from __future__ import annotations

import numpy as np
from builders import a_workload, an_environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_estates import environments

from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.scheduler.bounding.patterns import packed
from cmp.scheduler.groups import groups_of
from cmp.scheduler.guiding import guided
from cmp.services.generating.making import generated

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def test_fillings_mix_sizes_so_that_vcpu_and_memory_run_out_together() -> None:
    sizes = np.array([[8000, 20, 0], [8000, 48, 0]])
    counts = np.array([140, 20])

    hosts = packed(sizes, counts, np.array([128_000, 384, 100]))

    assert len(hosts) == 10
    assert sum(hosts).tolist() == [140, 20]


@QUICK
@given(data=st.data())
def test_hosts_hold_everything_and_never_too_much(data: st.DataObject) -> None:
    size = st.tuples(st.integers(0, 16), st.integers(0, 24), st.integers(0, 9))
    sizes = np.array(data.draw(st.lists(size, min_size=1, max_size=6)), dtype=np.int64)
    counts = np.array(data.draw(st.lists(st.integers(0, 30), min_size=len(sizes), max_size=len(sizes))))
    host = np.array([16, 24, 20], dtype=np.int64)

    hosts = packed(sizes, counts, host)

    assert sum(hosts, np.zeros(len(sizes), dtype=np.int64)).tolist() == counts.tolist()
    assert all((filling @ sizes <= host).all() for filling in hosts)
    assert all(filling.any() for filling in hosts)


@QUICK
@given(environment=environments())
def test_sides_are_guided_into_the_centers_of_their_layout(environment: Environment) -> None:
    guidance = guided(environment, None)

    estate = environment.estate
    group_of = {name: group.name for group in groups_of(environment) for name in group.members}
    for (workload, _, role), pools in guidance.pools.items():
        grade = environment.workload[workload].recovery.grade
        layout = guidance.layouts[group_of[workload]]
        assert {estate.center_of(estate.pool[pool]).id for pool in pools} == {layout.center(grade, role)}


def test_every_side_of_what_can_be_placed_is_guided() -> None:
    environment = generated(30, 9, 2)

    guidance = guided(environment, None)

    assert set(guidance.layouts) == {group.name for group in groups_of(environment)}
    primaries = {
        (workload, component) for workload, component, role in guidance.pools if role is Role.PRIMARY
    }
    assert primaries == {
        (workload.id, component.id)
        for workload in environment.workloads
        for component in workload.components
        if component.quorum is None
    }


def test_equal_groups_share_out_what_the_relaxation_chose() -> None:
    alike = an_environment(*(a_workload(f"w{number}") for number in range(5)))

    assert len(guided(alike, None).layouts) == 5
