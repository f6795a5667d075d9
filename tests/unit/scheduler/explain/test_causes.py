"""An explanation tells causes from what follows, and what a workload costs here and elsewhere."""

from __future__ import annotations

import pytest
from support.builders import a_component, a_pool, a_workload, an_environment, an_estate, needs
from support.scenario_estates import environment as a_scenario

from cmp.model.explanation import Explanation, Standpoint
from cmp.scheduler.constraints.verdicts import Verdict
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.explain.folding import causes


def refusal(name: str) -> Verdict:
    return Verdict(name, "", "", ok=False)


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        (["capacity", "hosts"], {"hosts": "capacity"}),
        (["accelerators", "capacity", "hosts"], {"capacity": "accelerators", "hosts": "accelerators"}),
        (["zone", "capacity"], {}),
        (["zone"], {}),
        (["place", "synchronous", "link"], {"synchronous": "place", "link": "place"}),
    ],
)
def test_what_only_follows_names_its_cause(refused: list[str], expected: dict[str, str]) -> None:
    assert causes([refusal(name) for name in refused]) == expected


POWERED = {"power": {"idle_watts": 200, "peak_watts": 400}}
POOLS = [
    {"id": "bj-a-hygon", **POWERED, "price_cny": {"vcpu_hour": 0.1, "memory_gib_hour": 0.02}},
    {"id": "bj-a-kunpeng", **POWERED},
    {"id": "bj-b-hygon", **POWERED},
    {"id": "gy-c-hygon", "hosts": 1, "vcpus": 1, **POWERED},
]


@pytest.fixture(scope="module")
def alone() -> tuple[Explanation, dict[str, float]]:
    """A workload that has an estate to itself: everything that the objective counts is its doing."""
    given = a_scenario({"pools": POOLS}, [{"id": "letters", "grade": 3, "component": {"replicas": 2}}])
    decision = schedule(given)
    found = explain(given, decision.placements, Question("letters"))
    return found, dict(decision.objective.parts)


def test_a_workload_that_is_alone_causes_the_whole_objective(
    alone: tuple[Explanation, dict[str, float]],
) -> None:
    found, parts = alone

    assert found.causes["total"] > 0
    for name in ("facility_watts", "cost", "balance", "chip_preference"):
        assert found.causes[name] == pytest.approx(parts[name], abs=0.01)


def test_the_cheapest_alternative_is_the_least_score_of_pools_that_fit(
    alone: tuple[Explanation, dict[str, float]],
) -> None:
    found, _ = alone

    for side in found.sides:
        fits = [view for view in found.pools if view.role is side.role and view.verdict is Standpoint.FITS]
        scores = [view.score["total"] for view in fits if view.score]
        assert (side.cheapest.costs["total"] if side.cheapest else None) == min(scores, default=None)
    assert any(side.cheapest for side in found.sides)


def test_a_host_that_is_too_small_is_the_cause_of_want_of_room() -> None:
    big = a_workload("letters", grade=1, components=(a_component("web", needs=needs(32.0, 16.0, 20)),))
    given = an_environment(big, estate=an_estate(pools=(a_pool("bj-a-hygon"), a_pool("bj-b-hygon", hosts=1))))
    per_host = given.estate.pool["bj-b-hygon"].per_host.model_copy(update={"vcpus": 4})
    pools = tuple(
        each.model_copy(update={"per_host": per_host}) if each.id == "bj-b-hygon" else each
        for each in given.estate.pools
    )
    small = given.changed(estate=given.estate.model_copy(update={"pools": pools}))

    found = explain(small, (), Question("letters", pool="bj-b-hygon"))

    refused = {c.name: c.follows for view in found.pools for c in view.constraints if not c.ok}
    assert refused["host"] == ""
    assert refused["capacity"] == refused["hosts"] == "host"
