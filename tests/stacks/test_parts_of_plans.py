"""A part of a Plan is carried out by the real engine; what stands for others is neither asked nor changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.builders import a_component, a_placement, a_workload, an_exposure
from support.leased import Carrying, a_leased_cloud, a_leased_plan

from cmp.model.estate import CloudBinding
from cmp.model.part import WHOLE, Part
from cmp.model.plan import Plan
from cmp.model.workload import Spread
from stacks.engine.guard import Agreement
from stacks.engine.operations import outputs, preview, up
from stacks.engine.results import StackResult
from stacks.names import Project, StackName

pytestmark = pytest.mark.engine

TAX = ["tax-web-primary-bj-a-hygon-1", "tax-web-primary-bj-a-hygon-2"]
RATES = ["rates-web-primary-bj-a-hygon-1"]
FOUNDATION = StackName(Project.FOUNDATION, "engine", "bj-a")


def two_workloads(
    tax: int = 2, rates: int = 1, centers: tuple[str, ...] = ("bj-a",), **clouds: object
) -> Plan:
    """Two workloads that share the network of their zone."""
    plan = a_leased_plan(tax, centers=centers, clouds=clouds)  # type: ignore[arg-type]
    web = a_component("web", spread=Spread.NONE, exposes=(an_exposure(443),))
    environment = plan.environment.model_copy(
        update={
            "workloads": (
                *plan.environment.workloads,
                a_workload("rates", zone="internet", components=(web,)),
            )
        }
    )
    group = next(each for each in plan.security_groups if each.cloud == "bj-a-leased")
    row = a_placement("bj-a-hygon", workload="rates", cloud="bj-a-leased", replicas=rates)
    mine = (row,) if rates else ()
    return plan.model_copy(
        update={
            "environment": environment,
            "placements": (*plan.placements, *mine),
            "security_groups": (
                *plan.security_groups,
                *([group.model_copy(update={"workload": "rates"})] if rates else []),
            ),
        }
    ).sealed()


def apply(carrying: Carrying, plan: Plan, part: Part = WHOLE) -> Sequence[StackResult]:
    place = replace(carrying.place, part=part)
    return up(place, plan, preview(place, plan), agreed=Agreement(10))


def errors(results: Sequence[StackResult]) -> list[str]:
    return [f"{result.name}: {result.error}" for result in results if result.error]


def test_one_workload_is_made_with_its_ground_before_there_is_anything_else(carrying: Carrying) -> None:
    plan = two_workloads()

    first = apply(carrying, plan, Part(workloads=frozenset({"rates"})))

    assert errors(first) == []
    assert carrying.listed("bj-a") == RATES
    assert carrying.listed("bj-a", "security_group") == ["rates.web.bj-a-leased.internet"]

    rest = apply(carrying, plan)

    assert errors(rest) == []
    assert carrying.listed("bj-a") == RATES + TAX
    assert sum(result.changes.total for result in preview(carrying.place, plan)) == 0


def test_what_stands_for_others_stays_and_stays_exported(carrying: Carrying) -> None:
    apply(carrying, two_workloads())
    changed = two_workloads(tax=1, rates=2)

    done = apply(carrying, changed, Part(workloads=frozenset({"rates"})))

    assert errors(done) == []
    assert carrying.listed("bj-a") == [*RATES, "rates-web-primary-bj-a-hygon-2", *TAX]
    firewalls = outputs(carrying.place, "engine")[FOUNDATION]["clouds"]["bj-a-leased"]["firewalls"]
    assert set(firewalls) == {"rates.web.bj-a-leased.internet", "tax.web.bj-a-leased.internet"}

    gone = apply(carrying, two_workloads(tax=1, rates=0), Part(workloads=frozenset({"rates"})))

    assert errors(gone) == []
    assert carrying.listed("bj-a") == TAX
    assert carrying.listed("bj-a", "security_group") == ["tax.web.bj-a-leased.internet"]


def test_deletions_in_a_part_wait_for_somebody_to_agree_and_those_elsewhere_are_not_asked_about(
    carrying: Carrying,
) -> None:
    apply(carrying, two_workloads(tax=3))
    place = replace(carrying.place, part=Part(workloads=frozenset({"rates"})))

    seen = preview(place, two_workloads(tax=1))

    assert [result.changes.delete for result in seen] == [0, 0]


def test_a_cloud_alone_is_carried_out_while_another_cannot_be_reached(carrying: Carrying) -> None:
    lost = a_leased_cloud("bj-b", binding=CloudBinding(profile="nobody", region="us-west-2"))
    plan = two_workloads(centers=("bj-a", "bj-b"), **{"bj-b": lost})

    done = apply(carrying, plan, Part(clouds=frozenset({"bj-a-leased"})))

    assert errors(done) == []
    assert {str(result.name) for result in done} == {"foundation/engine.bj-a", "workloads/engine.bj-a"}
    assert carrying.listed("bj-a") == RATES + TAX
