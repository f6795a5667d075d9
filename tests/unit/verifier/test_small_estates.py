"""Constraints that only bind on an estate made for them: tight hosts, devices, sister clouds, peaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.builders import (
    a_center,
    a_cloud,
    a_component,
    a_dependency,
    a_framework,
    a_link,
    a_per_host,
    a_placement,
    a_pool,
    a_talk,
    a_workload,
    amounts,
    an_environment,
    centers,
    clouds,
    links,
    needs,
    pools,
)

from cmp.model.environment import Environment
from cmp.model.estate import Isa, Location, Overcommit
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import FailureKind, RecoveryFramework, Role, Side, Where
from cmp.model.workload import Component, Data, Demand, Quorum, Scaling, Spread, Variant
from cmp.verifier.checking import check

Assemble = Callable[..., Plan]
CARD = "ascend-910b"
AT_PEAK = datetime(2027, 5, 19, 17, tzinfo=UTC)
"""One in the morning of 20 May in Asia/Shanghai."""


def codes(plan: Plan) -> set[str]:
    return {finding.code for finding in check(plan)}


def primary(pool: str = "bj-a-hygon", count: int = 2, **changes: Any) -> Placement:
    return a_placement(pool, **{"replicas": count, "replicas_on_takeover": count} | changes)


def cold(pool: str = "bj-b-hygon", count: int = 2, **changes: Any) -> Placement:
    return a_placement(pool, **{"role": Role.COLD, "replicas": 0, "replicas_on_takeover": count} | changes)


def member(pool: str, count: int = 1, **changes: Any) -> Placement:
    return primary(pool, count, **{"role": Role.MEMBER} | changes)


def one(component: Component, grade: int = 3, **changes: Any) -> Environment:
    """An environment with one workload of one component."""
    return an_environment(a_workload(grade=grade, components=(component,)), **changes)


def other_pools(center: str, **changes: Any) -> dict[str, Any]:
    """The usual pools, those of one center with other hosts."""
    return {"pools": tuple(a_pool(pool.id, **changes) if center in pool.id else pool for pool in pools())}


def tight(vcpus: int, hosts: int = 2, **changes: Any) -> dict[str, Any]:
    """bj-b with a few small hosts and no overcommit."""
    small = {"hosts": hosts, "per_host": a_per_host(vcpus=vcpus), "overcommit": Overcommit()}
    return other_pools("bj-b", **small | changes)


def test_a_pool_filled_to_the_last_core_is_accepted(assemble: Assemble) -> None:
    environment = one(a_component(), **tight(2))

    assert check(assemble(environment, (primary("bj-b-hygon"), cold("bj-a-hygon")))) == ()


def test_a_pool_oversold_by_one_core_is_found(assemble: Assemble) -> None:
    environment = one(a_component(spread=Spread.NONE), **tight(3, hosts=1))

    plan = assemble(environment, (primary("bj-b-hygon"), cold("bj-a-hygon")))

    assert codes(plan) == {"capacity", "capacity-after", "witness-capacity"}
    assert "capacity: pool bj-b-hygon: 4000 m vCPU are placed; it has 3000" in [
        str(found) for found in check(plan)
    ]


def test_a_pool_oversold_only_after_a_failure_is_found(assemble: Assemble) -> None:
    environment = one(a_component(spread=Spread.NONE), **tight(3, hosts=1))

    assert codes(assemble(environment, (primary(), cold()))) == {"capacity-after", "witness-capacity"}


def test_a_pool_with_enough_in_all_but_not_on_any_host_is_found(assemble: Assemble) -> None:
    environment = one(a_component(replicas=3, spread=Spread.NONE), **tight(3))

    assert codes(assemble(environment, (primary(count=3), cold(count=3)))) == {"witness-capacity"}


def test_spare_hosts_are_not_placed_on(assemble: Assemble) -> None:
    environment = one(a_component(spread=Spread.NONE), **tight(2, spare_hosts=1))

    assert codes(assemble(environment, (primary(), cold()))) == {"capacity-after", "witness-capacity"}


def test_overcommit_counts_for_a_host_and_not_for_one_replica(assemble: Assemble) -> None:
    environment = one(a_component(), **tight(2, hosts=1, overcommit=Overcommit(vcpus=2.0)))
    rows = (primary(), cold())
    larger = one(a_component(needs=needs(2.001)), **tight(2, hosts=1, overcommit=Overcommit(vcpus=2.001)))
    larger_rows = tuple(row.model_copy(update={"size": amounts(2001)}) for row in rows)

    assert check(assemble(environment, rows)) == ()
    assert codes(assemble(larger, larger_rows)) == {"host-size"}


def test_memory_is_counted_to_the_last_mib(assemble: Assemble) -> None:
    exact = one(a_component(), **tight(8, per_host=a_per_host(memory_gib=4)))
    too_large = one(a_component(needs=needs(2.0, 4097 / 1024)), **tight(8, per_host=a_per_host(memory_gib=4)))
    rows = (primary(), cold())
    larger_rows = tuple(row.model_copy(update={"size": amounts(2000, 4097)}) for row in rows)

    assert check(assemble(exact, rows)) == ()
    assert codes(assemble(too_large, larger_rows)) >= {"host-size", "capacity-after", "witness-capacity"}


def test_a_copy_too_large_for_any_host_is_found(assemble: Assemble) -> None:
    environment = one(
        a_component(data=Data(gib=500), spread=Spread.NONE), 1, **tight(8, per_host=a_per_host(disk_gib=400))
    )
    copy = a_placement(
        "bj-b-hygon", role=Role.BACKUP, size=amounts(0, 0, 500), replicas=0, replicas_on_takeover=0
    )

    assert codes(assemble(environment, (primary(), copy))) == {"host-size", "witness-capacity"}


@pytest.mark.parametrize(
    ("cards", "expected"),
    [(6, set()), (4, {"witness-capacity"}), (2, {"accelerator", "capacity-after", "witness-capacity"})],
)
def test_accelerators_are_whole_devices_of_one_host(
    assemble: Assemble, cards: int, expected: set[str]
) -> None:
    """Three replicas of three cards on two hosts: six cards a host hold two replicas, four only one."""
    environment = one(
        a_component(replicas=3, needs=needs(ascend_910b=3), spread=Spread.NONE),
        pools=tuple(
            a_pool(f"{center.id}-hygon", hosts=2, per_host=a_per_host(accelerators={CARD: count}))
            for center, count in zip(centers(), (6, cards + cards // 4, 0), strict=True)
        ),
    )
    size = amounts(accelerators={CARD: 3})

    plan = assemble(environment, (primary(count=3, size=size), cold(count=3, size=size)))

    assert codes(plan) == expected


def test_a_variant_runs_with_its_own_needs_and_image(assemble: Assemble) -> None:
    plain = Variant(id="plain", needs=needs(4.0), images={Isa.ARM64: "web-plain:1.0"})
    environment = one(a_component(images={Isa.AMD64: "web:1.0"}, variants=(plain,), scaling=Scaling.FIXED))
    on_arm = cold("bj-b-kunpeng", variant="plain", image="web-plain:1.0", size=amounts(4000))

    assert check(assemble(environment, (primary(), on_arm))) == ()
    assert codes(assemble(environment, (primary(), cold("bj-b-kunpeng")))) == {"isa"}


def test_a_component_may_state_its_own_performance(assemble: Assemble) -> None:
    environment = one(a_component(performance={"kunpeng-920": 2.0}))

    assert check(assemble(environment, (primary(), cold("bj-b-kunpeng", 1)))) == ()


def test_a_fast_chip_does_not_do_without_the_least_replicas(assemble: Assemble) -> None:
    environment = one(a_component(performance={"kunpeng-920": 2.0}, min_replicas=2))

    assert codes(assemble(environment, (primary(), cold("bj-b-kunpeng", 1)))) == {"min-replicas"}
    assert check(assemble(environment, (primary(), cold("bj-b-kunpeng", 2)))) == ()
    assert codes(assemble(environment, (primary(), cold("bj-b-kunpeng", 3)))) == {"surplus"}


@pytest.mark.parametrize(
    ("scaling", "replicas", "on_arm"), [(Scaling.HORIZONTAL, 3, 4), (Scaling.FIXED, 3, 3)]
)
def test_the_demand_of_the_moment_sizes_every_side(
    assemble: Assemble, scaling: Scaling, replicas: int, on_arm: int
) -> None:
    """Two replicas at 1.5 are three; on a chip of 0.8 that work takes four."""
    peaks = (Demand(when="05-20", factor=1.2), Demand(when="05-20", factor=1.5))
    environment = one(a_component(scaling=scaling, demand=peaks))
    at_peak = (primary(count=replicas), cold("bj-b-kunpeng", on_arm))
    usual = (primary(), cold("bj-b-kunpeng", {Scaling.HORIZONTAL: 3, Scaling.FIXED: 2}[scaling]))

    assert check(assemble(environment, at_peak, at=AT_PEAK)) == ()
    assert check(assemble(environment, usual, at=datetime(2027, 5, 19, 15, tzinfo=UTC))) == ()
    assert check(assemble(environment, usual)) == ()
    assert codes(assemble(environment, usual, at=AT_PEAK)) <= {"work", "replica-count"} != set()


def test_a_sister_cloud_in_the_home_center_takes_over_without_a_move(assemble: Assemble) -> None:
    sister = a_pool("bj-a-sister", cloud="bj-a-sister")
    grade = a_framework().grade(3)
    sides = (grade.sides[0], Side(role=Role.COLD, where=Where.HOME))
    framework = RecoveryFramework(
        **dict(a_framework())
        | {"grades": (grade.model_copy(update={"sides": sides, "promises": (FailureKind.CLOUD,)}),)}
    )
    environment = one(
        a_component(),
        recovery=framework,
        clouds=(*clouds(), a_cloud("bj-a-sister")),
        pools=(*pools(), sister),
    )
    plan = assemble(environment, (primary(), cold("bj-a-sister", cloud="bj-a-sister", center="bj-a")))

    assert check(plan) == ()
    assert plan.takeovers == ()
    assert [(each.pool, each.failure) for each in plan.reservations] == [("bj-a-sister", "cloud:bj-a-gov")]


def test_a_takeover_wants_a_whole_side_in_one_center(assemble: Assemble) -> None:
    """Half of the cold side stands on another cloud of its center, which no failure of the home takes."""
    environment = one(
        a_component(),
        clouds=(*clouds(), a_cloud("bj-b-sister")),
        pools=(*pools(), a_pool("bj-b-sister", cloud="bj-b-sister")),
    )
    half = cold("bj-b-sister", 1, cloud="bj-b-sister", center="bj-b")

    assert check(assemble(environment, (primary(), cold(count=1), half))) == ()


def test_workloads_that_no_link_is_fast_enough_for_share_their_centers(assemble: Assemble) -> None:
    near = a_talk("web", 443, workload="tax-api", max_rtt_ms=1.0)
    environment = an_environment(
        a_workload(), a_workload("portal", components=(a_component("front", talks_to=(near,)),))
    )
    web = (primary(), cold())
    front = {"workload": "portal", "component": "front", "image": "front:1.0"}
    together = (primary("bj-a-kunpeng", 3, **front), cold(**front))
    apart = (primary("bj-b-kunpeng", 3, **front), cold("bj-a-hygon", **front))

    assert check(assemble(environment, web + together)) == ()
    assert {"group-center", "rtt"} <= codes(assemble(environment, web + apart))


def test_a_group_of_several_grades_moves_only_what_was_promised(assemble: Assemble) -> None:
    environment = an_environment(
        a_workload(),
        a_workload("notes", grade=1, components=(a_component("pad", together_with=("tax-api/web",)),)),
    )
    pad = primary(workload="notes", component="pad", image="pad:1.0")

    plan = assemble(environment, (primary(), cold(), pad))

    assert check(plan) == ()
    assert {each.vcpus for each in plan.reservations} == {4.0}
    assert {each.group for each in plan.takeovers} == {("notes", "tax-api")}


def test_a_quorum_is_as_near_as_its_nearest_living_member(assemble: Assemble) -> None:
    node = a_component("node", replicas=3, quorum=Quorum(members=3, per_center=1, needed=2))
    environment = an_environment(
        a_workload(components=(a_component(talks_to=(a_talk("node", workload="ledger", max_rtt_ms=10.0),)),)),
        a_workload("ledger", components=(node,)),
    )
    named = {"workload": "ledger", "component": "node", "image": "node:1.0"}
    members = tuple(member(f"{center.id}-hygon", **named) for center in centers())

    assert check(assemble(environment, (primary(), cold(), *members))) == ()
    assert codes(assemble(environment, (primary("gy-c-hygon"), cold(), *members))) == set()
    farther = an_environment(
        *environment.workloads, links=(*links()[1:], a_link("bj-a", "bj-b", rtt_ms=12.0, synchronous=True))
    )
    assert codes(assemble(farther, (primary(), cold(), *members[1:]))) >= {"rtt"}


def test_members_only_in_the_two_active_centers_are_found(assemble: Assemble) -> None:
    """Three locations, so that a quorum of grade 6 can live; its members keep to the active centers."""
    node = a_component("node", replicas=3, quorum=Quorum(members=3, per_center=2, needed=2))
    environment = one(a_component(), 6)
    workload = a_workload(grade=6, components=(a_component(), node))
    environment = an_environment(
        workload,
        locations=(Location(id="beijing"), Location(id="guiyang"), Location(id="lanzhou")),
        centers=(*centers(), a_center("lz-d", location="lanzhou")),
        links=(*links(), a_link("bj-a", "lz-d"), a_link("bj-b", "lz-d"), a_link("gy-c", "lz-d")),
        clouds=(*clouds(), a_cloud("lz-d-gov")),
        pools=(*pools(), a_pool("lz-d-hygon")),
    )
    web = (
        primary(),
        primary("bj-b-hygon", role=Role.ACTIVE),
        primary("gy-c-hygon", role=Role.WARM, replicas=1),
    )
    named = {"component": "node", "image": "node:1.0"}
    apart = tuple(member(pool, **named) for pool in ("bj-a-hygon", "gy-c-hygon", "lz-d-hygon"))
    inside = (member("bj-a-hygon", 2, **named), member("bj-b-hygon", 1, **named))

    assert check(assemble(environment, web + apart)) == ()
    assert codes(assemble(environment, web + inside)) == {"quorum-alive", "quorum-outside"}


def test_an_active_side_asks_the_active_side_in_its_own_center(assemble: Assemble) -> None:
    """bj-a and bj-b lie 9 ms apart, 8 are allowed: side by side that holds, crosswise not."""
    apart = (
        a_link(rtt_ms=9.0, synchronous=True),
        a_link("bj-a", "gy-c", rtt_ms=5.0),
        a_link("bj-b", "gy-c", rtt_ms=9.0),
    )
    identity = a_workload("identity", grade=6, components=(a_component("app"),))
    asking = a_workload(grade=6, depends_on=(a_dependency(max_rtt_ms=8.0),))
    environment = an_environment(identity, asking, links=apart)
    app = {"workload": "identity", "component": "app", "image": "app:1.0"}

    def active(one: str, other: str, **named: Any) -> tuple[Placement, ...]:
        return (
            primary(one, **named),
            primary(other, role=Role.ACTIVE, **named),
            primary("gy-c-hygon", role=Role.WARM, **named | {"replicas": 1}),
        )

    web = active("bj-a-hygon", "bj-b-hygon")
    beside, across = active("bj-a-hygon", "bj-b-hygon", **app), active("bj-b-hygon", "bj-a-hygon", **app)

    assert check(assemble(environment, web + beside)) == ()
    assert codes(assemble(environment, web + across)) == {"rtt", "rtt-after"}


def test_sides_of_several_grades_share_the_center_that_takes_over_first(assemble: Assemble) -> None:
    """The cold side of grade 3 may lie in any other center, but here goes where grade 5 has its warm one."""
    environment = an_environment(
        a_workload(),
        a_workload("notes", grade=5, components=(a_component("pad", together_with=("tax-api/web",)),)),
    )
    named = {"workload": "notes", "component": "pad", "image": "pad:1.0"}
    notes = (primary(**named), primary("bj-b-hygon", role=Role.WARM, **named | {"replicas": 1}))

    assert check(assemble(environment, (primary(), cold(), *notes))) == ()
    apart = codes(assemble(environment, (primary(), cold("gy-c-hygon"), *notes)))
    assert apart == {"group-center", "takeover-none"}


@pytest.mark.parametrize(
    ("pool", "also"), [("bj-a-kunpeng", {"takeover-none"}), ("gy-c-kunpeng", {"side-link"})]
)
def test_a_warm_side_stands_in_the_other_center_of_the_same_city(
    assemble: Assemble, pool: str, also: set[str]
) -> None:
    warm = primary(pool, 3, role=Role.WARM, replicas=2)

    assert codes(assemble(one(a_component(), 5), (primary(), warm))) == {"side-place"} | also


def test_devices_used_up_on_a_host_are_accepted(assemble: Assemble) -> None:
    environment = one(
        a_component(needs=needs(ascend_910b=4)),
        pools=tuple(
            a_pool(f"{center.id}-hygon", hosts=2, per_host=a_per_host(accelerators={CARD: 4}))
            for center in centers()
        ),
    )
    size = amounts(accelerators={CARD: 4})

    assert check(assemble(environment, (primary(size=size), cold(size=size)))) == ()
