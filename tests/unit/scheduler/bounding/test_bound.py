from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.builders import a_center, a_cloud, a_component, a_pool, a_workload, an_environment, needs
from support.random_estates import environments

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Overcommit, Pool, Power, Price
from cmp.model.workload import Prefer, Quorum, Recovery, Scaling, Spread
from cmp.scheduler.bounding.arrays import NANO, SHARES, Prices
from cmp.scheduler.bounding.bound import against_greedy, gap, lower_bound
from cmp.scheduler.bounding.generating import proposed
from cmp.scheduler.bounding.polishing import polished
from cmp.scheduler.bounding.pricing import lagrangian
from cmp.scheduler.bounding.stating import state
from cmp.scheduler.engine import schedule

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
POWER = Power(idle_watts=Fact(value=200), peak_watts=Fact(value=500))
PRICE = Price(vcpu_hour=Fact(value=2), memory_gib_hour=Fact(value=0.5))
COSTLY = settings(QUICK, max_examples=40)


def _powered(pool: Pool, number: int) -> Pool:
    """The pool with figures of its own: no two pools cost the same."""
    power = Power(idle_watts=Fact(value=120 + 30 * number), peak_watts=Fact(value=400 + 10 * number))
    price = Price(vcpu_hour=Fact(value=1 + number), memory_gib_hour=Fact(value=0.25))
    return pool.model_copy(update={"power": power, "price_cny": price})


def _costly(environment: Environment) -> Environment:
    pools = tuple(_powered(pool, number) for number, pool in enumerate(environment.estate.pools))
    estate = environment.estate.model_copy(update={"pools": pools})
    return environment.model_copy(update={"estate": estate})


def _all(environment: Environment) -> set[str]:
    return {workload.id for workload in environment.workloads}


def _bound(environment: Environment, objective: float = 1e6) -> float:
    return lower_bound(environment, at=None, placed=_all(environment), objective=objective).value


def _evened(*loads: tuple[float, float, float]) -> float:
    """What it costs that the fullest of three pools of ten usual hosts is above the mean of all."""
    whole = (640, 2560, 40000)
    shares = [[100 * part / all_ for part, all_ in zip(load, whole, strict=True)] for load in loads]
    shares += [[0.0, 0.0, 0.0]] * (3 - len(shares))
    return 0.2 * sum(max(column) - sum(column) / 3 for column in zip(*shares, strict=True))


def _alone(**component: object) -> Environment:
    """One workload of grade 1 without data, and one pool a center; bj-b is the cheapest place."""
    pools = tuple(
        a_pool(f"{center}-hygon", hosts=10, overcommit=Overcommit(), power=POWER, price_cny=PRICE)
        for center in ("bj-a", "bj-b", "gy-c")
    )
    centers = (
        a_center(pue=1.5),
        a_center("bj-b", pue=1.25),
        a_center("gy-c", location="guiyang", pue=1.4),
    )
    usual = {"replicas": 4, "needs": needs(16.0, 16.0, 20), "spread": Spread.NONE}
    workload = a_workload(grade=1, components=(a_component(**usual | component),))
    return an_environment(workload, pools=pools, centers=centers)


def test_what_can_be_reckoned_by_hand_is_met() -> None:
    watts = 1.25 * (200 + 300)
    cny = 4 * (16 * 2 + 16 * 0.5)

    evened = _evened((64, 64, 80))
    assert _bound(_alone()) == pytest.approx(watts + 0.3 * cny + evened, abs=0.02)


def test_hosts_are_counted_by_the_resource_that_runs_out_first() -> None:
    watts = 1.25 * (4 * 192 / 256 * 200 + 300 * 4 * 16 / 64)
    cny = 4 * (16 * 2 + 192 * 0.5)

    evened = _evened((64, 768, 80))
    assert _bound(_alone(needs=needs(16.0, 192.0, 20))) == pytest.approx(watts + 0.3 * cny + evened, abs=0.02)


def test_wishes_that_the_cheapest_place_misses_are_weighed() -> None:
    plain = _bound(_alone())

    wishing = _bound(_alone(prefer=Prefer(chips=("kunpeng-920",))))

    assert wishing == pytest.approx(plain + 0.1 * 4, abs=0.02)


