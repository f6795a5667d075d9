"""Work, replicas and sizes are integers and never round to the wrong side."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_chip, a_cloud, a_component, a_per_host, a_pool, needs

from cmp.model.estate import CloudKind, Overcommit
from cmp.model.recovery import Role
from cmp.model.workload import Demand, Quorum, Scaling
from cmp.scheduler.problem.sizes import (
    Work,
    factor_milli,
    host_capacity,
    performance,
    running,
    vcpu_milli,
    work,
    worth,
)

FAST, SLOW = a_chip("fast", performance=1.0), a_chip("slow", performance=0.8)


def test_three_replicas_sized_on_a_chip_need_three_on_it() -> None:
    component = a_component(replicas=3)

    assert work(component, SLOW, 1000).alone(worth(component, SLOW)) == 3


@given(
    replicas=st.integers(1, 500),
    sized=st.integers(1, 5000),
    there=st.integers(1, 5000),
    least=st.integers(1, 9),
)
def test_a_side_does_its_work_with_no_replica_to_spare(
    replicas: int, sized: int, there: int, least: int
) -> None:
    component = a_component(replicas=replicas, min_replicas=min(least, replicas))
    asked = work(component, a_chip(performance=sized / 1000), 1000)

    count = asked.alone(there)

    assert count * there >= replicas * sized
    assert count >= component.min_replicas
    assert (count - 1) * there < replicas * sized or count == component.min_replicas


def test_a_measured_ratio_goes_before_the_chips() -> None:
    component = a_component(performance={"slow": 1.5})

    assert performance(component, SLOW) == 1500
    assert performance(component, FAST) == 1000


@pytest.mark.parametrize(
    ("scaling", "vcpus", "value"), [("vertical", 2500, 1), ("fixed", 2000, 1), ("horizontal", 2000, 800)]
)
def test_scaling_decides_what_follows_the_chip(scaling: str, vcpus: int, value: int) -> None:
    component = a_component(scaling=Scaling(scaling))

    assert vcpu_milli(component, component.needs, FAST, SLOW) == vcpus
    assert worth(component, SLOW) == value


def test_a_vertical_size_is_rounded_up() -> None:
    component = a_component(scaling=Scaling.VERTICAL, needs=needs(vcpus=1.0))

    assert vcpu_milli(component, component.needs, FAST, a_chip(performance=0.3)) == 3334


@pytest.mark.parametrize(
    ("moment", "factor"),
    [
        (None, 1000),
        (datetime(2027, 5, 20, 3), 4000),  # noqa: DTZ001 - a moment without offset is local time
        (datetime(2027, 5, 20, 9), 4000),  # noqa: DTZ001
        (datetime(2027, 5, 21, 9), 1500),  # noqa: DTZ001
        (datetime(2027, 5, 21, 12), 1000),  # noqa: DTZ001
        (datetime(2027, 5, 19, 20, tzinfo=UTC), 4000),
        (datetime(2027, 5, 20, 20, tzinfo=UTC), 1000),
    ],
)
def test_the_largest_factor_that_holds_counts(moment: datetime | None, factor: int) -> None:
    peaks = (Demand(when="05-20", factor=4.0), Demand(when="weekdays 08:30-11:30", factor=1.5))

    assert factor_milli(a_component(demand=peaks), moment, {}) == factor


def test_a_named_calendar_is_read() -> None:
    component = a_component(demand=(Demand(when="qingming", factor=10.0),))
    calendars = {"qingming": frozenset({date(2027, 4, 5)})}

    assert factor_milli(component, datetime(2027, 4, 5, 8), calendars) == 10_000  # noqa: DTZ001
    assert factor_milli(component, datetime(2027, 4, 6, 8), calendars) == 1000  # noqa: DTZ001


def test_a_quorum_does_not_scale() -> None:
    component = a_component(
        replicas=3,
        quorum=Quorum(members=3, per_center=1, needed=2),
        demand=(Demand(when="05-20", factor=4.0),),
    )

    assert factor_milli(component, datetime(2027, 5, 20), {}) == 1000  # noqa: DTZ001
    assert work(component, FAST, 1000) == Work(3, 0)
    assert worth(component, SLOW) == 1


def test_a_factor_multiplies_work_before_it_is_rounded() -> None:
    assert work(a_component(replicas=3), FAST, 1500) == Work(4500, 1)
    assert work(a_component(replicas=3, scaling=Scaling.FIXED), FAST, 1500) == Work(5, 1)


@pytest.mark.parametrize(
    ("role", "stateful", "runs"),
    [("primary", False, 5), ("active", False, 5), ("warm", False, 3), ("warm", True, 5), ("cold", True, 0)],
)
def test_a_role_decides_what_runs_in_normal_time(role: str, stateful: bool, runs: int) -> None:
    assert running(Role(role), 5, stateful=stateful) == runs


def test_one_warm_replica_always_runs() -> None:
    assert running(Role.WARM, 1, stateful=False) == 1


def test_a_host_promises_its_overcommit_but_never_on_kubernetes() -> None:
    pool = a_pool(
        overcommit=Overcommit(vcpus=2.0, memory=1.5), per_host=a_per_host(accelerators={"ascend-910b": 8})
    )

    capacity = host_capacity(pool, a_cloud(kind=CloudKind.OPENSTACK), ("ascend-910b", "nvidia-l40s"), {})

    assert capacity == (128_000, 393_216, 4000, 8, 0)
    assert host_capacity(pool, a_cloud(kind=CloudKind.KUBERNETES), (), {})[:2] == (64_000, 262_144)


@pytest.mark.parametrize("scaling", list(Scaling))
@given(replicas=st.integers(1, 50), least=st.integers(1, 50), factor=st.integers(1, 4000))
def test_no_factor_and_no_scaling_leave_fewer_than_min_replicas(
    scaling: Scaling, replicas: int, least: int, factor: int
) -> None:
    fewest = min(least, replicas)
    component = a_component(replicas=replicas, min_replicas=fewest, scaling=scaling)

    count = work(component, FAST, factor).alone(worth(component, FAST))

    assert count == max(fewest, -(-replicas * factor // 1000))
