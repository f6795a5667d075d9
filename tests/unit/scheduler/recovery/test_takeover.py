"""A takeover takes as long as a simulation of it, event by event; RTO and RPO are judged by that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import (
    a_component,
    a_dependency,
    a_placement,
    a_plan,
    a_takeover,
    a_workload,
    an_environment,
    links,
    pools,
)
from support.takeover_simulation import Party, play

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.plan import Placement
from cmp.model.proof import FailureProof
from cmp.model.recovery import FailureKind, Role
from cmp.model.takeover import TakeoverTimes
from cmp.model.workload import Data, Recovery, Workload
from cmp.scheduler.problem.dependencies import dependencies_of
from cmp.scheduler.problem.rows import rows_of
from cmp.scheduler.recovery.patience import patience_of
from cmp.scheduler.recovery.takeover import (
    own_steps,
    recovery_point,
    rpo_seconds,
    total,
    turns_of,
)
from cmp.scheduler.survival.proving import asked, prove

TIMES = a_takeover()
ROUND = TakeoverTimes.model_validate(
    TIMES.model_dump()
    | {
        "detect_seconds": 10,
        "release_seconds": 100,
        "automatic_release_seconds": 1,
        "fence_seconds": 5,
        "promote_seconds": 7,
        "restore_mib_per_second": 1024,
        "starts_at_once": 2,
        "switch_seconds": 3,
        "ship_seconds": 60,
    },
    strict=False,
)
"""Round figures: an image of 4 GiB is read in 4 s, a replica starts in 120 s, two at once."""


def steps(workload: Workload, *rows: Placement, **estate: Any) -> dict[str, int]:
    """A workload's own steps once all these rows run what a takeover asks of them."""
    environment = an_environment(workload, takeover=ROUND, **estate)
    found = rows_of(environment, rows)
    return {
        step.name.value: step.seconds
        for step in own_steps(
            environment,
            ROUND,
            found,
            [row.takeover for row in found],
            patience_of(environment)[workload.id],
        )
    }


def a_row(pool: str, role: Role, running: int, takeover: int, **changes: Any) -> Placement:
    return a_placement(pool, role=role, replicas=running, replicas_on_takeover=takeover, **changes)


def with_data(grade: int = 5, gib: int = 20, **recovery: Any) -> Workload:
    component = a_component(data=Data(gib=gib, change_mbps_peak=5.0))
    return a_workload(components=(component,), recovery=Recovery(grade=grade, **recovery))


def test_an_active_side_only_promotes_its_data_and_takes_the_traffic() -> None:
    assert steps(with_data(6), a_row("bj-b-hygon", Role.ACTIVE, 4, 4)) == {
        "fence": 5,
        "promote": 7,
        "switch": 3,
    }


def test_a_warm_side_starts_what_is_missing_so_many_at_once() -> None:
    assert steps(with_data(), a_row("bj-b-hygon", Role.WARM, 2, 5)) == {
        "fence": 5,
        "promote": 7,
        "start": 240,
        "switch": 3,
    }


def test_a_cold_side_restores_its_data_and_reads_each_image() -> None:
    assert steps(with_data(3), a_row("gy-c-hygon", Role.COLD, 0, 3)) == {
        "fence": 5,
        "restore": 20,
        "start": 248,
        "switch": 3,
    }


def test_two_clouds_start_at_the_same_time() -> None:
    near = a_row("gy-c-hygon", Role.COLD, 0, 2)
    sister = a_row("gy-c-kunpeng", Role.COLD, 0, 2)
    both = an_environment().estate.clouds
    apart = (*both, both[2].model_copy(update={"id": "gy-c-alt"}))
    moved = tuple(
        pool.model_copy(update={"cloud": "gy-c-alt"}) if pool.id == "gy-c-kunpeng" else pool
        for pool in pools()
    )

    together = steps(a_workload(), near, sister)
    parted = steps(a_workload(), near, sister, clouds=apart, pools=moved)

    assert (together["start"], parted["start"]) == (248, 124)


@pytest.mark.parametrize(("rto", "boot"), [(None, 600), (60, 600), (10, 0), (9, 0)])
def test_hosts_count_as_off_unless_a_takeover_needs_them_sooner(rto: float | None, boot: int) -> None:
    """Grade 3 states no time; the hosts take ten minutes to boot, and the rest of a takeover some, too."""
    off = Power(idle_watts=Fact(value=100), peak_watts=Fact(value=200))
    there = tuple(pool.model_copy(update={"power": off}) for pool in pools())

    found = steps(with_data(3, rto_minutes=rto), a_row("gy-c-hygon", Role.COLD, 0, 1), pools=there)

    assert found.get("boot", 0) == boot


def test_what_grows_nowhere_boots_nothing() -> None:
    off = Power(idle_watts=Fact(value=100), peak_watts=Fact(value=200))
    there = tuple(pool.model_copy(update={"power": off}) for pool in pools())

    assert "boot" not in steps(with_data(6), a_row("bj-b-hygon", Role.ACTIVE, 2, 2), pools=there)