def test_replicas_are_whole() -> None:
    """One hygon replica of work takes two on kunpeng (0.8), not one and a quarter."""
    pools = tuple(
        a_pool(f"{center}-kunpeng", hosts=10, overcommit=Overcommit(), price_cny=PRICE)
        for center in ("bj-a", "bj-b", "gy-c")
    )
    workload = a_workload(grade=1, components=(a_component(replicas=1, needs=needs(2.0, 4.0)),))

    bound = _bound(an_environment(workload, pools=pools))

    assert bound == pytest.approx(0.3 * 2 * (2 * 2 + 4 * 0.5) + _evened((4, 8, 40)), abs=0.02)


def test_room_that_a_takeover_needs_is_priced() -> None:
    """The cheap center holds all of it, but not after the loss of another one."""

    def estate(hosts: int) -> Environment:
        pools = tuple(
            a_pool(f"{center}-hygon", hosts=hosts, overcommit=Overcommit(), power=POWER)
            for center in ("bj-a", "bj-b", "gy-c")
        )
        centers = (
            a_center(pue=2.0),
            a_center("bj-b", pue=1.0),
            a_center("gy-c", location="guiyang", pue=2.0),
        )
        part = a_component(replicas=8, needs=needs(16.0, 16.0, 20), spread=Spread.NONE)
        workloads = tuple(a_workload(f"w{number}", grade=3, components=(part,)) for number in range(6))
        return an_environment(*workloads, pools=pools, centers=centers)

    assert _bound(estate(6)) > _bound(estate(12)) + 1


def test_members_of_a_quorum_stand_in_several_centers_each_on_a_host() -> None:
    quorum = Quorum(members=3, per_center=1, needed=2)
    shared = {"replicas": 3, "scaling": Scaling.FIXED}

    spread = _bound(_alone(quorum=quorum, **shared))

    each = 200 + 300 * 16 / 64
    assert spread == pytest.approx((1.5 + 1.25 + 1.4) * each + 0.3 * 3 * (32 + 8), abs=0.02)


def test_replicas_that_are_spread_keep_a_host_on_each() -> None:
    """Four of them fit one host and have to lie on four; of eleven on ten hosts no two thirds share one."""
    for replicas, hosts in ((4, 4), (11, 6)):
        watts = 1.25 * (200 * hosts + 300 * replicas * 4 / 64)
        cny = replicas * (4 * 2 + 4 * 0.5)

        bound = _bound(_alone(replicas=replicas, needs=needs(4.0, 4.0, 20), spread=Spread.HOST))

        evened = _evened((4 * replicas, 4 * replicas, 20 * replicas))
        assert bound == pytest.approx(watts + 0.3 * cny + evened, abs=0.02)


def test_the_example_of_the_documentation_is_as_it_says() -> None:
    root = Path(__file__).resolve().parents[4]
    told = (root / "docs" / "scheduling.md").read_text(encoding="utf-8")
    width, load, money = 4 * 1.25 * 200, 1.25 * 300 * 16 / 64, 0.3 * 4 * (4 * 2 + 4 * 0.5)
    balance = 0.2 * 100 * (1 - 1 / 3) * (16 / 640 + 16 / 2560 + 80 / 40000)

    bound = _bound(_alone(replicas=4, needs=needs(4.0, 4.0, 20), spread=Spread.HOST))

    assert bound == pytest.approx(width + load + money + balance, abs=0.01)
    assert f"{bound:,.2f}" in told
    assert f"{bound - width + 1.25 * 200 / 4:,.2f}" in told


def test_a_pool_whose_power_is_unknown_is_no_cheap_place() -> None:
    known = _alone()
    pools = tuple(
        pool.model_copy(update={"power": None}) if pool.id == "bj-b-hygon" else pool
        for pool in known.estate.pools
    )
    unknown = known.model_copy(update={"estate": known.estate.model_copy(update={"pools": pools})})

    assert _bound(unknown) == _bound(known)


def test_what_was_not_placed_costs_nothing() -> None:
    bound = lower_bound(_alone(), at=None, placed=(), objective=0.0)

    assert (bound.value, bound.gap) == (0.0, 0.0)


def test_a_hurried_takeover_keeps_hosts_on() -> None:
    def estate(minutes: float) -> Environment:
        pools = tuple(
            a_pool(f"{center}-hygon", hosts=10, overcommit=Overcommit(), power=POWER)
            for center in ("bj-a", "bj-b", "gy-c")
        )
        part = a_component(replicas=8, needs=needs(16.0, 16.0, 20), spread=Spread.NONE)
        workload = a_workload(components=(part,), recovery=Recovery(grade=5, rto_minutes=minutes))
        return an_environment(workload, pools=pools)

    assert _bound(estate(5)) > _bound(estate(60)) + 100


