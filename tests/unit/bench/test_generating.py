from __future__ import annotations

from collections import Counter

import pytest

from cmp.bench.generating.chance import Chance
from cmp.bench.generating.making import generated
from cmp.errors import Invalid
from cmp.loaders.checks.everything import check
from cmp.loaders.documents import Documents
from cmp.model.environment import Environment, Header
from cmp.model.estate import CloudKind
from cmp.model.finding import Severity
from cmp.model.workload import Scaling, Yields
from cmp.scheduler.engine import schedule


def _documents(environment: Environment) -> Documents:
    return Documents(
        header=Header(name=environment.name, title=environment.title, bindings=environment.bindings),
        estate=environment.estate,
        network=environment.network,
        every=environment.workloads,
        workloads=environment.workloads,
        policy=environment.policy,
        calendars=environment.calendars,
        hosts={},
        trees={},
        hidden={},
    )


def test_equal_seeds_give_equal_estates_and_others_do_not() -> None:
    assert generated(30, 9, 5).model_dump_json() == generated(30, 9, 5).model_dump_json()
    assert generated(30, 9, 5).workloads != generated(30, 9, 6).workloads


@pytest.mark.parametrize(("workloads", "pools", "seed"), [(1, 3, 1), (40, 3, 2), (200, 12, 3), (400, 31, 4)])
def test_a_generated_estate_is_one_that_could_have_been_read(workloads: int, pools: int, seed: int) -> None:
    environment = generated(workloads, pools, seed)

    read = Environment.model_validate_json(environment.model_dump_json())

    assert read == environment
    found = check(_documents(read), read.recovery)
    assert [each for each in found if each.severity is not Severity.NOTE] == []
    assert len(read.workloads) == workloads
    assert len(read.estate.pools) == pools


def test_a_large_one_has_every_kind_of_cloud_grade_and_way_to_give_way() -> None:
    environment = generated(1000, 30, 7)
    components = [component for workload in environment.workloads for component in workload.components]

    assert {cloud.kind for cloud in environment.estate.clouds} == set(CloudKind)
    assert set(Counter(workload.recovery.grade for workload in environment.workloads)) == {1, 2, 3, 4, 5, 6}
    assert {component.yields for component in components} == set(Yields)
    assert {component.scaling for component in components} == set(Scaling)
    assert any(component.quorum for component in components)
    assert any(component.together_with for component in components)
    assert any(workload.depends_on for workload in environment.workloads)
    assert environment.policy.quotas


def test_pools_are_as_large_as_asked_and_their_hosts_are_needed() -> None:
    asked = generated(40, 6, 3, hosts=40)
    needed = generated(40, 6, 3)

    assert all(pool.usable_hosts >= 40 for pool in asked.estate.pools)
    assert sum(each.replicas for w in asked.workloads for each in w.components) > 5 * sum(
        each.replicas for w in needed.workloads for each in w.components
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_everything_of_a_generated_estate_finds_its_place(seed: int) -> None:
    assert schedule(generated(60, 12, seed)).unplaced == ()


def test_fewer_pools_than_centers_are_refused() -> None:
    with pytest.raises(Invalid, match="2 pools are too few for three centers"):
        generated(5, 2, 0)


def test_the_random_numbers_are_those_of_splitmix64() -> None:
    chance = Chance(1234567)

    drawn = [chance.below(1 << 64) for _ in range(3)]

    assert drawn == [6457827717110365317, 3203168211198807973, 9817491932198370423]
