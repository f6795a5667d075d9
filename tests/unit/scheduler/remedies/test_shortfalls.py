"""A failing proof says what closes its shortfall, and that is true and no more than is needed."""

from __future__ import annotations

from typing import Any

from support.builders import (
    a_component,
    a_dependency,
    a_per_host,
    a_placement,
    a_plan,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    needs,
)

from cmp.model.environment import Environment
from cmp.model.estate import Isa
from cmp.model.plan import Placement, Plan
from cmp.model.policy import Policy, Quota
from cmp.model.proof import FailureProof
from cmp.model.recovery import Failure, Role
from cmp.model.workload import Data, Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.remedies.changes.estates import MoreHosts
from cmp.scheduler.remedies.shortfalls import with_closings
from cmp.scheduler.survival.lacking import NoRoom
from cmp.scheduler.survival.proving import asked, lacking, prove

PRIMARY = a_placement()
COLD = a_placement("gy-c-hygon", role=Role.COLD, replicas=0)


def plan(*workloads: Workload, placements: tuple[Placement, ...], **estate: Any) -> Plan:
    return a_plan(environment=an_environment(*workloads, **estate), placements=placements, networks=())


def planned(environment: Environment) -> Plan:
    decision = schedule(environment)
    return a_plan(
        environment=environment,
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
    )


def failing(given: Plan, lose: str) -> FailureProof:
    (found,) = with_closings(given, prove(given, asked(given.environment, lose))).failures
    return found


def with_hosts(given: Plan, pool: str, hosts: int) -> Plan:
    environment = MoreHosts(pool, "hygon-7390", hosts).apply(given.environment)
    return given.model_copy(update={"environment": environment})


def test_the_hosts_that_a_takeover_lacks_are_counted() -> None:
    workload = a_workload(components=(a_component(replicas=9, needs=needs(8.0)),))
    size = amounts(8000)
    placements = tuple(
        row.model_copy(update={"size": size, "replicas": row.replicas and 9, "replicas_on_takeover": 9})
        for row in (PRIMARY, COLD)
    )
    small = a_pool("gy-c-hygon", hosts=1, per_host=a_per_host(vcpus=16))
    given = plan(workload, placements=placements, pools=(a_pool(), small))

    found = failing(given, "center:bj-a")

    assert not found.survives
    assert [(each.pool, each.chip, each.hosts, each.proven) for each in found.additions] == [
        ("gy-c-hygon", "hygon-7390", 2, True)
    ]
    assert (
        prove(with_hosts(given, "gy-c-hygon", 2), asked(given.environment, "center:bj-a"))
        .failures[0]
        .survives
    )
    assert not (
        prove(with_hosts(given, "gy-c-hygon", 1), asked(given.environment, "center:bj-a"))
        .failures[0]
        .survives
    )


def test_what_is_survived_needs_nothing() -> None:
    found = failing(plan(placements=(PRIMARY, COLD)), "center:bj-a")

    assert found.survives
    assert found.closing is None
    assert found.additions == ()


def test_a_quota_that_a_failure_exceeds_is_raised_by_what_is_missing() -> None:
    workload = a_workload(grade=5, components=(a_component(replicas=4),))
    warm = a_placement("bj-b-hygon", role=Role.WARM, replicas=2, replicas_on_takeover=4)
    primary = a_placement(replicas=4, replicas_on_takeover=4)
    given = plan(workload, placements=(primary, warm), policy=Policy(quotas=(Quota(owner="taxes", vcpus=7),)))

    found = failing(given, "center:bj-a")

    assert found.closing is not None
    assert [each.change for each in found.closing.changes] == ["raise the vcpus quota of taxes by 1"]
    assert not found.closing.replanned


