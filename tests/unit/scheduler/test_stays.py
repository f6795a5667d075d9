"""What stood in a Plan stands there again as long as nothing it depends on has changed."""

from __future__ import annotations

from hosted import planned
from hypothesis import HealthCheck, given, settings
from random_estates import environments

from cmp.model.environment import Environment


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(environment=environments())
def test_planning_again_moves_nothing(environment: Environment) -> None:
    before = planned(environment)

    after = planned(environment, before)

    missing = {each.workload for each in before.unplaced}
    assert {each.workload for each in after.unplaced} <= missing
    if not missing:
        assert after.placements == before.placements