def test_an_objective_that_is_looser_than_the_grades_hurries_no_less() -> None:
    """Grade 6 has to be back after 60 minutes, sooner than a host is that takes 70 to start."""

    def estate(minutes: float | None) -> Environment:
        power = POWER.model_copy(update={"boot_minutes": Fact(value=70)})
        pools = tuple(
            a_pool(f"{center}-hygon", hosts=10, overcommit=Overcommit(), power=power)
            for center in ("bj-a", "bj-b", "gy-c")
        )
        part = a_component(replicas=4, needs=needs(16.0, 16.0, 20), spread=Spread.NONE)
        workload = a_workload(components=(part,), recovery=Recovery(grade=6, rto_minutes=minutes))
        return an_environment(workload, pools=pools)

    assert _bound(estate(90)) == _bound(estate(None))


@COSTLY
@given(environment=environments())
def test_no_schedule_of_a_random_estate_is_below_its_bound(environment: Environment) -> None:
    costly = _costly(environment)
    decision = schedule(costly)
    placed = {row.workload for row in decision.placements} - {each.workload for each in decision.unplaced}

    bound = lower_bound(costly, at=None, placed=placed, objective=decision.objective.total)

    assert bound.value <= decision.objective.total
    assert 0 <= bound.gap <= 1


@COSTLY
@given(environment=environments(), data=st.data())
def test_any_prices_at_all_prove_a_bound(environment: Environment, data: st.DataObject) -> None:
    costly = _costly(environment)
    decision = schedule(costly)
    placed = {row.workload for row in decision.placements} - {each.workload for each in decision.unplaced}
    statement = state(costly, None, frozenset(placed))
    prices = proposed(statement, 100)
    scale = data.draw(st.sampled_from((0.0, 0.3, 1.0, 3.0)))
    share = data.draw(st.integers(0, 10**6))
    wild = Prices(
        (prices.capacity * scale).astype(np.int64) + share,
        prices.on * data.draw(st.integers(0, 3)),
        (prices.width * scale).astype(np.int64) + data.draw(st.sampled_from((0, 10**9))),
        prices.fullest * share // 10**6,
    )

    assert lagrangian(statement, wild).value / NANO <= decision.objective.total + 0.005


@pytest.mark.parametrize("part", ["capacity", "on", "width", "fullest"])
def test_prices_that_prove_nothing_are_refused(part: str) -> None:
    statement = state(_alone(), None, frozenset(_all(_alone())))
    prices = proposed(statement, 10)
    wrong = prices._replace(**{part: getattr(prices, part) - 2 * SHARES})
    several = prices._replace(fullest=prices.fullest + SHARES)

    for bad in (wrong, several):
        with pytest.raises(ValueError, match="prove nothing"):
            lagrangian(statement, bad)


def test_polishing_never_loses_what_was_proven() -> None:
    environment = _alone()
    statement = state(environment, None, frozenset(_all(environment)))
    nothing = Prices(*(np.zeros_like(price) for price in proposed(statement, 10)))
    start = lagrangian(statement, nothing).value

    better, prices = polished(statement, nothing, 2000 * NANO, 50)

    assert better > start
    assert lagrangian(statement, prices).value == better


def test_equal_groups_are_counted_once_and_weighed() -> None:
    part = a_component(spread=Spread.NONE)
    alike = an_environment(*(a_workload(f"w{number}", components=(part,)) for number in range(7)))

    statement = state(alike, None, frozenset(_all(alike)))

    assert statement.groups.times.tolist() == [7]


def test_two_clouds_of_one_center_are_told_apart() -> None:
    clouds = (a_cloud("bj-a-gov"), a_cloud("bj-a-alt"), a_cloud("bj-b-gov"), a_cloud("gy-c-gov"))
    pools = tuple(a_pool(f"{cloud.id}-hygon", cloud=cloud.id) for cloud in clouds)

    statement = state(an_environment(clouds=clouds, pools=pools), None, frozenset())

    assert len(statement.ground.hosts) == 4


def test_gaps_are_shares_of_the_objective_and_of_what_a_simple_method_wastes() -> None:
    assert gap(200.0, 150.0) == 0.25
    assert gap(0.0, 0.0) == 0.0
    assert against_greedy(110.0, 100.0, 150.0) == 0.2
    assert against_greedy(110.0, 100.0, 100.0) == 0.0
