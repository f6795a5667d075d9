"""Who gives way to a peak: only who may, in the stated order, down to what is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from support.builders import a_component, a_talk, a_workload, an_environment

from cmp.model.environment import Environment
from cmp.model.workload import Component, Data, Demand, Quorum, Yields
from cmp.scheduler.horizon.shedding import candidates, conceded

MAY = datetime(2027, 5, 20, 12)  # noqa: DTZ001 - local time


def batch(name: str = "job", **changes: Any) -> Component:
    return a_component(name, **{"replicas": 4, "yields": Yields.PREEMPTIBLE} | changes)


def kept(environment: Environment) -> dict[str, int]:
    return {"/".join(each.name): each.keeps for each in candidates(environment, MAY)}


def test_preemptible_goes_before_elastic_and_low_grades_before_high_ones() -> None:
    environment = an_environment(
        a_workload("b", grade=3, components=(batch(),)),
        a_workload("a", grade=3, components=(batch(), a_component("never", replicas=9))),
        a_workload("c", grade=1, components=(batch(yields=Yields.ELASTIC, min_replicas=2),)),
        a_workload("d", grade=2, components=(batch(),)),
    )

    assert list(kept(environment).items()) == [("d/job", 0), ("a/job", 0), ("b/job", 0), ("c/job", 2)]


@pytest.mark.parametrize(
    "changes",
    [{"data": Data(gib=10)}, {"stateful": True}],
    ids=["a copy of data", "state"],
)
def test_what_keeps_data_shrinks_and_does_not_stop(changes: dict[str, Any]) -> None:
    assert kept(an_environment(a_workload(components=(batch(**changes),)))) == {"tax-api/job": 1}


def test_whom_somebody_asks_shrinks_and_does_not_stop() -> None:
    front = a_component("front", talks_to=(a_talk("job"),))

    assert kept(an_environment(a_workload(components=(front, batch())))) == {"tax-api/job": 1}


def test_whose_own_peak_it_is_gives_nothing() -> None:
    peak = batch(demand=(Demand(when="05-20", factor=2.0),))

    assert kept(an_environment(a_workload(components=(peak,)))) == {}


def test_a_quorum_gives_nothing() -> None:
    quorum = batch(replicas=3, quorum=Quorum(members=3, per_center=1, needed=2))

    assert kept(an_environment(a_workload(components=(quorum,)))) == {}


def test_who_gave_way_runs_so_many_whatever_the_demand() -> None:
    elastic = batch(
        "index", yields=Yields.ELASTIC, min_replicas=2, demand=(Demand(when="05-20", factor=0.5),)
    )
    environment = an_environment(a_workload(components=(elastic, batch())), a_workload("other"))

    left = conceded(environment, candidates(environment, MAY))

    (component,) = left.workload["tax-api"].components
    assert (component.id, component.replicas, component.demand) == ("index", 2, ())
    assert left.workload["other"] == environment.workload["other"]
    assert environment.workload["tax-api"].component.keys() == {"index", "job"}


def test_a_workload_all_of_which_stopped_is_not_there() -> None:
    environment = an_environment(a_workload("train", components=(batch(),)), a_workload("other"))

    assert conceded(environment, candidates(environment, MAY)).workload.keys() == {"other"}
