"""A proof reads the Plan alone: it says what moves, what falls short, and what was never promised."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_component,
    a_dependency,
    a_link,
    a_per_host,
    a_placement,
    a_plan,
    a_pool,
    a_talk,
    a_workload,
    amounts,
    an_environment,
    needs,
    pools,
)

from cmp.errors import Invalid
from cmp.model.plan import Placement, Plan
from cmp.model.policy import Policy, Quota
from cmp.model.proof import FailureProof
from cmp.model.recovery import Role
from cmp.model.workload import Data, Quorum, Workload
from cmp.scheduler.survival.proving import asked, prove


def plan(*workloads: Workload, placements: tuple[Placement, ...], **estate: Any) -> Plan:
    return a_plan(environment=an_environment(*workloads, **estate), placements=placements, networks=())


def one(given: Plan, lose: str) -> FailureProof:
    (found,) = prove(given, asked(given.environment, lose)).failures
    return found


PRIMARY = a_placement()
COLD = a_placement("gy-c-hygon", role=Role.COLD, replicas=0)


def test_a_kept_promise_lists_its_moves() -> None:
    found = one(plan(placements=(PRIMARY, COLD)), "center:bj-a")

    assert found.survives
    assert [move.model_dump() for move in found.moves] == [
        {"workload": "tax-api", "component": "web", "from": "bj-a", "to": "gy-c", "replicas": 2}
    ]


def test_a_plan_without_a_second_side_breaks_its_promise() -> None:
    given = plan(placements=(PRIMARY,))

    proof = prove(given, asked(given.environment, "all"))

    assert [each.lose for each in proof.broken] == ["center:bj-a", "cloud:bj-a-gov"]
    assert proof.broken[0].shortfall == (
        "tax-api: no center has a side of every component on pools that remain",
    )


def test_what_is_not_promised_is_listed_and_survived() -> None:
    found = one(plan(a_workload(grade=1), placements=(PRIMARY,)), "center:bj-a")

    assert found.survives
    assert found.not_promised == ("tax-api",)


def test_a_side_that_finds_no_room_is_a_shortfall() -> None:
    tight = (
        *pools()[:4],
        a_pool("gy-c-hygon", hosts=1, per_host=pools()[0].per_host.model_copy(update={"vcpus": 1})),
    )

    found = one(plan(placements=(PRIMARY, COLD), pools=tight), "center:bj-a")

    assert found.shortfall == ("gy-c-hygon: its hosts have no room for all of tax-api/web",)


def test_a_pool_oversold_in_normal_time_is_said_so() -> None:
    tight = (a_pool(hosts=1, per_host=pools()[0].per_host.model_copy(update={"vcpus": 1})), *pools()[1:])

    found = one(plan(placements=(PRIMARY, COLD), pools=tight), "center:gy-c")

    assert found.shortfall == ("bj-a-hygon: its hosts are oversold already in normal time",)


def test_a_lost_quorum_is_a_shortfall() -> None:
    voters = a_workload(
        components=(a_component(replicas=3, quorum=Quorum(members=3, per_center=2, needed=2)),)
    )
    rows = (
        a_placement(role=Role.MEMBER),
        a_placement("bj-b-hygon", role=Role.MEMBER, replicas=1, replicas_on_takeover=1),
    )

    assert one(plan(voters, placements=rows), "center:bj-a").shortfall == (
        "tax-api/web: 1 members are left, 2 are needed",
    )
    assert one(plan(voters, placements=rows), "center:bj-b").survives


def test_a_link_that_is_too_narrow_after_a_failure_is_a_shortfall() -> None:
    busy = a_workload(grade=6, components=(a_component(data=Data(change_mbps_peak=500.0)),))
    rows = (
        PRIMARY,
        a_placement("bj-b-hygon", role=Role.ACTIVE),
        a_placement("gy-c-hygon", role=Role.WARM, replicas=1),
    )
    links = (
        a_link(synchronous=True),
        a_link("bj-a", "gy-c", rtt_ms=38.0, bandwidth_gbps=1.0),
        a_link("bj-b", "gy-c", rtt_ms=38.0, bandwidth_gbps=0.5),
    )

    found = one(plan(busy, placements=rows, links=links), "center:bj-a")

    assert found.shortfall == ("link between bj-b and gy-c: 500 Mbit/s of changes, 350 usable",)


def test_a_quota_that_is_exceeded_is_a_shortfall() -> None:
    policy = Policy(quotas=(Quota(owner="taxes", vcpus=5),))
    rows = (PRIMARY, a_placement("bj-b-hygon", role=Role.WARM, replicas=1))
    given = a_plan(environment=an_environment(a_workload(grade=5), policy=policy), placements=rows)

    assert one(given, "center:gy-c").shortfall == ("owner taxes would claim 6 vCPU of 5",)
    assert one(given, "center:bj-a").survives


def test_a_round_trip_that_breaks_after_a_failure_is_a_shortfall() -> None:
    asking = a_workload("asking", depends_on=(a_dependency("tax-api", max_rtt_ms=5.0),))
    rows = (
        a_placement(),
        a_placement("bj-b-hygon", role=Role.COLD, replicas=0),
        a_placement(workload="asking"),
        a_placement("gy-c-hygon", workload="asking", role=Role.COLD, replicas=0),
    )

    found = one(plan(a_workload(), asking, placements=rows), "center:bj-a")

    assert found.shortfall == (
        "asking to tax-api from gy-c to bj-b after center:bj-a takes 39 ms, at most 5 ms",
    )


def test_a_host_is_replaced_by_the_others_of_its_pool() -> None:
    found = one(plan(placements=(PRIMARY, COLD)), "host:bj-a-hygon")

    assert found.survives
    assert not found.promised
    assert [(move.source, move.to, move.replicas) for move in found.moves] == [
        ("bj-a-hygon/1", "bj-a-hygon", 1)
    ]


def test_a_link_that_is_cut_stops_replication_and_round_trips() -> None:
    talking = a_workload(
        components=(
            a_component(
                data=Data(gib=10, change_mbps_peak=5.0),
                talks_to=(a_talk("web", workload="other", max_rtt_ms=5.0),),
            ),
        )
    )
    rows = (
        PRIMARY,
        a_placement("bj-b-hygon", role=Role.COLD, replicas=0),
        a_placement("bj-b-hygon", workload="other"),
    )

    found = one(plan(talking, a_workload("other", grade=1), placements=rows), "link:bj-a/bj-b")

    assert found.shortfall == ("tax-api to other from bj-a to bj-b has no link, at most 5 ms",)
    assert found.notes == ("tax-api: 5 Mbit/s of changes are no longer replicated between bj-a and bj-b",)


def test_losing_an_accelerator_takes_what_runs_on_it_and_leaves_the_rest() -> None:
    cards = a_pool(per_host=a_per_host(accelerators={"ascend-910b": 4}))
    faces = a_workload(grade=1, components=(a_component(needs=needs(ascend_910b=1)),))
    row = a_placement(size=amounts(accelerators={"ascend-910b": 1}))
    other = a_placement(workload="other")
    given = plan(faces, a_workload("other", grade=1), placements=(row, other), pools=(cards, *pools()[1:]))

    assert one(given, "chip:ascend-910b").not_promised == ("tax-api",)
    assert one(given, "chip:hygon-7390").not_promised == ("other", "tax-api")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bj-a", ["center:bj-a"]),
        ("beijing", ["location:beijing"]),
        ("bj-a-gov", ["cloud:bj-a-gov"]),
        ("Huawei", ["vendor:Huawei"]),
        ("kunpeng-920", ["chip:kunpeng-920"]),
        ("link:bj-b/bj-a", ["link:bj-b/bj-a"]),
        ("host:bj-a-hygon/4", ["host:bj-a-hygon/4"]),
    ],
)
def test_what_is_lost_may_be_named_briefly(text: str, found: list[str]) -> None:
    assert [str(failure) for failure in asked(an_environment(), text)] == found


@pytest.mark.parametrize("text", ["nowhere", "center:nowhere", "planet:mars", "center:", "host:bj-a-hygon/9"])
def test_an_unknown_loss_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(an_environment(), text)

    assert refused.value.hint


def test_a_placement_of_something_unknown_is_refused() -> None:
    with pytest.raises(Invalid, match="the Plan places 'nothing'"):
        one(plan(placements=(a_placement(workload="nothing"),)), "center:bj-a")
