"""A pool that fits is priced in the parts of the objective, as the engine itself would count them."""

from __future__ import annotations

import pytest
from support.builders import a_cloud, a_component, a_link, a_pool, a_workload, an_environment, links

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Pool, Power, Price
from cmp.model.explanation import PoolView
from cmp.model.recovery import Role
from cmp.model.workload import Data, Prefer, Require
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain

MEASURED = Fact(value=0.8, provenance=Provenance.MEASURED, source="meter 7")


def a_priced_pool(name: str, cloud: str, vcpu_hour: float, idle: int) -> Pool:
    return a_pool(
        name,
        cloud=cloud,
        power=Power(idle_watts=Fact(value=idle), peak_watts=Fact(value=idle + 300)),
        price_cny=Price(vcpu_hour=Fact(value=vcpu_hour), memory_gib_hour=Fact(value=0.01)),
    )


def an_environment_with(*clouds: str) -> Environment:
    """A workload of four replicas that may stand on these clouds, of two in bj-a."""
    web = a_component(replicas=4, prefer=Prefer(chips=("kunpeng-920",)), require=Require(clouds=clouds))
    other = a_component("other", replicas=2, require=Require(clouds=("bj-a-gov",)))
    return an_environment(
        a_workload("other", grade=1, components=(other,)),
        a_workload(grade=1, components=(web,)),
        clouds=(a_cloud("bj-a-gov"), a_cloud("bj-a-alt")),
        pools=(
            a_priced_pool("bj-a-hygon", "bj-a-gov", 0.2, 150),
            a_priced_pool("bj-a-kunpeng", "bj-a-alt", 0.1, 90),
        ),
    )


def priced(
    environment: Environment, placed_in: Environment, role: Role = Role.PRIMARY
) -> dict[str, PoolView]:
    found = explain(environment, schedule(placed_in).placements, Question("tax-api"))
    return {view.pool: view for view in found.pools if view.role is role}


def test_a_score_is_the_difference_that_the_objective_would_show() -> None:
    here, there = an_environment_with("bj-a-gov"), an_environment_with("bj-a-alt")
    before, after = schedule(here).objective.parts, schedule(there).objective.parts

    views = priced(an_environment_with("bj-a-gov", "bj-a-alt"), here)

    score = views["bj-a-kunpeng"].score
    for part in ("facility_watts", "cost", "balance", "chip_preference"):
        assert score[part] == pytest.approx(after[part] - before[part], abs=0.01), part
    assert score["total"] == pytest.approx(sum(value for name, value in score.items() if name != "total"))


def test_where_it_stands_costs_nothing_more() -> None:
    views = priced(an_environment_with("bj-a-gov", "bj-a-alt"), an_environment_with("bj-a-gov"))

    assert set(views["bj-a-hygon"].score.values()) == {0.0}


def test_going_elsewhere_costs_minutes_of_moving() -> None:
    views = priced(an_environment_with("bj-a-gov", "bj-a-alt"), an_environment_with("bj-a-gov"))

    assert views["bj-a-kunpeng"].score["move"] > 0


def test_a_pool_that_refuses_has_no_score() -> None:
    only = an_environment_with("bj-a-gov")

    assert priced(only, only)["bj-a-kunpeng"].score == {}


def test_a_copy_is_priced_by_its_way_alone() -> None:
    component = a_component(data=Data(gib=100))
    environment = an_environment(a_workload(grade=2, components=(component,)))
    stands = next(row.center for row in schedule(environment).placements if row.role is Role.BACKUP)

    views = priced(environment, environment, Role.BACKUP)

    elsewhere = [view for view in views.values() if view.score and view.score["total"]]
    assert stands
    assert all(view.score["cost"] == 0 for view in elsewhere)


def test_facts_behind_constraints_are_told_with_their_source() -> None:
    web = a_component(performance={"kunpeng-920": MEASURED}, data=Data(gib=1, change_mbps_peak=5))
    fast = a_link(synchronous=True, bandwidth_gbps=Fact(value=40, source="contract"))
    environment = an_environment(a_workload(grade=5, components=(web,)), links=(fast, *links()[1:]))

    views = explain(environment, schedule(environment).placements, Question("tax-api")).pools

    primary = next(view for view in views if view.role is Role.PRIMARY and view.pool == "bj-a-kunpeng")
    behind = {each.name: each.facts for each in primary.constraints}
    assert next((fact.value, fact.provenance, fact.source) for fact in behind["host"]) == (
        0.8,
        "measured",
        "meter 7",
    )
    assert behind["zone"] == ()
    warm = next(view for view in views if view.role is Role.WARM and view.pool == "bj-b-hygon")
    home = next(each.facts for each in warm.constraints if each.name == "link")
    assert [fact.source for fact in home] == ["contract"]
