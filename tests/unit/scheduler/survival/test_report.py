"""A proof tells a failure's whole batch: what runs, who gives way, what links carry, who is unprotected."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_component,
    a_per_host,
    a_placement,
    a_plan,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    pools,
)

from cmp.model.estate import Overcommit
from cmp.model.plan import Placement, Plan, Yielding
from cmp.model.proof import FailureProof
from cmp.model.recovery import Role
from cmp.model.workload import Data, Spread, Workload, Yields
from cmp.scheduler.recovery.lateness import minutes
from cmp.scheduler.survival.proving import asked, prove
from cmp.scheduler.survival.report import MOST

POOL = "bj-b-hygon"


def plan(*workloads: Workload, placements: tuple[Placement, ...], **changes: Any) -> Plan:
    claims = {"yields": changes.pop("yields", ())}
    return a_plan(
        environment=an_environment(*workloads, **changes), placements=placements, networks=(), **claims
    )


def one(given: Plan, lose: str, *, details: bool = False) -> FailureProof:
    (found,) = prove(given, asked(given.environment, lose), details=details).failures
    return found


PRIMARY = a_placement()
COLD = a_placement(POOL, role=Role.COLD, replicas=0)


def a_system(name: str, yields: Yields = Yields.NEVER, **changes: Any) -> Workload:
    part = a_component(spread=Spread.NONE, yields=yields, **{"replicas": 4} | changes)
    return a_workload(name, grade=1, components=(part,))


def crowded(**changes: Any) -> Plan:
    """bj-b has room for eight replicas; six run there, and tax-api needs four more after the loss of bj-a."""
    small = a_pool(POOL, hosts=2, per_host=a_per_host(vcpus=8), overcommit=Overcommit())
    tax = a_workload(components=(a_component(replicas=4, spread=Spread.NONE),))
    batch, crowd = a_system("batch", Yields.PREEMPTIBLE, replicas=2), a_system("crowd", Yields.ELASTIC)
    rows = (
        a_placement(replicas=4, replicas_on_takeover=4),
        a_placement(POOL, role=Role.COLD, replicas=0, replicas_on_takeover=4),
        a_placement(POOL, workload="batch", replicas=2, replicas_on_takeover=2),
        a_placement(POOL, workload="crowd", replicas=4, replicas_on_takeover=4),
    )
    there = tuple(small if pool.id == POOL else pool for pool in pools())
    return plan(tax, batch, crowd, placements=rows, pools=there, **changes)


def yields(found: FailureProof) -> list[tuple[str, int, int]]:
    return [(each.workload, each.before, each.replicas) for each in found.yields]


def test_who_gives_way_is_told_with_what_is_left() -> None:
    found = one(crowded(), "center:bj-a")

    assert found.survives
    assert yields(found) == [("batch", 2, 0)]
    assert found.counts.yields == 1


def test_more_gives_way_where_the_plan_says_so() -> None:
    usual = {"failure": "center:bj-a", "component": "web", "role": Role.PRIMARY, "pool": POOL}
    both = (Yielding(workload="batch", replicas=0, **usual), Yielding(workload="crowd", replicas=1, **usual))

    assert yields(one(crowded(yields=both), "center:bj-a")) == [("batch", 2, 0), ("crowd", 4, 1)]


def test_what_a_plan_lets_nobody_do_is_not_believed() -> None:
    usual = {"failure": "center:bj-a", "component": "web", "role": Role.PRIMARY, "pool": POOL}
    below = Yielding(workload="crowd", replicas=0, **usual)

    assert yields(one(crowded(yields=(below,)), "center:bj-a")) == [("crowd", 4, 1)]


def test_what_if_a_chip_were_lost_makes_others_give_way_too() -> None:
    given = crowded()
    there = given.environment.estate.pool["bj-a-hygon"].model_copy(update={"chip": "kunpeng-920"})
    estate = given.environment.estate.model_copy(
        update={"pools": (there, *(pool for pool in given.environment.estate.pools if pool.id != there.id))}
    )
    moved = given.model_copy(update={"environment": given.environment.model_copy(update={"estate": estate})})

    assert yields(one(moved, "chip:kunpeng-920")) == [("batch", 2, 0)]


def test_what_runs_afterwards_is_told_as_it_is_sized_for_its_chip() -> None:
    arm = a_placement(
        "bj-b-kunpeng", role=Role.COLD, size=amounts(2500, 4096, 20), replicas=0, replicas_on_takeover=3
    )

    found = one(plan(placements=(PRIMARY, arm)), "center:bj-a")

    assert [each.model_dump(mode="json") for each in found.runs] == [
        {
            "workload": "tax-api",
            "component": "web",
            "role": "cold",
            "pool": "bj-b-kunpeng",
            "center": "bj-b",
            "chip": "kunpeng-920",
            "variant": None,
            "before": 0,
            "replicas": 3,
            "vcpus": 2.5,
            "memory_gib": 4.0,
        }
    ]
    assert found.counts.replicas_started == 3


def test_links_are_told_with_what_they_may_carry() -> None:
    workload = a_workload(components=(a_component(data=Data(gib=10, change_mbps_peak=5.0)),))
    far = a_placement("gy-c-hygon", role=Role.COLD, replicas=0)

    found = one(plan(workload, placements=(PRIMARY, far)), "center:bj-b")

    assert [each.model_dump() for each in found.links] == [
        {"between": ("bj-a", "gy-c"), "mbps": 5.0, "usable_mbps": 7000.0}
    ]
    assert one(plan(workload, placements=(PRIMARY, far)), "center:bj-a").links == ()


@pytest.mark.parametrize("lose", ["center:bj-a", "center:bj-b"])
def test_a_second_failure_is_unprotected_once_either_side_is_gone(lose: str) -> None:
    found = one(plan(placements=(PRIMARY, COLD)), lose)

    assert found.unprotected == ("tax-api",)
    assert "a second failure is unprotected from then on for 1 workloads" in found.notes[0]


def test_a_third_side_protects_against_a_second_failure() -> None:
    rows = (
        PRIMARY,
        a_placement(POOL, role=Role.ACTIVE),
        a_placement("gy-c-hygon", role=Role.WARM, replicas=1),
    )
    given = plan(a_workload(grade=6), placements=rows)

    assert one(given, "center:bj-a").unprotected == ()
    assert one(given, "location:beijing").unprotected == ("tax-api",)


def test_what_was_promised_nothing_is_not_called_unprotected() -> None:
    assert one(plan(a_workload(grade=1), placements=(PRIMARY,)), "center:bj-a").unprotected == ()


def test_leaving_a_supplier_tells_what_to_rebuild_and_where_it_could_go() -> None:
    arm = a_placement("gy-c-kunpeng", role=Role.COLD, replicas=0, replicas_on_takeover=3)

    found = one(plan(placements=(PRIMARY, arm)), "vendor:Huawei")

    assert [each.model_dump(mode="json") for each in found.rebuild] == [
        {
            "workload": "tax-api",
            "component": "web",
            "role": "cold",
            "pool": "gy-c-kunpeng",
            "center": "gy-c",
            "replicas": 3,
            "pools": ["gy-c-hygon"],
        }
    ]
    assert one(plan(placements=(PRIMARY, arm)), "center:gy-c").rebuild == ()


def many(count: int) -> Plan:
    """So many workloads at home in bj-a that have nowhere to go."""
    workloads = tuple(a_workload(f"w{number:04}") for number in range(count))
    big = a_per_host(vcpus=6000, memory_gib=12000, disk_gib=60000)
    there = (a_pool(hosts=2, per_host=big), *pools()[1:])
    rows = tuple(a_placement(workload=each.id) for each in workloads)
    return plan(*workloads, placements=rows, pools=there)


def test_lists_are_cut_and_counts_are_whole_unless_details_are_asked_for() -> None:
    given = many(MOST + 5)

    cut, whole = one(given, "center:bj-a"), one(given, "center:bj-a", details=True)

    assert (len(cut.shortfall), cut.counts.shortfall) == (MOST, MOST + 5)
    assert len(whole.shortfall) == MOST + 5
    assert cut.counts == whole.counts


def test_a_lost_host_starts_its_replicas_again_at_once() -> None:
    found = one(plan(placements=(PRIMARY, COLD)), "host:bj-a-hygon/1")

    assert found.counts.workloads_moved == 1
    assert [(each.workload, each.center, each.seconds) for each in found.order] == [("tax-api", "bj-a", 210)]
    assert found.order[0].steps == {"detect": 60, "fence": 30, "start": 120}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (121, "2.1 min"), (3451, "57.6 min")]
)
def test_seconds_are_said_in_minutes_where_there_are_many(seconds: int, words: str) -> None:
    assert minutes(seconds) == words
