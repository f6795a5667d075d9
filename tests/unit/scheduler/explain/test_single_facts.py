"""One fact changed flips exactly the verdicts that it should, where a side stands or could stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from support.builders import (
    a_center,
    a_cloud,
    a_component,
    a_dependency,
    a_per_host,
    a_pool,
    a_workload,
    an_environment,
    centers,
    needs,
)

from cmp.model.base import Fact, Provenance
from cmp.model.cordon import Cordon, DrainKind
from cmp.model.environment import Environment
from cmp.model.estate import CenterRole, CloudKind, Isa, Overcommit, Ownership
from cmp.model.plan import Placement
from cmp.model.policy import Policy, Quota
from cmp.model.recovery import Role
from cmp.model.wishes import Apart, AtMost, Near, Place, Replication
from cmp.model.workload import Data, DataClass, Recovery, Require, RunsAs, Spread
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.remedies.changes.editing import changed, with_cloud, with_component, with_pool

Change = Callable[[Environment], Environment]
UNKNOWN = Fact(value=1, provenance=Provenance.UNKNOWN)
POOL = "bj-a-spare"
"""A pool of its own cloud beside the one where the side stands, small enough that packing matters."""


def estate() -> Environment:
    """A grade-5 system with data that asks another within 40 ms; every constraint has something to judge."""
    web = a_component(
        replicas=4,
        needs=needs(3.0, 4.0, 20, ascend_910b=1),
        spread=Spread.NONE,
        data=Data(gib=100, change_mbps_peak=100.0),
    )
    tax_api = a_workload(
        grade=5,
        components=(web,),
        data_class=(DataClass.IMPORTANT,),
        recovery=Recovery(grade=5, fresh_facts=True),
        depends_on=(a_dependency("asked", max_rtt_ms=40.0),),
    )
    cards = a_per_host(accelerators={"ascend-910b": 8})
    small = a_per_host(vcpus=4, memory_gib=64, disk_gib=400, accelerators={"ascend-910b": 8})
    return an_environment(
        tax_api,
        a_workload("asked", grade=1, components=(a_component(require=Require(centers=("bj-b",))),)),
        centers=(*centers(), a_center("gy-d", location="guiyang", role=CenterRole.REMOTE)),
        clouds=(*(a_cloud(f"{name}-gov") for name in ("bj-a", "bj-b", "gy-c")), a_cloud("bj-a-alt")),
        pools=(
            a_pool("bj-a-hygon", per_host=cards),
            a_pool("bj-b-hygon", per_host=cards),
            a_pool("gy-c-hygon", per_host=cards),
            a_pool(POOL, cloud="bj-a-alt", hosts=4, per_host=small, overcommit=Overcommit()),
        ),
        policy=Policy(quotas=(Quota(owner="taxes", vcpus=1000),)),
    )


def drained(environment: Environment) -> Environment:
    since = datetime(2026, 12, 1, tzinfo=UTC)
    cordon = Cordon(kind=DrainKind.POOL, id=POOL, since=since, who="somebody")
    return environment.changed(cordons=(cordon,))


def pool(name: str, **values: Any) -> Change:
    return lambda environment: with_pool(environment, environment.estate.pool[name], **values)


def host(name: str, **values: Any) -> Change:
    return lambda environment: with_pool(
        environment,
        environment.estate.pool[name],
        per_host=changed(environment.estate.pool[name].per_host, **values),
    )


def cloud(**values: Any) -> Change:
    return lambda environment: with_cloud(environment, environment.estate.cloud["bj-a-alt"], **values)


def component(**values: Any) -> Change:
    return lambda environment: with_component(environment, *environment.find("tax-api", "web"), **values)


def link(one: str, other: str, **values: Any) -> Change:
    def change(environment: Environment) -> Environment:
        links = tuple(
            changed(each, **values) if set(each.between) == {one, other} else each
            for each in environment.estate.links
        )
        return changed(environment, estate=changed(environment.estate, links=links))

    return change


def unlinked(one: str, other: str) -> Change:
    def change(environment: Environment) -> Environment:
        links = tuple(each for each in environment.estate.links if set(each.between) != {one, other})
        return changed(environment, estate=changed(environment.estate, links=links))

    return change


def elsewhere(center: str, location: str) -> Change:
    def change(environment: Environment) -> Environment:
        centers = tuple(
            changed(each, location=location) if each.id == center else each
            for each in environment.estate.centers
        )
        return changed(environment, estate=changed(environment.estate, centers=centers))

    return change


def abroad(environment: Environment) -> Environment:
    locations = tuple(
        changed(each, country="SG") if each.id == "beijing" else each for each in environment.estate.locations
    )
    return changed(environment, estate=changed(environment.estate, locations=locations))


def quota(environment: Environment) -> Environment:
    return changed(environment, policy=Policy(quotas=(Quota(owner="taxes", vcpus=20),)))


@dataclass(frozen=True, slots=True)
class Case:
    """A change, the side and pool that are looked at, and the verdicts that it flips."""

    title: str
    change: Change
    flips: tuple[str, ...]
    role: Role = Role.PRIMARY
    pool: str = POOL


# A replica that no host holds cannot be packed either, and a pool without a resource has no room for it:
# where the flip of one constraint entails others, they are listed.
CASES = (
    Case("no image", component(images={Isa.ARM64: "web:1"}), ("image",)),
    Case("runs as a container", component(runs_as=RunsAs.CONTAINER), ("kind",)),
    Case("a Kubernetes cloud", cloud(kind=CloudKind.KUBERNETES), ("kind",)),
    Case("zone not served", cloud(zones=("private",)), ("zone",)),
    Case("certified for less", cloud(mlps_level=2), ("level",)),
    Case("leased", cloud(ownership=Ownership.LEASED), ("ownership",)),
    Case("abroad", abroad, ("residency",)),
    Case("another cloud required", component(require=Require(clouds=("bj-a-gov",))), ("require",)),
    Case("no cards", host(POOL, accelerators={}), ("accelerators", "capacity", "hosts")),
    Case("hosts smaller than a replica", host(POOL, vcpus=2), ("host", "capacity", "hosts")),
    Case("hosts too few by their sum", pool(POOL, hosts=2), ("capacity", "hosts")),
    Case("hosts too few one by one", pool(POOL, hosts=3), ("hosts",)),
    Case("no two replicas in a pool", component(spread=Spread.POOL), ("spread",)),
    Case("performance not known any more", component(performance={"hygon-7390": UNKNOWN}), ("fresh-facts",)),
    Case("drained for maintenance", drained, ("drained",)),
    Case("dedicated to another owner", pool(POOL, dedicated_to=("customs",)), ("dedicated",)),
    Case("another pool required", component(require=Require(pools=("bj-a-hygon",))), ("require",)),
    Case(
        "pages of another size, copied byte by byte",
        lambda given: pool(POOL, page_kib=64)(
            component(data=Data(gib=100, change_mbps_peak=100.0, replication=Replication.BYTEWISE))(given)
        ),
        ("format",),
    ),
    Case("one replica a pool", component(at_most=AtMost(per_pool=1)), ("at-most",)),
    Case(
        "near what stands elsewhere",
        component(near=(Near(workload="asked", component="web", place=Place.CLOUD),)),
        ("near",),
    ),
    Case(
        "apart from what runs in the center",
        component(apart_from=(Apart(workload="asked", place=Place.CENTER),)),
        ("apart",),
        Role.WARM,
        "bj-b-hygon",
    ),
    Case("quota", quota, ("quota",)),
    Case("asked from afar", link("bj-a", "bj-b", rtt_ms=Fact(value=50)), ("rtt",)),
    Case(
        "no synchronous link",
        link("bj-a", "bj-b", synchronous=False),
        ("synchronous",),
        Role.WARM,
        "bj-b-hygon",
    ),
    Case(
        "a narrow link",
        link("bj-a", "bj-b", bandwidth_gbps=Fact(value=0.1)),
        ("link",),
        Role.WARM,
        "bj-b-hygon",
    ),
    Case("no link for the copy", unlinked("bj-a", "gy-c"), ("linked", "link"), Role.BACKUP, "gy-c-hygon"),
    Case("the copy in the same city", elsewhere("gy-c", "beijing"), ("place",), Role.BACKUP, "gy-c-hygon"),
    Case(
        "disks smaller than the copy",
        host("gy-c-hygon", disk_gib=50),
        ("copy", "hosts"),
        Role.BACKUP,
        "gy-c-hygon",
    ),
)


def placements() -> tuple[Placement, ...]:
    decision = schedule(estate())
    assert not decision.unplaced
    return decision.placements


def verdicts(environment: Environment, rows: tuple[Placement, ...], case: Case) -> dict[str, bool]:
    found = explain(environment, rows, Question("tax-api", "web", case.pool)).pools
    (view,) = (each for each in found if each.role is case.role)
    for each in view.constraints:
        assert each.ok or each.reason.partition(":")[0] == each.name
        assert each.ok or each.margin is None or each.margin < 0
    return {each.name: each.ok for each in view.constraints}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_one_fact_flips_exactly_the_verdicts_it_should(case: Case) -> None:
    environment, rows = estate(), placements()
    before = verdicts(environment, rows, case)

    after = verdicts(case.change(environment), rows, case)

    assert all(before.values()), before
    assert tuple(name for name, ok in after.items() if not ok) == case.flips


def test_every_constraint_is_flipped_by_some_fact() -> None:
    environment, rows = estate(), placements()
    names = {name for case in CASES for name in verdicts(environment, rows, case)}

    assert names == {name for case in CASES for name in case.flips}
