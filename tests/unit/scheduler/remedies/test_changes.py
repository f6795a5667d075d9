"""A change is a value: it changes what it says, and nothing else."""

from __future__ import annotations

import pytest
from support.builders import a_cloud, a_component, a_dependency, a_talk, a_workload, an_environment

from cmp.model.base import Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Isa, Ownership
from cmp.model.policy import Policy, Quota
from cmp.model.workload import Data, DataClass, Mode, Require, Spread, Yields
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.problem.groups import Bounded
from cmp.scheduler.remedies.changes.candidates import Miss, knobs
from cmp.scheduler.remedies.changes.change import Change, ChangeKind, applied, effort
from cmp.scheduler.remedies.changes.components import (
    AllowAlso,
    BuildImage,
    FewerReplicas,
    RelaxSpread,
    SmallerRate,
)
from cmp.scheduler.remedies.changes.estates import CertifyCloud, MoreHosts, NewLink, ServeZone, WiderLink
from cmp.scheduler.remedies.changes.promises import GiveWay, LoosenRtt, LowerGrade, RaiseQuota
from cmp.words.sentences import spoken

CHANGES: tuple[Change, ...] = (
    MoreHosts("bj-a-hygon", "hygon-7390", 3),
    ServeZone("bj-b-gov", "private"),
    CertifyCloud("bj-b-gov", 3),
    WiderLink("bj-a", "gy-c", 200),
    BuildImage("tax-api", "web", Isa.ARM64),
    AllowAlso("tax-api", "web", "centers", "gy-c"),
    AllowAlso("tax-api", "web", "ownership", "leased"),
    RelaxSpread("tax-api", "web", Spread.NONE),
    FewerReplicas("tax-api", "web", 2),
    SmallerRate("tax-api", "web", 40),
    LowerGrade("tax-api", 5, 1),
    GiveWay("tax-api", "web", Yields.PREEMPTIBLE),
    LoosenRtt(Bounded("tax-api", "", "identity", "", 5.0), 38_000),
    LoosenRtt(Bounded("tax-api", "web", "tax-api", "db", 1.0), 38_000),
    RaiseQuota("taxes", "vcpus", 8),
    RaiseQuota("taxes", "ascend-910b", 2),
)


def an_estate_to_change() -> Environment:
    web = a_component(
        replicas=4,
        min_replicas=3,
        images={Isa.AMD64: "web:1"},
        require=Require(centers=("bj-a",), ownership=(Ownership.GOVERNMENT,)),
        data=Data(change_mbps_peak=60.0),
        talks_to=(a_talk(max_rtt_ms=1.0),),
    )
    tax_api = a_workload(
        grade=5, components=(web, a_component("db")), depends_on=(a_dependency(max_rtt_ms=5.0),)
    )
    return an_environment(
        tax_api,
        a_workload("identity", grade=5),
        clouds=(
            a_cloud("bj-a-gov"),
            a_cloud("bj-b-gov", zones=("public",), mlps_level=2),
            a_cloud("gy-c-gov"),
        ),
        policy=Policy(quotas=(Quota(owner="taxes", vcpus=10, accelerators={"ascend-910b": 1}),)),
    )


def written(environment: Environment) -> dict[str, object]:
    """Every value of an environment by its path."""
    found: dict[str, object] = {}

    def walk(path: str, value: object) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                walk(f"{path}.{name}", each)
        elif isinstance(value, list):
            for place, each in enumerate(value):
                walk(f"{path}.{place}", each)
        else:
            found[path] = value

    walk("", environment.model_dump(mode="json"))
    return found


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.sentence)
def test_a_change_changes_one_place(change: Change) -> None:
    environment = an_estate_to_change()
    before = written(environment)

    after = written(change.apply(environment))

    differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    places = {path.rpartition(".")[0] for path in differing}
    assert differing
    assert len(places) == 1, differing
    assert written(environment) == before


