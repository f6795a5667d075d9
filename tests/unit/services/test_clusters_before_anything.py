"""Before anything is previewed in a cluster: who answers, whether it is the same, whose objects are there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from support.at_hand import means_at
from support.containers_plan import CLUSTER, NAMESPACE, a_containers_plan

from cmp.clouds.base import Noun, Resource
from cmp.errors import CmpError, Refused, TryLater
from cmp.means import Means
from cmp.model.plan import Plan
from cmp.services.carrying_out.clusters import keep_identities, refusals

FIRST, OTHER = "8d0f", "77aa"


class Cluster:
    """A cluster that says which it is, and lists what it is told to hold, or does not answer."""

    hosts = None

    def __init__(self, *held: Resource, identity: str = FIRST, error: CmpError | None = None) -> None:
        self.id, self.identity = CLUSTER, identity
        self._held, self._error = held, error

    def noun(self, name: str) -> Noun:
        raise KeyError(name)

    def list(self) -> tuple[Resource, ...]:
        if self._error:
            raise self._error
        return self._held


@pytest.fixture(scope="module")
def plan() -> Plan:
    return a_containers_plan()


def means(state: Path, cluster: Cluster) -> Means:
    return means_at(state, {CLUSTER: cluster})


def held(kind: str, name: str, environment: str = "") -> Resource:
    tags = {"environment": environment} if environment else {}
    return Resource(CLUSTER, kind, name, name, managed=bool(environment), tags=tags)


def told(found: Iterable[CmpError]) -> str:
    return "; ".join(map(str, found))


def test_a_cluster_that_is_well_is_not_named(tmp_path: Path, plan: Plan) -> None:
    assert refusals(means(tmp_path, Cluster()), plan) == {}


def test_a_cluster_that_does_not_answer_is_no_empty_one(tmp_path: Path, plan: Plan) -> None:
    """K01: the provider would say that nothing changes."""
    silent = Cluster(error=TryLater(f"{CLUSTER} does not answer"))

    found = refusals(means(tmp_path, silent), plan)

    assert set(found) == {CLUSTER}
    assert isinstance(found[CLUSTER], TryLater)


def test_another_cluster_at_the_same_address_is_refused(tmp_path: Path, plan: Plan) -> None:
    keep_identities(means(tmp_path, Cluster()), plan, {})

    found = refusals(means(tmp_path, Cluster(identity=OTHER)), plan)

    assert isinstance(found[CLUSTER], Refused)
    assert f"another cluster answers for {CLUSTER}: {OTHER} and no longer {FIRST}" in told(found.values())
    assert refusals(means(tmp_path, Cluster()), plan) == {}


def test_a_cluster_that_was_refused_is_not_remembered(tmp_path: Path, plan: Plan) -> None:
    refused = {CLUSTER: TryLater("it does not answer")}

    keep_identities(means(tmp_path, Cluster(identity=OTHER)), plan, refused)

    assert refusals(means(tmp_path, Cluster()), plan) == {}


@pytest.mark.parametrize("environment", ["", "others"])
def test_a_strangers_object_of_a_name_we_need_is_not_taken_over(
    tmp_path: Path, plan: Plan, environment: str
) -> None:
    """K29: the provider would adopt it without a word, and a later `down` delete it."""
    stranger = Cluster(held("namespace", NAMESPACE, environment), held("namespace", "kube-system"))

    found = refusals(means(tmp_path, stranger), plan)

    assert f"objects of these names that this environment did not make: namespace {NAMESPACE}" in told(
        found.values()
    )
    assert "kube-system" not in told(found.values())


def test_what_this_environment_made_is_its_own(tmp_path: Path, plan: Plan) -> None:
    ours = Cluster(held("namespace", NAMESPACE, plan.environment.name))

    assert refusals(means(tmp_path, ours), plan) == {}
