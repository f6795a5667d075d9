from __future__ import annotations

import pytest
from support.builders import (
    a_component,
    a_placement,
    a_plan,
    a_pool,
    a_workload,
    an_environment,
    an_exposure,
    pools,
)
from support.small_plan import a_small_plan

from cmp.model.abilities import kinds_that_run
from cmp.model.estate import CloudKind
from cmp.model.plan import HostPacking, Packed, Packing, Placement, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Component, RunsAs, Spread
from stacks.components.choosing import BUILDERS
from stacks.objects.cluster_rows import rows_of
from stacks.programs import rows


def a_plan_of(component: Component, *placements: Placement, hosts: int = 4) -> Plan:
    spare = tuple(pool for pool in pools() if pool.id != "bj-a-hygon")
    environment = an_environment(
        a_workload(components=(component,)), pools=(a_pool("bj-a-hygon", hosts=hosts), *spare)
    )
    return a_plan(environment=environment, placements=placements or (a_placement(),))


def test_every_server_of_the_plan_is_named_with_its_zone() -> None:
    servers = rows.servers_of(a_small_plan())

    assert [(server.name, server.zone) for server in servers] == [
        ("marriage-db-primary-bj-a-kunpeng-1", "public"),
        ("marriage-db-primary-bj-a-kunpeng-2", "public"),
        ("marriage-web-primary-bj-a-hygon-1", "internet"),
        ("marriage-web-primary-bj-a-hygon-2", "internet"),
        ("marriage-db-warm-bj-b-kunpeng-1", "public"),
        ("marriage-db-warm-bj-b-kunpeng-2", "public"),
        ("memorial-web-primary-gy-c-intel-1", "internet"),
        ("memorial-web-primary-gy-c-intel-2", "internet"),
    ]


def test_every_server_has_the_host_that_the_plan_packed_it_on() -> None:
    plan = a_small_plan()
    row = next(row for row in plan.placements if row.component == "web" and row.replicas == 2)

    def packed(host: int, failure: str = "", pool: str = row.pool) -> Packing:
        here = Packed(workload=row.workload, component="web", role=row.role, count=1)
        hosts = (HostPacking(host=host, rows=(here,)), HostPacking(host=host + 1, rows=(here,)))
        return Packing(pool=pool, failure=failure, hosts=hosts, any_order=True)

    others = packed(1, failure="center:bj-a"), packed(1, pool="elsewhere")
    planned = plan.model_copy(update={"packings": (*others, packed(2))})

    of = plan.environment.estate.pool[row.pool].hosts
    first, second = rows.server_names(row)
    assert rows.places_of(planned, row) == {first: {"host": 2, "of": of}, second: {"host": 3, "of": of}}
    assert rows.places_of(plan, row) == {}


def test_what_is_not_carried_out_says_why() -> None:
    plan = a_small_plan()

    clusters = frozenset({CloudKind.KUBERNETES})
    left = [row for center in rows.centers_of(plan) for row in rows.not_carried_out(plan, center, clusters)]

    assert [(row.component, row.pool, row.reason) for row in left] == [
        ("report", "bj-a-nodes", "left out: kubernetes was not wanted (KUBERNETES=0)"),
        ("web", "bj-b-hygon", "reserved, nothing runs"),
        ("db", "gy-c-kunpeng", "a copy of data, nothing runs"),
    ]


def test_no_row_of_the_plan_is_forgotten() -> None:
    plan = a_small_plan()

    told = [
        len(rows.rows_in(plan, center)) + len(rows.not_carried_out(plan, center))
        for center in rows.centers_of(plan)
    ]

    contained = [row for cluster in rows.clusters_of(plan) for row in rows_of(plan, cluster)]
    assert sum(told) + len(contained) == len(plan.placements)


@pytest.mark.parametrize(
    ("replicas", "hosts", "limit"), [(2, 4, 1), (4, 4, 1), (5, 4, 2), (9, 2, 5), (1, 1, 1)]
)
def test_replicas_spread_over_hosts_share_one_no_more_than_they_must(
    replicas: int, hosts: int, limit: int
) -> None:
    row = a_placement(replicas=replicas)

    assert rows.max_per_host(a_plan_of(a_component(), row, hosts=hosts), row) == limit


@pytest.mark.parametrize("spread", [Spread.NONE, Spread.POOL, Spread.CENTER])
def test_other_spreads_leave_hosts_alone(spread: Spread) -> None:
    row = a_placement()

    assert rows.max_per_host(a_plan_of(a_component(spread=spread), row), row) is None


@pytest.mark.parametrize(
    ("zone", "source", "public"),
    [("internet", "internet", True), ("internet", "public", False), ("public", "internet", False)],
)
def test_only_what_offers_the_internet_something_is_public(zone: str, source: str, public: bool) -> None:
    row = a_placement()
    component = a_component(zone=zone, exposes=(an_exposure(443, source),))

    assert rows.is_public(a_plan_of(component, row), row) is public


def test_a_warm_side_runs_only_what_it_runs_in_normal_time() -> None:
    row = a_placement("bj-b-hygon", role=Role.WARM, replicas=1, replicas_on_takeover=2)

    assert rows.server_names(row) == ("tax-api-web-warm-bj-b-hygon-1",)


def test_every_kind_of_cloud_that_is_carried_out_has_a_builder() -> None:
    assert set(BUILDERS) == rows.CARRIED_OUT & set(kinds_that_run(RunsAs.SERVER))
