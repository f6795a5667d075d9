"""What a move takes: bytes, roads, standing still, exposure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import (
    a_component,
    a_link,
    a_placement,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    links,
    pools,
)

from cmp.model.base import Fact
from cmp.model.policy import Moving, Policy
from cmp.model.recovery import Role
from cmp.model.workload import Data, RunsAs
from cmp.scheduler.objective.migration_cost import Leg, Way, effort_of, roads_of, way_of
from cmp.scheduler.objective.plan_diff import moved_minutes, shifts

DB = a_component("db", stateful=True, data=Data(gib=100, change_mbps_peak=70.0))
WEB = a_component("web")


def a_leg(to: str = "bj-a-hygon", source: str = "bj-a-hygon", component=WEB, role=Role.PRIMARY, **changes):
    return Leg(
        component,
        role,
        **{"memory_mib": 4096, "disk_gib": 20, "replicas": 1, "source": source, "to": to} | changes,
    )


def roads(*placements, **changes):
    return roads_of(an_environment(a_workload(components=(WEB, DB)), **changes), placements)


def test_a_live_migration_sends_memory_and_what_is_written_meanwhile() -> None:
    quiet = roads(policy=Policy(moving=Moving(dirty_mib_per_second=Fact(value=0), local_disks=False)))
    busy = roads(policy=Policy(moving=Moving(local_disks=False)))

    assert effort_of(a_leg(), quiet).mib == 4096
    assert effort_of(a_leg(), busy).mib > 4096
    assert effort_of(a_leg(), busy).live


def test_memory_of_four_gib_takes_five_seconds_on_a_port_of_ten_gbit() -> None:
    quiet = roads(policy=Policy(moving=Moving(dirty_mib_per_second=Fact(value=0), local_disks=False)))

    effort = effort_of(a_leg(), quiet)

    assert effort.link_ms + effort.downtime_ms == pytest.approx(4096 * 8.388608 / 7, abs=2)


def test_a_live_migration_stops_its_server_no_longer_than_the_limit() -> None:
    effort = effort_of(a_leg(memory_mib=65536), roads())

    assert 0 < effort.downtime_ms <= 500


def test_memory_that_changes_faster_than_the_port_sends_stops_the_server_for_all_of_it() -> None:
    hasty = roads(policy=Policy(moving=Moving(dirty_mib_per_second=Fact(value=2000))))

    effort = effort_of(a_leg(), hasty)

    assert not effort.live
    assert effort.downtime_ms > 4000


def test_disks_in_their_hosts_go_along_and_shared_ones_stay() -> None:
    local = effort_of(a_leg(), roads())
    shared = effort_of(a_leg(), roads(policy=Policy(moving=Moving(local_disks=False))))

    assert local.mib - shared.mib == 20 * 1024


@pytest.mark.parametrize(
    ("to", "way"),
    [("bj-a-hygon", Way.LIVE), ("bj-a-intel", Way.COLD), ("bj-a-kunpeng", Way.REDEPLOY)],
)
def test_only_one_pool_is_one_set_of_compatible_cpus(to: str, way: Way) -> None:
    estate = an_environment(pools=(*pools(), a_pool("bj-a-intel"))).estate

    assert way_of(WEB, "bj-a-hygon", to, estate) is way


def test_a_container_is_never_migrated() -> None:
    boxed = a_component(runs_as=RunsAs.CONTAINER)

    assert way_of(boxed, "bj-a-hygon", "bj-a-hygon", an_environment().estate) is Way.REDEPLOY
    assert effort_of(a_leg(component=boxed), roads()).downtime_ms == 0


def test_what_has_no_state_starts_there_before_it_ends_here() -> None:
    effort = effort_of(a_leg("bj-a-kunpeng", replicas=3), roads())

    assert (effort.downtime_ms, effort.exposure_ms) == (0, 0)
    assert effort.mib == 3 * 4096


def test_a_database_stands_still_while_it_is_carried_to_another_pool() -> None:
    one = effort_of(a_leg("bj-a-kunpeng", component=DB), roads())
    three = effort_of(a_leg("bj-a-kunpeng", component=DB, replicas=3), roads())

    assert one.downtime_ms > 120_000
    assert three.downtime_ms == one.downtime_ms
    assert three.link_ms == 3 * one.link_ms


def test_data_cross_a_link_on_what_replication_leaves_of_it() -> None:
    rows = [
        a_placement(component="db"),
        a_placement("gy-c-hygon", component="db", role=Role.COLD, replicas=0),
    ]
    leg = a_leg("gy-c-hygon", component=DB)

    quiet, busy = effort_of(leg, roads()), effort_of(leg, roads(*rows))

    assert quiet.link_ms == pytest.approx((100 + 4) * 1024 * 8.388608 / 7, abs=2)
    assert busy.link_ms == pytest.approx((100 + 4) * 1024 * 8.388608 / 6.93, abs=2)


def test_the_recovery_point_is_exposed_until_the_data_are_there() -> None:
    effort = effort_of(a_leg("gy-c-hygon", component=DB), roads())

    assert 0 < effort.exposure_ms < effort.link_ms
    assert effort_of(a_leg("gy-c-hygon"), roads()).exposure_ms == 0


def test_nothing_moves_where_no_link_leads() -> None:
    assert effort_of(a_leg("gy-c-hygon"), roads(links=())) is None


def test_nothing_moves_over_a_link_that_replication_fills() -> None:
    thin = (links()[0], a_link("bj-a", "gy-c", bandwidth_gbps=0.1))
    rows = [
        a_placement(component="db"),
        a_placement("gy-c-hygon", component="db", role=Role.COLD, replicas=0),
    ]

    assert effort_of(a_leg("gy-c-hygon", component=DB), roads(*rows, links=thin)) is None


@given(
    memory=st.integers(1, 300_000),
    replicas=st.integers(1, 9),
    to=st.sampled_from([pool.id for pool in pools()]),
    stateful=st.booleans(),
    role=st.sampled_from(Role),
)
def test_more_memory_replicas_or_data_never_take_less(memory, replicas, to, stateful, role) -> None:
    part = a_component("db", stateful=stateful, data=Data(gib=10, change_mbps_peak=1.0))
    more = part.model_copy(update={"data": Data(gib=11, change_mbps_peak=1.0)})
    ways = roads()

    least = effort_of(a_leg(to, component=part, role=role, memory_mib=memory, replicas=replicas), ways)
    bigger = effort_of(
        a_leg(to, component=more, role=role, memory_mib=memory + 100, replicas=replicas + 1), ways
    )

    assert 0 <= least.mib <= bigger.mib
    assert 0 <= least.ms <= bigger.ms


def moved(before, after, *parts):
    environment = an_environment(a_workload(components=parts or (WEB, DB)))
    return shifts(before, after, environment, roads_of(environment, before))


def test_what_stays_in_its_pool_has_not_moved() -> None:
    assert moved([a_placement()], [a_placement()]) == ()


def test_growth_is_no_move_and_neither_is_shrinking() -> None:
    assert moved([a_placement()], [a_placement(replicas=5)]) == ()
    assert moved([a_placement(replicas=5)], [a_placement()]) == ()


def test_a_side_that_is_split_moves_what_left_its_pool() -> None:
    after = [a_placement(replicas=1), a_placement("bj-a-kunpeng", replicas=1)]

    (shift,) = moved([a_placement()], after)

    assert [(leg.source, leg.to, leg.replicas) for leg in shift.legs] == [("bj-a-hygon", "bj-a-kunpeng", 1)]


def test_a_reservation_without_data_moves_for_nothing() -> None:
    cold = {"role": Role.COLD, "replicas": 0}

    (shift,) = moved([a_placement("bj-b-hygon", **cold)], [a_placement("bj-b-kunpeng", **cold)])

    assert (shift.replicas, shift.moves, shift.effort.ms) == (0, 1, 0)


def test_a_cold_side_takes_its_data_to_another_center() -> None:
    cold = {"role": Role.COLD, "replicas": 0, "component": "db", "size": amounts()}
    home = a_placement(component="db")

    (shift,) = moved([home, a_placement("bj-b-hygon", **cold)], [home, a_placement("gy-c-hygon", **cold)])

    assert shift.effort.mib == 100 * 1024
    assert moved_minutes([shift]) == pytest.approx(shift.effort.minutes)


def test_a_center_that_holds_the_data_already_gets_no_second_copy() -> None:
    here, there = a_placement(component="db"), a_placement("bj-b-hygon", component="db", role=Role.WARM)
    swapped = [a_placement("bj-b-hygon", component="db"), a_placement(component="db", role=Role.WARM)]

    found = moved([here, there], swapped)

    assert [shift.effort.exposure_ms for shift in found] == [0, 0]
