"""What stands stays, unless so many servers are allowed to move; then no more than these do."""

from __future__ import annotations

import pytest
from support.builders import an_environment
from support.hosted import a_service, a_small_pool, planned

from cmp.errors import Refused
from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.plan import Plan
from cmp.scheduler.engine import Limits, schedule
from cmp.scheduler.mastering.master import NEVER
from cmp.scheduler.objective.migration_cost import roads_of
from cmp.scheduler.objective.plan_diff import shifts

SERVICES = tuple(a_service(name, replicas=2) for name in ("registry", "welfare", "weather"))


@pytest.fixture(scope="module")
def before() -> Plan:
    """Three services of two servers on hungry hosts, when there were no others."""
    hungry = a_small_pool("bj-a-hygon-1", 2, power=Power(idle_watts=500, peak_watts=600))
    return planned(an_environment(*SERVICES, pools=(hungry,)))


@pytest.fixture(scope="module")
def since() -> Environment:
    """The same with frugal hosts besides, for all of them."""
    hungry = a_small_pool("bj-a-hygon-1", 2, power=Power(idle_watts=500, peak_watts=600))
    frugal = a_small_pool("bj-a-hygon-2", 2, power=Power(idle_watts=50, peak_watts=60))
    return an_environment(*SERVICES, pools=(hungry, frugal))


def _moved(before: Plan, since: Environment, most: int) -> int:
    decision = schedule(since, previous=before, limits=Limits(max_moves=most))
    assert not decision.unplaced
    roads = roads_of(since, decision.placements)
    return sum(each.moves for each in shifts(before.placements, decision.placements, since, roads))


def test_nothing_moves_to_save_something_unless_asked(before: Plan, since: Environment) -> None:
    assert _moved(before, since, 0) == 0


@pytest.mark.parametrize("most", [1, 2, 4, 6, 100])
def test_no_more_servers_move_than_are_allowed(before: Plan, since: Environment, most: int) -> None:
    assert _moved(before, since, most) <= most


def test_what_is_allowed_is_used_where_it_pays(before: Plan, since: Environment) -> None:
    stays = schedule(since, previous=before).objective
    leaves = schedule(since, previous=before, limits=Limits(max_moves=6)).objective

    assert _moved(before, since, 6) == 6
    assert leaves.total < stays.total
    assert leaves.parts["move"] > 0


def test_an_estate_that_is_too_large_is_refused_with_what_helps(before: Plan, since: Environment) -> None:
    with pytest.raises(Refused, match="too large"):
        schedule(since, previous=before, limits=Limits(max_moves=2, border=NEVER))