@pytest.mark.parametrize(
    ("grade", "own", "expected"),
    [(3, None, None), (3, 30, 1800), (6, None, 3600), (6, 30, 1800), (6, 90, 3600)],
)
def test_the_stricter_of_two_objectives_binds(grade: int, own: float | None, expected: int | None) -> None:
    workload = a_workload(recovery=Recovery(grade=grade, rto_minutes=own))

    assert an_environment(workload).rto_seconds(workload) == expected


def test_no_copy_in_another_city_is_asked_to_lose_nothing() -> None:
    workload = a_workload(recovery=Recovery(grade=6))
    stating = a_workload(recovery=Recovery(grade=6, rpo_minutes=5))
    environment = an_environment(workload)

    assert rpo_seconds(environment, workload, FailureKind.CENTER) == 0
    assert rpo_seconds(environment, workload, FailureKind.LOCATION) is None
    assert rpo_seconds(environment, stating, FailureKind.LOCATION) == 300


@pytest.mark.parametrize(
    ("centers", "load", "point"),
    [
        (("bj-a", "bj-a"), 0, 0),
        (("bj-b", "bj-a"), 1_000_000, 0),
        (("bj-a", "gy-c"), 0, 60),
        (("gy-c", "bj-a"), 3_500_000, 90),
        (("bj-a", "gy-c"), 7_000_000, 120),
        (("bj-a", "gy-c"), 7_000_001, 121),
    ],
)
def test_a_recovery_point_is_the_interval_and_what_the_backlog_takes_of_its_share(
    centers: tuple[str, str], load: int, point: int
) -> None:
    """The link to Guiyang has 10 Gbit/s, of which 7 may be taken."""
    pair = min(centers), max(centers)

    assert recovery_point(an_environment(), ROUND, centers, {pair: load}) == point


def test_without_a_link_there_is_no_recovery_point() -> None:
    environment = an_environment(links=links()[:1])

    assert recovery_point(environment, ROUND, ("bj-a", "gy-c"), {}) is None


NAMES = tuple(f"w{number}" for number in range(6))
seconds = st.integers(0, 500)


@st.composite
def batches(draw: Callable[[Any], Any]) -> tuple[tuple[Workload, ...], dict[str, int], dict[str, int]]:
    """Workloads that need each other in any way, when each is ready, and what those that are hit take."""
    needs = {name: draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)) for name in NAMES}
    hit = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    workloads = tuple(
        a_workload(name, depends_on=tuple(a_dependency(need) for need in needs[name])) for name in NAMES
    )
    return workloads, {name: draw(seconds) for name in hit}, {name: draw(seconds) for name in hit}


@given(batch=batches())
def test_everybody_is_back_when_a_simulation_says_so(
    batch: tuple[tuple[Workload, ...], dict[str, int], dict[str, int]],
) -> None:
    workloads, ready, own = batch
    dependencies = dependencies_of(an_environment(*workloads))

    turns = turns_of(dependencies, ready, own)

    touched = dependencies.touched_by(own)
    parties = [
        Party(name, ready.get(name, 0), own.get(name, 0), needs=frozenset(dependencies.needs[name]))
        for name in touched
    ]
    assert {name: turn.seconds for name, turn in turns.items()} == play(parties)


@given(batch=batches())
def test_nobody_comes_before_what_it_waits_for(
    batch: tuple[tuple[Workload, ...], dict[str, int], dict[str, int]],
) -> None:
    workloads, ready, own = batch
    dependencies = dependencies_of(an_environment(*workloads))

    turns = turns_of(dependencies, ready, own)

    for turn in turns.values():
        cycle = dependencies.cycles[dependencies.cycle_of[turn.workload]]
        for other in turn.waits_for:
            assert turns[other].seconds <= turn.seconds
            assert turns[other].rank < turn.rank or other in cycle


COLD_ROWS = st.lists(
    st.tuples(st.sampled_from(("gy-c-hygon", "gy-c-kunpeng")), st.integers(0, 9), st.integers(0, 3)),
    min_size=1,
    max_size=2,
    unique_by=lambda each: each[0],
)


@given(rows=COLD_ROWS, gib=st.integers(0, 2000), at_once=st.integers(1, 5))
def test_the_own_steps_are_what_a_simulation_of_every_replica_takes(
    rows: list[tuple[str, int, int]], gib: int, at_once: int
) -> None:
    """Cold replicas start on one pool, warm ones of another component on the other; both in one cloud."""
    times = ROUND.model_copy(update={"starts_at_once": Fact(value=at_once)})
    components = tuple(
        a_component(f"c{number}", replicas=20, data=Data(gib=gib)) for number in range(len(rows))
    )
    environment = an_environment(a_workload(components=components), takeover=times)
    placements = [
        a_row(
            pool,
            (Role.COLD, Role.WARM)[number],
            before if number else 0,
            before + more,
            component=f"c{number}",
        )
        for number, (pool, more, before) in enumerate(rows)
    ]
    found = rows_of(environment, placements)

    took = total(own_steps(environment, times, found, [row.takeover for row in found], 0))

    cold = [[124] * (row.takeover - row.running) for row in found if row.role is Role.COLD]
    warm = [[120] * (row.takeover - row.running) for row in found if row.role is Role.WARM]
    cold_data = gib if any(row.role is Role.COLD and row.takeover for row in found) else 0
    warm_data = gib if any(row.role is Role.WARM and row.takeover for row in found) else 0
    before = 5 + cold_data + (7 if warm_data else 0)
    party = Party("tax-api", 0, before, 3, {"gy-c-gov": (*cold, *warm)}, at_once)
    assert took == play([party])["tax-api"]