def test_fewer_replicas_lower_the_floor_with_them() -> None:
    component = applied([FewerReplicas("tax-api", "web", 3)], an_estate_to_change()).find("tax-api", "web")[1]

    assert (component.replicas, component.min_replicas) == (1, 1)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.sentence)
def test_a_change_speaks_both_languages(change: Change) -> None:
    told = spoken(change.sentence, "zh_Hans")

    assert told != change.sentence
    assert change.subject.split("/", maxsplit=1)[0].split("->", maxsplit=1)[0] in told


def test_a_changed_environment_forgets_what_the_old_one_knew() -> None:
    environment = an_estate_to_change()
    assert environment.workload["tax-api"].recovery.grade == 5

    lower = LowerGrade("tax-api", 5, 2).apply(environment)

    assert lower.workload["tax-api"].recovery.grade == 3


def test_changes_compare_by_number_then_kind_then_amount() -> None:
    image = BuildImage("tax-api", "web", Isa.ARM64)
    one, two = MoreHosts("b", "c", 1), MoreHosts("a", "c", 2)

    ordered = sorted([(image, one), (two,), (one,), (image,)], key=effort)

    assert ordered == [(image,), (one,), (two,), (image, one)]


def missed(environment: Environment, name: str = "tax-api", reasons: tuple[str, ...] = ()) -> Miss:
    decision = schedule(environment)
    views = explain(environment, decision.placements, Question(name)).pools
    return Miss(environment, (environment.workload[name],), views, frozenset(reasons), decision.placements)


def test_the_law_is_never_offered_to_be_changed() -> None:
    component = a_component(require=Require(ownership=(Ownership.GOVERNMENT,)))
    sensitive = a_workload(data_class=(DataClass.PERSONAL_SENSITIVE,), components=(component,))
    leased = tuple(a_cloud(f"{name}-gov", ownership=Ownership.LEASED) for name in ("bj-a", "bj-b", "gy-c"))

    offered = knobs(missed(an_environment(sensitive, clouds=leased)))

    assert {knob.kind for knob in offered} <= {ChangeKind.GRADE}


def test_an_owner_that_the_data_allow_may_be_accepted() -> None:
    component = a_component(require=Require(ownership=(Ownership.GOVERNMENT,)))
    internal = a_workload(components=(component,))
    leased = tuple(a_cloud(f"{name}-gov", ownership=Ownership.LEASED) for name in ("bj-a", "bj-b", "gy-c"))

    offered = knobs(missed(an_environment(internal, clouds=leased)))

    assert "tax-api/web/leased" in {knob.subject for knob in offered}


def test_a_grade_that_another_relies_on_is_not_lowered() -> None:
    asking = a_workload("asking", grade=3, depends_on=(a_dependency("tax-api", mode=Mode.HARD),))
    environment = an_environment(a_workload(grade=6), asking)

    (knob,) = (each for each in knobs(missed(environment)) if each.kind is ChangeKind.GRADE)

    assert list(knob.amounts) == [1, 2, 3]


def test_only_weaker_workloads_are_asked_to_give_way() -> None:
    weak, strong = a_workload("weak", grade=1), a_workload("strong", grade=6)
    critical = a_workload("critical", grade=1, critical_infrastructure=True)
    environment = an_environment(a_workload(grade=3), weak, strong, critical)

    offered = {
        knob.subject for knob in knobs(missed(environment, reasons=("capacity",))) if knob.kind == "yield"
    }

    assert offered == {"weak/web"}


def test_a_new_link_has_assumed_figures_of_one_that_is_there() -> None:
    environment = an_estate_to_change()

    after = NewLink("bj-a", "gy-d", ("bj-a", "gy-c")).apply(environment).estate

    like, new = after.link("bj-a", "gy-c"), after.links[-1]
    assert like is not None
    assert new.between == ("bj-a", "gy-d")
    assert (new.rtt_ms.value, new.rtt_ms.provenance) == (like.rtt_ms.value, Provenance.ASSUMED)
    assert after.links[:-1] == environment.estate.links
