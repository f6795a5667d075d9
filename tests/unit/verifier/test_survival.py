"""What runs where after each failure, replica by replica, as the table of docs/scheduling.md gives it."""

from __future__ import annotations

import pytest
from support.builders import (
    a_cloud,
    a_component,
    a_per_host,
    a_placement,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    clouds,
    pools,
)
from support.exact_packer import pack

from cmp.model.environment import Environment
from cmp.model.estate import Overcommit
from cmp.model.plan import Placement
from cmp.model.recovery import Failure, Role
from cmp.model.workload import Data, Spread
from cmp.verifier.capacity import standing
from cmp.verifier.reading import Reading, key_of
from cmp.verifier.survival import after
from cmp.verifier.witness import any_order, host_limit

Rows = tuple[Placement, ...]


def row(
    component: str, role: Role, pool: str, running: int, on_takeover: int, workload: str = "tax-api"
) -> Placement:
    cloud = "bj-a-sister" if "sister" in pool else "-".join(pool.split("-")[:2]) + "-gov"
    return a_placement(
        pool,
        workload=workload,
        component=component,
        role=role,
        cloud=cloud,
        replicas=running,
        replicas_on_takeover=on_takeover,
    )


def reading_of(grade: int, *rows: Placement) -> Reading:
    """tax-api with web and db, and notes of grade 1 tied to it; bj-a has a second cloud."""
    pad = a_component("pad", together_with=("tax-api/web",))
    environment = an_environment(
        a_workload(grade=grade, components=(a_component("web"), a_component("db", data=Data(gib=10)))),
        a_workload("notes", grade=1, components=(pad,)),
        clouds=(*clouds(), a_cloud("bj-a-sister")),
        pools=(*pools(), a_pool("bj-a-sister", cloud="bj-a-sister")),
    )
    return Reading(environment, rows)


def of_grade_3() -> Reading:
    return reading_of(
        3,
        row("web", Role.PRIMARY, "bj-a-hygon", 4, 4),
        row("db", Role.PRIMARY, "bj-a-sister", 2, 2),
        row("web", Role.COLD, "bj-b-hygon", 0, 3),
        row("web", Role.COLD, "bj-b-kunpeng", 0, 1),
        row("db", Role.COLD, "bj-b-hygon", 0, 2),
        row("pad", Role.PRIMARY, "bj-a-sister", 1, 1, "notes"),
    )


def of_grade_6() -> Reading:
    return reading_of(
        6,
        row("web", Role.PRIMARY, "bj-a-hygon", 4, 4),
        row("db", Role.PRIMARY, "bj-a-sister", 2, 2),
        row("web", Role.ACTIVE, "bj-b-hygon", 4, 4),
        row("db", Role.ACTIVE, "bj-b-kunpeng", 2, 2),
        row("web", Role.WARM, "gy-c-hygon", 2, 4),
        row("db", Role.WARM, "gy-c-kunpeng", 1, 2),
    )


def of_grade_5() -> Reading:
    return reading_of(
        5,
        row("web", Role.PRIMARY, "bj-a-hygon", 4, 4),
        row("db", Role.PRIMARY, "bj-a-sister", 2, 2),
        row("web", Role.WARM, "bj-b-hygon", 2, 4),
        row("db", Role.WARM, "bj-b-kunpeng", 1, 2),
        row("db", Role.BACKUP, "gy-c-kunpeng", 0, 0),
    )


CASES = {
    "3, its center: the cold sides run": (of_grade_3(), "center:bj-a", "bj-b", (0, 0, 3, 1, 2, 0)),
    "3, half of it: all moves, what is left behind stops": (
        of_grade_3(),
        "cloud:bj-a-gov",
        "bj-b",
        (0, 0, 3, 1, 2, 1),
    ),
    "3, the other half and what was promised nothing": (
        of_grade_3(),
        "cloud:bj-a-sister",
        "bj-b",
        (0, 0, 3, 1, 2, 0),
    ),
    "3, the center of its cold side: nothing runs there": (
        of_grade_3(),
        "center:bj-b",
        "not hit",
        (4, 2, 0, 0, 0, 1),
    ),
    "3, a location: not promised, nothing takes over": (
        of_grade_3(),
        "location:beijing",
        "not promised",
        (0, 0, 0, 0, 0, 0),
    ),
    "5, its center: the warm side runs all": (of_grade_5(), "center:bj-a", "bj-b", (0, 0, 4, 2, 0)),
    "5, half of it": (of_grade_5(), "cloud:bj-a-sister", "bj-b", (0, 0, 4, 2, 0)),
    "5, its warm side: it stays": (of_grade_5(), "center:bj-b", "bj-a", (4, 2, 0, 0, 0)),
    "5, its copy": (of_grade_5(), "center:gy-c", "not hit", (4, 2, 2, 1, 0)),
    "5, a location: not promised, the rest stays as it is": (
        of_grade_5(),
        "location:beijing",
        "not promised",
        (0, 0, 0, 0, 0),
    ),
    "6, its center: the active side is enough": (of_grade_6(), "center:bj-a", "bj-b", (0, 0, 4, 2, 2, 1)),
    "6, half of it": (of_grade_6(), "cloud:bj-a-gov", "bj-b", (0, 0, 4, 2, 2, 1)),
    "6, its active side": (of_grade_6(), "center:bj-b", "bj-a", (4, 2, 0, 0, 2, 1)),
    "6, its location: the warm side runs all": (of_grade_6(), "location:beijing", "gy-c", (0, 0, 0, 0, 4, 2)),
    "6, the other location": (of_grade_6(), "location:guiyang", "bj-a", (4, 2, 4, 2, 0, 0)),
}