def one(environment: Environment, rows: tuple[Placement, ...], lose: str) -> FailureProof:
    plan = a_plan(environment=environment, placements=rows, networks=())
    (found,) = prove(plan, asked(environment, lose)).failures
    return found


PRIMARY = a_placement()
COLD = a_placement("gy-c-hygon", role=Role.COLD, replicas=0)


def test_a_workload_that_is_back_too_late_breaks_its_promise_by_name() -> None:
    """10 s to detect, 100 to release, 5 to fence, 2000 to restore, 124 to start, 3 to switch."""
    environment = an_environment(with_data(3, gib=2000, rto_minutes=30), takeover=ROUND)

    found = one(environment, (PRIMARY, COLD), "center:bj-a")

    assert found.shortfall == (
        "tax-api: back in gy-c after 37.4 min, RTO 30 min (restore 33.4 min, start 2.1 min, release 100 s)",
    )
    assert (found.takeover_seconds, found.counts.late) == (2242, 1)
    assert [each.model_dump(include={"rank", "seconds", "rto_seconds", "ok"}) for each in found.order] == [
        {"rank": 1, "seconds": 2242, "rto_seconds": 1800, "ok": False}
    ]


def test_a_what_if_promises_no_time() -> None:
    environment = an_environment(with_data(3, gib=2000, rto_minutes=30), takeover=ROUND)

    found = one(environment, (PRIMARY, COLD), "vendor:Hygon")

    assert found.shortfall == ("tax-api: no center has a side of every component on pools that remain",)


def test_one_second_more_than_the_objective_is_too_much() -> None:
    exact = an_environment(with_data(3, gib=2000, rto_minutes=2242 / 60), takeover=ROUND)
    less = an_environment(with_data(3, gib=2000, rto_minutes=2241 / 60), takeover=ROUND)

    assert one(exact, (PRIMARY, COLD), "center:bj-a").survives
    assert not one(less, (PRIMARY, COLD), "center:bj-a").survives


def test_a_copy_that_lags_loses_more_than_is_allowed() -> None:
    environment = an_environment(with_data(3, rpo_minutes=1), takeover=ROUND)

    found = one(environment, (PRIMARY, COLD), "center:bj-a")

    assert found.shortfall == ("tax-api: its copy in gy-c lacks the last 61 s, RPO 60 s",)


def test_a_synchronous_copy_lacks_nothing() -> None:
    environment = an_environment(with_data(3, rpo_minutes=0), takeover=ROUND)
    near = a_placement("bj-b-hygon", role=Role.COLD, replicas=0)

    found = one(environment, (PRIMARY, near), "center:bj-a")

    assert found.survives
    assert found.order[0].recovery_point_seconds == 0


def test_who_is_not_hit_waits_for_what_it_needs() -> None:
    """identity goes from bj-a to gy-c; tax-api stands in bj-b and stops until identity is back."""
    environment = an_environment(
        a_workload("identity"), a_workload(depends_on=(a_dependency("identity"),)), takeover=ROUND
    )
    rows = (
        a_placement(workload="identity"),
        a_placement("gy-c-hygon", workload="identity", role=Role.COLD, replicas=0),
        a_placement("bj-b-hygon"),
        a_placement("gy-c-kunpeng", role=Role.COLD, replicas=0),
    )

    found = one(environment, rows, "center:bj-a")

    assert [(each.rank, each.workload, each.center, each.seconds) for each in found.order] == [
        (1, "identity", "gy-c", 242),
        (2, "tax-api", "bj-b", 242),
    ]
    assert found.order[1].waits_for == ("identity",)


def test_grade_six_needs_no_person_to_release_it() -> None:
    environment = an_environment(a_workload(grade=6), takeover=ROUND)
    rows = (
        PRIMARY,
        a_placement("bj-b-hygon", role=Role.ACTIVE),
        a_placement("gy-c-hygon", role=Role.WARM, replicas=1),
    )

    found = one(environment, rows, "center:bj-a")

    assert found.order[0].steps == {"detect": 10, "release": 1, "fence": 5, "switch": 3}


def test_without_times_nothing_is_said_about_objectives() -> None:
    environment = an_environment(with_data(3, gib=9000, rto_minutes=1), takeover=None)

    found = one(environment, (PRIMARY, COLD), "center:bj-a")

    assert found.survives
    assert found.takeover_seconds is None
    assert "times of a takeover are not declared: nothing is said about RTO and RPO" in found.notes
