"""Wishes about others name what is there, contradict nothing, and say how data are copied."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_chip, a_component, a_pool, a_workload, an_accelerator, an_estate, chips

from cmp.loaders.checks.chips import refer_accelerators
from cmp.loaders.checks.neighbours import check_neighbours, check_owners
from cmp.loaders.checks.workloads import Peers
from cmp.model.cards import Slice
from cmp.model.codes import Code
from cmp.model.finding import Finding, Severity
from cmp.model.wishes import Apart, Near, Place, Replication
from cmp.model.workload import Data, Workload


def told(*workloads: Workload) -> list[Finding]:
    return list(check_neighbours(Peers(workloads, frozenset())))


def a_web(**changes: Any) -> Workload:
    return a_workload("letters", components=(a_component("web", **changes), a_component("db")))


@pytest.mark.parametrize(
    ("wishes", "code", "words"),
    [
        ({"near": (Near(workload="ghost"),)}, Code.DANGLING, "`ghost`"),
        ({"near": (Near(component="gost"),)}, Code.DANGLING, "no component `gost`"),
        ({"apart_from": (Apart(workload="ghost"),)}, Code.DANGLING, "`ghost`"),
        ({"apart_from": (Apart(component="web"),)}, Code.SELF_REFERENCE, "apart from itself"),
        (
            {"near": (Near(component="db"),), "apart_from": (Apart(component="db", place=Place.CLOUD),)},
            Code.CONTRADICTION,
            "share the pool of letters/db, and no cloud",
        ),
        (
            {"stateful": True, "data": Data(gib=1, replication=Replication.NONE)},
            Code.CONTRADICTION,
            "brings them to no other side",
        ),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(wishes: dict[str, Any], code: Code, words: str) -> None:
    (found,) = told(a_web(**wishes))

    assert (found.code, found.severity) == (code, Severity.ERROR)
    assert words in found.message


def test_near_on_a_pool_and_apart_on_hosts_is_no_contradiction() -> None:
    assert told(a_web(near=(Near(component="db"),), apart_from=(Apart(component="db"),))) == []


def test_who_keeps_data_and_does_not_say_how_they_are_copied_is_listed() -> None:
    (found,) = told(a_web(stateful=True, data=Data(gib=5)))

    assert (found.code, found.severity) == (Code.REPLICATION_UNSAID, Severity.NOTE)
    assert "`letters/web`" in found.message


@pytest.mark.parametrize("how", [Replication.BYTEWISE, Replication.LOGICAL, Replication.FILES])
def test_who_says_how_data_are_copied_is_not_listed(how: Replication) -> None:
    assert told(a_web(stateful=True, data=Data(gib=5, replication=how))) == []


def test_pools_are_dedicated_to_owners_that_are_there() -> None:
    pools = (a_pool("bj-a-hygon", dedicated_to=("taxes", "toxes")),)

    (found,) = check_owners(an_estate(pools=pools), (a_workload("letters", owner="taxes"),), "")

    assert (found.code, found.path) == (Code.DANGLING, ("pools", 0, "dedicated_to", 1))


def test_slices_of_a_card_have_names_of_their_own() -> None:
    card = an_accelerator("ascend-910b", slices=(Slice(id="half", per_card=2), Slice(id="half", per_card=4)))

    (found,) = check_owners(an_estate(chips=(card,)), (), "")

    assert found.code is Code.DUPLICATE_ID


def test_a_slice_that_no_card_is_cut_into_is_told() -> None:
    card = an_accelerator("ascend-910b", slices=(Slice(id="half", per_card=2),))
    estate = an_estate(chips=(*(each for each in chips() if each.id != card.id), card))

    assert list(refer_accelerators(estate, "workloads", (), ["ascend-910b", "ascend-910b/half"])) == []
    (found,) = refer_accelerators(estate, "workloads", (), ["ascend-910b/hal"])
    assert "ascend-910b/half" in found.hint


def test_cpus_have_pages_and_accelerators_slices() -> None:
    cut = a_chip("hygon-7390", slices=(Slice(id="half", per_card=2),))

    found = list(check_owners(an_estate(chips=(cut, an_accelerator(page_kib=4))), (), ""))

    assert [(each.code, each.path) for each in found] == [
        (Code.WRONG_KIND, ("chips", 0, "slices")),
        (Code.WRONG_KIND, ("chips", 1, "page_kib")),
    ]
