"""System by system it is told what really runs: of servers and pods, with addresses and what differs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.builders import a_placement, a_plan, a_workload, an_environment

from cmp.clouds.base import Resource
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.services.verifying.differences import Consequence, Difference
from cmp.services.verifying.systems import Systems, systems_of
from toolchain.reference_page import page

V6 = "2001:db8:1::5"


@pytest.fixture
def plan() -> Plan:
    cold = {"role": Role.COLD, "replicas": 0, "replicas_on_takeover": 2}
    rows = (
        a_placement(workload="portal"),
        a_placement("bj-b-hygon", workload="portal", **cold),
        a_placement(workload="portal-archive", replicas=1, replicas_on_takeover=1),
    )
    workloads = (a_workload("portal", basis="2.10"), a_workload("portal-archive", basis="2.9"))
    return a_plan(environment=an_environment(*workloads), placements=rows)


def a_running(workload: str, number: int, **facts: Any) -> Resource:
    tags = {"environment": "test", "workload": workload}
    known = {"status": "ACTIVE", "ipv6": (V6,)} | facts
    return Resource(
        "bj-a-gov", "server", f"{workload}{number}", f"{workload}-web-{number}", True, tags, known
    )


def told(plan: Plan, *listed: Resource, differences: tuple[Difference, ...] = ()) -> Systems:
    return systems_of(plan, listed, differences)


def test_systems_come_in_the_order_of_the_plans_items(plan: Plan) -> None:
    assert [each.id for each in told(plan).systems] == ["portal-archive", "portal"]


def test_what_runs_is_counted_and_what_stands_by_is_named(plan: Plan) -> None:
    found = told(plan, *(a_running("portal", number) for number in (1, 2)), a_running("portal-archive", 1))

    portal = found.systems[1]
    assert (portal.servers, portal.wanted, portal.with_ipv6, portal.address) == ({"bj-a-gov": 2}, 2, 2, V6)
    assert (portal.standby, portal.reserved) == (("cold bj-b",), {"bj-b": 2})
    assert [each.stands for each in found.systems] == [True, True]


@pytest.mark.parametrize("facts", [{"status": "ERROR"}, {"ipv6": ()}])
def test_what_is_off_or_without_ipv6_does_not_stand(plan: Plan, facts: dict[str, Any]) -> None:
    found = told(plan, a_running("portal", 1), a_running("portal", 2, **facts))

    assert not found.systems[1].stands


def test_a_strangers_server_counts_for_nobody(plan: Plan) -> None:
    strange = Resource(
        "bj-a-gov", "server", "s", "portal-web-1", True, {"environment": "other", "workload": "portal"}
    )

    assert told(plan, strange).systems[1].running == 0


def test_a_difference_is_told_beside_the_system_it_concerns(plan: Plan) -> None:
    harm = Consequence.SERVICE
    mine = Difference("bj-a-gov", "server", "portal-archive-web-1", "presence", "there", "missing", harm)
    nobodys = Difference("bj-a-gov", "network", "test.bj-a-gov.public", "presence", "there", "missing", harm)

    found = told(plan, differences=(mine, nobodys))

    assert found.systems[0].differences == ("portal-archive-web-1 presence: missing",)
    assert found.systems[1].differences == ()
    assert found.elsewhere == ("test.bj-a-gov.public presence: missing",)


def test_the_page_has_a_row_a_system_and_says_how_many_stand(plan: Plan) -> None:
    found = told(plan, *(a_running("portal", number) for number in (1, 2)), a_running("portal-archive", 1))
    broken = {"resource": "portal-web-1", "level": "mandatory", "policy": "ipv6-everywhere"}

    written = page(json.loads(json.dumps(found.document)), [broken])

    assert "| 2.10 | bj-a-gov 2 |" in written
    assert f"| bj-b +2 | 2 of 2: {V6} | mandatory: ipv6-everywhere |" in written
    assert "**1 of 2 systems stand as planned**: 3 servers and 0 pods" in written