@pytest.mark.parametrize(("reading", "failure", "center", "replicas"), CASES.values(), ids=CASES)
def test_every_row_runs_what_the_table_says(
    reading: Reading, failure: str, center: str, replicas: tuple[int, ...]
) -> None:
    group = ("notes", "tax-api")

    aftermath = after(reading, Failure.parse(failure))

    assert tuple(aftermath.replicas[key_of(each)] for each in reading.rows) == replicas
    assert (group in aftermath.hit) == (center != "not hit")
    assert aftermath.centers.get(group, center) == center
    assert (group in aftermath.centers) == (not center.startswith("not "))


def test_a_copy_stands_until_its_center_is_lost() -> None:
    reading = of_grade_5()
    copy = key_of(reading.rows[-1])

    assert standing(reading)[copy] == 1
    assert standing(reading, after(reading, Failure.parse("center:bj-a")))[copy] == 1
    assert standing(reading, after(reading, Failure.parse("cloud:gy-c-gov")))[copy] == 0


def test_a_group_without_a_whole_side_left_goes_nowhere() -> None:
    rows = [each for each in of_grade_3().rows if key_of(each)[1:] != ("db", Role.COLD, "bj-b-hygon")]

    aftermath = after(reading_of(3, *rows), Failure.parse("center:bj-a"))

    assert aftermath.centers == {("notes", "tax-api"): None}
    assert [aftermath.replicas[key_of(each)] for each in rows] == [0, 0, 0, 0, 0]


def environment_of(vcpus: int, hosts: int, **changes: object) -> Environment:
    here = a_pool(
        hosts=hosts, per_host=a_per_host(vcpus=vcpus, memory_gib=64), overcommit=Overcommit(), **changes
    )
    return an_environment(pools=(here, *pools()[1:]))


@pytest.mark.parametrize(
    ("vcpus", "replicas", "expected"), [(4, 2, True), (4, 3, False), (6, 3, True), (2, 1, False)]
)
def test_any_order_would_do_when_a_refused_replica_would_mean_more_load_than_there_is(
    vcpus: int, replicas: int, expected: bool
) -> None:
    """Replicas of two cores on two hosts: n × 2 / (cores − 2) is at most two."""
    cores = row("web", Role.PRIMARY, "bj-a-hygon", replicas, replicas)
    cores = cores.model_copy(update={"size": amounts(2000, 0, 0)})
    reading = Reading(environment_of(vcpus, 2), (cores,))
    pool = reading.environment.estate.pool["bj-a-hygon"]

    assert any_order(reading, pool, standing(reading)) == expected


def test_resources_add_up_since_one_host_may_lack_cores_and_another_memory() -> None:
    """Three replicas take 6 / 3 hosts by cores and 48 / 48 by memory; there are two, together it is three."""
    half = row("web", Role.PRIMARY, "bj-a-hygon", 2, 2)
    half = half.model_copy(update={"size": amounts(2000, 16 * 1024, 0)})
    reading = Reading(environment_of(5, 2), (half,))
    pool = reading.environment.estate.pool["bj-a-hygon"]

    assert any_order(reading, pool, standing(reading))
    assert not any_order(reading, pool, {key_of(half): 3})


@pytest.mark.parametrize(("hosts", "count", "limit"), [(4, 1, 1), (4, 4, 1), (4, 5, 2), (1, 3, 3), (2, 0, 0)])
def test_replicas_are_spread_as_evenly_as_hosts_allow(hosts: int, count: int, limit: int) -> None:
    assert host_limit(a_pool(hosts=hosts), count) == limit


def test_spare_hosts_do_not_count_for_spread() -> None:
    assert host_limit(a_pool(hosts=4, spare_hosts=2), 4) == 2


def test_packing_keeps_room_for_what_comes_later_without_moving_what_stands() -> None:
    """Two hosts of four cores: two survivors share one, so that the large one fits on the other."""
    environment = an_environment(
        a_workload("a", grade=1, components=(a_component("web", spread=Spread.NONE),)),
        a_workload("b", components=(a_component("web", replicas=1),)),
        pools=(
            *pools()[:2],
            a_pool("bj-b-hygon", hosts=2, per_host=a_per_host(vcpus=4), overcommit=Overcommit()),
            *pools()[3:],
        ),
    )
    large = row("web", Role.COLD, "bj-b-hygon", 0, 1, "b")
    rows = (
        row("web", Role.PRIMARY, "bj-b-hygon", 2, 2, "a"),
        row("web", Role.PRIMARY, "bj-a-hygon", 1, 1, "b"),
        large.model_copy(update={"size": large.size.model_copy(update={"vcpu_milli": 4000})}),
    )

    packings = pack(Reading(environment, rows))

    assert packings is not None
    hosts = {
        (packing.failure, host.host): [(packed.workload, packed.count) for packed in host.rows]
        for packing in packings
        for host in packing.hosts
        if packing.pool == "bj-b-hygon"
    }
    assert hosts == {
        ("", 1): [("a", 2)],
        ("center:bj-a", 2): [("b", 1)],
        ("cloud:bj-a-gov", 2): [("b", 1)],
    }


def test_no_packing_is_found_where_there_is_none() -> None:
    reading = Reading(environment_of(3, 1), (row("web", Role.PRIMARY, "bj-a-hygon", 2, 2),))

    assert pack(reading) is None