def test_a_round_trip_is_loosened_to_what_the_way_takes() -> None:
    asking = a_workload("asking", depends_on=(a_dependency("tax-api", max_rtt_ms=5.0),))
    given = plan(
        asking,
        a_workload(grade=1),
        placements=(
            a_placement(workload="asking"),
            a_placement("gy-c-hygon", workload="asking", role=Role.COLD, replicas=0),
            a_placement("bj-b-hygon"),
        ),
    )

    found = failing(given, "center:bj-a")

    assert found.closing is not None
    assert [each.change for each in found.closing.changes] == [
        "accept 39 ms from asking to tax-api (`max_rtt_ms`)"
    ]


def test_a_lost_host_is_closed_by_hosts_of_its_own_pool() -> None:
    given = plan(a_workload(grade=1), placements=(PRIMARY,), pools=(a_pool(hosts=1),))

    found = failing(given, "host:bj-a-hygon/1")

    assert found.closing is not None
    assert [(each.pool, each.hosts) for each in found.additions] == [("bj-a-hygon", 1)]
    assert not found.closing.replanned


def test_what_falls_short_is_told_by_values_and_not_by_words() -> None:
    small = a_pool("gy-c-hygon", hosts=1, per_host=a_per_host(vcpus=1))
    given = plan(placements=(PRIMARY, COLD), pools=(a_pool(), small))

    found = lacking(given, Failure.parse("center:bj-a"))

    assert found == (NoRoom("gy-c-hygon", ("tax-api/web",)),)
    assert [str(each) for each in found] == ["gy-c-hygon: its hosts have no room for all of tax-api/web"]


def test_an_old_plan_without_a_second_side_is_closed_by_planning_anew() -> None:
    found = failing(plan(placements=(PRIMARY,)), "center:bj-a")

    assert found.closing is not None
    assert found.closing.replanned
    assert found.additions == ()


def test_leaving_a_vendor_says_how_many_hosts_of_which_chip_take_its_place() -> None:
    images = {Isa.AMD64: "web:1", Isa.ARM64: "web:1"}
    component = a_component(replicas=8, needs=needs(16.0), images=images, data=Data(gib=0))
    estate = (
        a_pool("bj-a-kunpeng"),
        a_pool("bj-b-kunpeng"),
        a_pool("bj-a-hygon", hosts=1, per_host=a_per_host(vcpus=32)),
        a_pool("bj-b-hygon", hosts=1, per_host=a_per_host(vcpus=32)),
    )
    given = planned(an_environment(a_workload(grade=4, components=(component,)), pools=estate))
    assert not given.unplaced

    found = failing(given, "vendor:Huawei")

    assert not found.survives
    assert found.closing is not None
    assert found.closing.replanned
    assert {(each.pool, each.hosts) for each in found.additions} == {("bj-a-hygon", 1), ("bj-b-hygon", 1)}


def test_what_can_stand_nowhere_else_is_told_and_the_rest_closed() -> None:
    card = a_component("card", needs=needs(ascend_910b=1))
    heavy = a_component(replicas=8, needs=needs(16.0))
    estate = (
        a_pool("bj-a-kunpeng", per_host=a_per_host(accelerators={"ascend-910b": 8})),
        a_pool("bj-b-kunpeng", per_host=a_per_host(accelerators={"ascend-910b": 8})),
        a_pool("bj-a-hygon", hosts=1, per_host=a_per_host(vcpus=32)),
        a_pool("bj-b-hygon"),
    )
    given = planned(
        an_environment(
            a_workload("faces", grade=4, components=(card,)),
            a_workload(grade=4, components=(heavy,)),
            pools=estate,
        )
    )

    found = failing(given, "vendor:Huawei")

    assert found.closing is not None
    assert [each.pool for each in found.additions] == ["bj-a-hygon"]
    assert [each.split(" ")[0] for each in found.closing.beyond] == ["faces/card"]


def test_what_nothing_closes_is_said_to_be_open() -> None:
    given = planned(an_environment(pools=(a_pool("bj-a-kunpeng"), a_pool("bj-b-kunpeng"))))

    found = failing(given, "vendor:Huawei")

    assert not found.survives
    assert found.closing is None
