"""The shipped environments: what the engine plans for them the verifier accepts, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.model.plan import Origin, Plan
from cmp.network.addresses.allocation import allocate
from cmp.network.flows import security_groups
from cmp.scheduler.engine import schedule
from cmp.verifier.checking import check
from cmp.verifier.reading import key_of

INVENTORIES = Path(__file__).parents[3] / "inventories"
PEAKS = [
    None,
    datetime(2027, 5, 20, 9),  # noqa: DTZ001 - declared demand is in local time
    datetime(2027, 4, 5, 10),  # noqa: DTZ001 - the same
    datetime(2027, 1, 31, 10),  # noqa: DTZ001 - the same
]

Plans = Callable[[str, datetime | None], Plan]


def planned(environment: Environment, at: datetime | None) -> Plan:
    decision = schedule(environment, at=at)
    networks = allocate(environment, {})
    return Plan(
        inputs_hash="0" * 64,
        source=f"inventories/{environment.name}",
        origin=Origin(engine="test", at=at),
        environment=environment,
        networks=networks,
        security_groups=security_groups(environment, networks, decision.placements),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=decision.yields,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    ).sealed()


@pytest.fixture(scope="module")
def reference() -> Plan:
    return planned(load(INVENTORIES / "reference").environment, None)


@pytest.mark.parametrize("at", PEAKS, ids=str)
@pytest.mark.parametrize("name", ["reference", "lab"])
def test_a_shipped_environment_is_placed_completely_and_accepted(name: str, at: datetime | None) -> None:
    plan = planned(load(INVENTORIES / name).environment, at)

    assert plan.unplaced == ()
    assert check(plan) == ()


def test_the_plan_of_the_reference_environment_does_without_no_row(reference: Plan) -> None:
    """Every twentieth row left out in turn: each is missed."""
    accepted_without = [
        key_of(row)
        for place, row in enumerate(reference.placements)
        if place % 20 == 0
        and not check(
            reference.model_copy(
                update={"placements": reference.placements[:place] + reference.placements[place + 1 :]}
            ).sealed()
        )
    ]

    assert accepted_without == []
