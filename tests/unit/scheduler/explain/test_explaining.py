"""An explanation judges every pool by every constraint, with everything else standing as it is."""

from __future__ import annotations

import pytest
from support.builders import a_component, a_dependency, a_workload, an_environment

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.explanation import Explanation, PoolView, Standpoint
from cmp.model.recovery import Role
from cmp.model.workload import Data, Quorum
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain

STATIC = ["image", "kind", "zone", "level", "ownership", "residency", "dedicated", "require", "accelerators"]
STATIC += ["host", "fresh-facts", "drained"]
DYNAMIC = [
    "place",
    "linked",
    "synchronous",
    "format",
    "near",
    "apart",
    "at-most",
    "capacity",
    "hosts",
    "spread",
    "link",
    "rtt",
    "quota",
]


def explained(environment: Environment, question: Question) -> Explanation:
    return explain(environment, schedule(environment).placements, question)


def views(found: Explanation, role: Role) -> dict[str, PoolView]:
    return {view.pool: view for view in found.pools if view.role is role}


def test_every_pool_is_judged_by_every_constraint() -> None:
    environment = an_environment()

    found = explained(environment, Question("tax-api"))

    for view in views(found, Role.PRIMARY).values():
        assert [constraint.name for constraint in view.constraints] == STATIC + DYNAMIC
    assert list(views(found, Role.PRIMARY)) == sorted(environment.estate.pool)


def test_the_chosen_pool_the_fitting_and_the_refused_are_told_apart() -> None:
    found = views(explained(an_environment(), Question("tax-api")), Role.PRIMARY)

    assert found["bj-a-hygon"].verdict is Standpoint.CHOSEN
    assert found["bj-a-kunpeng"].verdict is Standpoint.FITS
    assert found["gy-c-hygon"].verdict is Standpoint.REFUSED


def test_a_refusal_says_which_constraint_and_why() -> None:
    found = views(
        explained(an_environment(a_workload(grade=5)), Question("tax-api", pool="gy-c-hygon")), Role.WARM
    )

    messages = {each.name: each.message for each in found["gy-c-hygon"].constraints if not each.ok}

    assert set(messages) == {"place", "synchronous"}
    assert messages["place"] == "the warm side of tax-api stands in bj-b as a whole"


def test_a_side_never_stands_in_its_own_way() -> None:
    environment = an_environment(a_workload(components=(a_component(replicas=8),)))
    found = views(explained(environment, Question("tax-api")), Role.PRIMARY)

    capacity = next(each for each in found["bj-a-hygon"].constraints if each.name == "capacity")

    assert capacity.observed.startswith("0 % used by others")


def test_the_summary_counts_pools_and_reasons() -> None:
    (primary, cold) = explained(an_environment(), Question("tax-api")).summary

    assert primary == "tax-api/web (primary) stands on bj-a-hygon; 2 of 6 pools fit: 4 are in another center"
    assert cold.startswith("tax-api/web (cold) stands on ")


def test_members_and_copies_are_explained_too() -> None:
    voters = a_workload(
        "voters", components=(a_component(replicas=3, quorum=Quorum(members=3, per_center=1, needed=2)),)
    )
    copied = a_workload("copied", grade=2, components=(a_component(data=Data(gib=10)),))
    environment = an_environment(voters, copied)

    assert {view.role for view in explained(environment, Question("voters")).pools} == {Role.MEMBER}
    assert {view.role for view in explained(environment, Question("copied")).pools} == {
        Role.PRIMARY,
        Role.BACKUP,
    }


def test_a_round_trip_to_another_workload_has_a_margin() -> None:
    asking = a_workload("asking", depends_on=(a_dependency("tax-api", max_rtt_ms=5.0),))
    found = views(explained(an_environment(asking, a_workload()), Question("asking")), Role.PRIMARY)

    margins = {pool: view.constraints[-2].margin for pool, view in found.items()}

    assert margins["gy-c-hygon"] is not None
    assert margins["gy-c-hygon"] < 0 < (margins["bj-a-hygon"] or 0)


@pytest.mark.parametrize(
    "question", [Question("nothing"), Question("tax-api", "nothing"), Question("tax-api", pool="nothing")]
)
def test_a_question_about_nothing_is_refused_with_what_is_known(question: Question) -> None:
    with pytest.raises(Invalid) as refused:
        explained(an_environment(), question)

    assert refused.value.hint.startswith("known: ")
