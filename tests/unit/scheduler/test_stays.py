"""What stood in a Plan stands there again as long as nothing it depends on has changed."""

from __future__ import annotations

from builders import a_component, a_dependency, a_workload, an_environment
from hosted import planned
from hypothesis import HealthCheck, given, settings
from random_estates import environments

from cmp.model.environment import Environment
from cmp.model.workload import Quorum
from cmp.scheduler.proving import prove


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(environment=environments())
def test_planning_again_moves_nothing(environment: Environment) -> None:
    before = planned(environment)

    after = planned(environment, before)

    missing = {each.workload for each in before.unplaced}
    assert {each.workload for each in after.unplaced} <= missing
    if not missing:
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
    assert not prove(after, both.failures).broken
