"""Rows that are right on one estate are rejected on another that lacks what they need, with that code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.builders import a_cloud, a_dependency, a_per_host, a_pool, a_talk, clouds, links, pools

from cmp.model.environment import Environment
from cmp.model.estate import CloudKind, Isa, Location, Overcommit, Ownership
from cmp.model.plan import Placement, Plan
from cmp.model.policy import Policy, Quota, RuleLevel, RuleSetting
from cmp.model.workload import Data, DataClass, Mode, Quorum, Require, RunsAs
from cmp.verifier.checking import check

Rows = tuple[Placement, ...]
Assemble = Callable[..., Plan]
Change = Callable[[Environment], Environment]


def rebuilt(document: Any, **values: Any) -> Any:
    """The same document with other values, made anew: nothing it has derived before is kept."""
    fields = {name: getattr(document, name) for name in type(document).model_fields}
    return type(document)(**fields | values)


def estate(**values: Any) -> Change:
    return lambda environment: rebuilt(environment, estate=rebuilt(environment.estate, **values))


def workload(name: str, **values: Any) -> Change:
    def change(environment: Environment) -> Environment:
        return rebuilt(
            environment,
            workloads=tuple(
                rebuilt(each, **values) if each.id == name else each for each in environment.workloads
            ),
        )

    return change


def component(name: str, **values: Any) -> Change:
    def change(environment: Environment) -> Environment:
        owner = next(each for each in environment.workloads if name in each.component)
        parts = tuple(rebuilt(each, **values) if each.id == name else each for each in owner.components)
        return workload(owner.id, components=parts)(environment)

    return change


def talks(name: str, other: str, part: str, bound: float | None) -> Change:
    return component(name, talks_to=(a_talk(part, workload=other, max_rtt_ms=bound),))


def both(*changes: Change) -> Change:
    def change(environment: Environment) -> Environment:
        for step in changes:
            environment = step(environment)
        return environment

    return change


def cloud(name: str, **values: Any) -> Change:
    return estate(clouds=tuple(a_cloud(name, **values) if each.id == name else each for each in clouds()))


def pool(name: str, **values: Any) -> Change:
    return estate(pools=tuple(a_pool(name, **values) if each.id == name else each for each in pools()))


def link(place: int, **values: Any) -> Change:
    return estate(
        links=tuple(rebuilt(each, **values) if i == place else each for i, each in enumerate(links()))
    )


def quota(owner: str, **values: int) -> Change:
    return lambda environment: rebuilt(environment, policy=Policy(quotas=(Quota(owner=owner, **values),)))


CASES: dict[str, tuple[Change, str]] = {
    "a dependency that promises less": (
        workload("portal", depends_on=(a_dependency("archive"),)),
        "promise",
    ),
    "no image for the chip": (component("front", images={Isa.AMD64: "front:1.0"}), "isa"),
    "a container on a server cloud": (component("front", runs_as=RunsAs.CONTAINER), "cloud-kind"),
    "a server on a container cloud": (
        cloud("gy-c-gov", kind=CloudKind.KUBERNETES),
        "cloud-kind rules-missing rules-undeclared",
    ),
    "a zone not served": (cloud("gy-c-gov", zones=("private", "internet")), "zone network-unknown"),
    "a protection level not reached": (cloud("gy-c-gov", mlps_level=2), "protection-level"),
    "sensitive data on a leased cloud": (cloud("gy-c-gov", ownership=Ownership.LEASED), "ownership"),
    "internal data on a public cloud": (
        both(
            workload("identity", data_class=(DataClass.PUBLIC,)),
            cloud("gy-c-gov", ownership=Ownership.PUBLIC),
        ),
        "ownership",
    ),
    "sensitive data abroad": (
        estate(locations=(Location(id="beijing"), Location(id="guiyang", country="SG"))),
        "residency",
    ),
    "another center required": (component("front", require=Require(centers=("bj-b", "bj-a"))), "require"),
    "another cloud required": (component("front", require=Require(clouds=("bj-b-gov",))), "require"),
    "another ownership required": (
        component("front", require=Require(ownership=(Ownership.LEASED,))),
        "require",
    ),
    "a link that is not synchronous": (link(0, synchronous=False), "side-link"),
    "a replica that needs more cores than a host has": (
        pool("gy-c-kunpeng", per_host=a_per_host(vcpus=1), overcommit=Overcommit(vcpus=8.0)),
        "host-size",
    ),
    "a replica that needs more memory than a host has": (
        pool("gy-c-kunpeng", per_host=a_per_host(memory_gib=3), overcommit=Overcommit(memory=8.0)),
        "host-size",
    ),
    "a quorum with fewer in a center": (
        component("node", quorum=Quorum(members=5, per_center=1, needed=3)),
        "quorum-per-center",
    ),
    "a quorum that needs more alive": (
        component("node", quorum=Quorum(members=5, per_center=2, needed=4)),
        "quorum-alive",
    ),
    "too far in normal time": (talks("store", "identity", "app", 20.0), "rtt rules-missing"),
    "too far after a failure": (talks("front", "identity", "app", 20.0), "rtt-after rules-missing"),
    "a link that is not there": (
        both(estate(links=links()[:1]), talks("store", "identity", "app", 40.0)),
        "rtt rules-missing link link-after side-unlinked quorum-unlinked",
    ),
    "a link that is not there for a flow without a bound": (
        both(estate(links=links()[:1]), talks("store", "identity", "app", None)),
        "rtt rules-missing link link-after side-unlinked quorum-unlinked",
    ),
    "a link too small": (
        component("db", data=Data(gib=100, change_mbps_peak=7001.0)),
        "link link-after",
    ),
    "a link too small once the source has moved": (link(2, bandwidth_gbps=0.007), "link-after"),
    "a quota too small": (quota("taxes", vcpus=40), "quota quota-after"),
    "a quota too small after a failure": (
        both(workload("portal", owner="fronts"), quota("fronts", vcpus=9)),
        "quota-after",
    ),
    "a quota of disk too small": (quota("taxes", disk_gib=10), "quota quota-after"),
    "a reference chip that is not there": (estate(reference_chip="ghost"), "environment"),
    "an accelerator as reference chip": (estate(reference_chip="ascend-910b"), "environment"),
    "a location that is not there": (estate(locations=(Location(id="beijing"),)), "environment"),
    "a center that is not there": (cloud("gy-c-gov", center="ghost"), "environment"),
    "a cloud that is not there": (pool("gy-c-hygon", cloud="ghost"), "environment"),
    "a pool's chip that is not there": (pool("gy-c-hygon", chip="ghost"), "environment"),
    "a link to nowhere": (link(0, between=("bj-a", "ghost")), "environment"),
    "a pool twice": (estate(pools=(*pools(), a_pool())), "environment"),
    "a dependency that is not there": (
        workload("portal", depends_on=(a_dependency("ghost"),)),
        "environment",
    ),
    "a talk to nobody": (talks("front", "identity", "ghost", 20.0), "environment"),
    "together with nobody": (component("front", together_with=("ghost",)), "environment"),
    "sized on a chip that is not there": (component("front", sized_on="ghost"), "environment"),
}


@pytest.mark.parametrize(("change", "codes"), CASES.values(), ids=CASES)
def test_rows_on_an_estate_that_does_not_carry_them_are_found(
    accepted: Plan, estate_in_use: tuple[Environment, Rows], change: Change, codes: str
) -> None:
    environment, _ = estate_in_use

    plan = accepted.model_copy(update={"environment": change(environment)}).sealed()

    assert {finding.code for finding in check(plan)} == set(codes.split())


JUST_ENOUGH: dict[str, Change] = {
    "a quota used up after a failure": both(
        workload("portal", owner="fronts"), quota("fronts", vcpus=10, memory_gib=20, disk_gib=100)
    ),
    "a link filled to its share": component("db", data=Data(gib=100, change_mbps_peak=6999.0)),
    "a distance at its bound": workload("archive", depends_on=(a_dependency("tax-api", max_rtt_ms=38.0),)),
    "a quorum that may lose two": component("node", quorum=Quorum(members=5, per_center=2, needed=3)),
    "leased clouds for internal data": both(
        workload("identity", data_class=(DataClass.INTERNAL, DataClass.PERSONAL)),
        cloud("gy-c-gov", ownership=Ownership.LEASED),
    ),
    "public clouds for public data": both(
        *(
            workload(name, data_class=(DataClass.PUBLIC,))
            for name in ("tax-api", "identity", "portal", "portal-cache", "ledger", "archive")
        ),
        cloud("gy-c-gov", ownership=Ownership.PUBLIC),
    ),
    "internal data abroad": both(
        workload("identity", data_class=(DataClass.INTERNAL,)),
        estate(locations=(Location(id="beijing"), Location(id="guiyang", country="SG"))),
    ),
    "the center, cloud and ownership required": component(
        "front",
        require=Require(
            centers=("bj-b", "gy-c"),
            clouds=("bj-b-gov", "gy-c-gov"),
            ownership=(Ownership.GOVERNMENT,),
        ),
    ),
    "a copy where the original may not run": both(
        component("store", require=Require(centers=("gy-c",))), component("db", require=Require())
    ),
    "a degraded dependency on one that promises less": workload(
        "portal", depends_on=(a_dependency("archive", mode=Mode.DEGRADED),)
    ),
}


@pytest.mark.parametrize("change", JUST_ENOUGH.values(), ids=JUST_ENOUGH)
def test_rows_on_an_estate_that_just_carries_them_are_accepted(
    accepted: Plan, estate_in_use: tuple[Environment, Rows], change: Change
) -> None:
    environment, _ = estate_in_use

    plan = accepted.model_copy(update={"environment": change(environment)}).sealed()

    assert check(plan) == ()


@pytest.mark.parametrize(
    ("level", "zone", "told"),
    [
        (RuleLevel.MANDATORY, "private", True),
        (RuleLevel.ADVISORY, "private", False),
        (RuleLevel.MANDATORY, "internet", False),
    ],
)
def test_zones_of_one_cluster_are_mixed_where_the_policy_forbids_it(
    accepted: Plan, estate_in_use: tuple[Environment, Rows], level: RuleLevel, zone: str, *, told: bool
) -> None:
    """An isolated zone beside another; addresses tell neither of the two open ones from the other either."""
    setting = RuleSetting(id="zones-told-apart", level=level)
    change = both(
        cloud("gy-c-gov", kind=CloudKind.KUBERNETES),
        component("store", zone=zone),
        lambda environment: rebuilt(environment, policy=Policy(rules=(setting,))),
    )

    plan = accepted.model_copy(update={"environment": change(estate_in_use[0])}).sealed()

    assert ("zones-mixed" in {finding.code for finding in check(plan)}) is told
