"""What stood in a Plan stands there again as long as nothing it depends on has changed."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from support.builders import a_component, a_dependency, a_workload, an_environment
from support.hosted import a_service, a_small_pool, planned
from support.random_estates import environments

from cmp.model.environment import Environment
from cmp.model.estate import Power
from cmp.model.workload import Quorum
from cmp.scheduler.survival.proving import prove


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(environment=environments())
def test_planning_again_moves_nothing(environment: Environment) -> None:
    before = planned(environment)

    after = planned(environment, before)

    missing = {each.workload for each in before.unplaced}
    still = {each.workload for each in after.unplaced}
    assert still <= missing
    if still == missing:
        assert after.placements == before.placements


def test_what_finds_no_room_moves_nobody_who_stands() -> None:
    """Frugal hosts have come; the large workload would fit them and the hungry ones if nobody stood there."""
    hungry = a_small_pool("bj-a-hygon-1", 2, power=Power(idle_watts=500, peak_watts=600))
    frugal = a_small_pool("bj-a-hygon-2", 2, power=Power(idle_watts=100, peak_watts=200))
    small, large = a_service(replicas=2), a_service("welfare", replicas=4, vcpus=8)
    before = planned(an_environment(small, pools=(hungry,)))

    after = planned(an_environment(small, large, pools=(hungry, frugal)), before)

    assert {each.workload for each in after.unplaced} == {large.id}
    assert after.placements == before.placements


def test_members_do_not_stay_too_far_from_what_they_ask() -> None:
    members = a_component(replicas=3, quorum=Quorum(members=3, per_center=1, needed=2))
    alone = an_environment(a_workload("vote", components=(members,)))
    near = a_dependency("register", max_rtt_ms=2.0)
    both = an_environment(
        a_workload("register"), a_workload("vote", components=(members,), depends_on=(near,))
    )

    after = planned(both, planned(alone))

    assert len(after.unplaced) == 1
    assert all(each.stands for each in prove(after, both.failures).failures)
