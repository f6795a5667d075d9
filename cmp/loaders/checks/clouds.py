"""Checks how clouds are reached, and what a Kubernetes pool may promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cmp.loaders.hints import did_you_mean
from cmp.model.abilities import abilities_of
from cmp.model.codes import Code
from cmp.model.container_networks import mixed_zones
from cmp.model.environment import Header
from cmp.model.estate import Cloud, CloudKind, Estate
from cmp.model.finding import Finding, Severity
from cmp.model.network import Network
from cmp.model.policy import Policy, RuleLevel
from cmp.model.workload import RunsAs
from cmp.sentences import Sentence
from policies.rules.registry import ZONES_TOLD_APART, level_of

ESTATE: Final = "estate"
LAB: Final = "lab"
MODES: Final = (LAB, "external")

NEEDED: Final[Mapping[CloudKind, tuple[str, ...]]] = {
    CloudKind.OPENSTACK: ("cloud",),
    CloudKind.AWS: ("profile",),
    CloudKind.KUBERNETES: ("context",),
}
PLACE: Final[Mapping[CloudKind, tuple[str, ...]]] = {
    CloudKind.OPENSTACK: ("cloud", "region"),
    CloudKind.AWS: ("profile", "region", "endpoint"),
    CloudKind.KUBERNETES: ("context",),
}
ALLOWED: Final[Mapping[CloudKind, tuple[str, ...]]] = {
    **PLACE,
    CloudKind.OPENSTACK: (*PLACE[CloudKind.OPENSTACK], "external_network"),
}


def check_bindings(estate: Estate) -> Iterator[Finding]:
    """Each cloud names what its kind is reached by, and no two are the same place."""
    taken: dict[tuple[object, ...], str] = {}
    for index, cloud in enumerate(estate.clouds):
        yield from _fields(index, cloud)
        key = (cloud.kind, *(getattr(cloud.binding, name) for name in PLACE[cloud.kind]))
        if any(part is not None for part in key[1:]) and key in taken:
            message = Sentence(
                "`{id}` and `{taken}` are bound to the same place", id=cloud.id, taken=taken[key]
            )
            hint = "hosts would be counted twice: give each cloud its own binding"
            yield Finding(ESTATE, ("clouds", index, "binding"), Code.BINDING, message, hint)
        taken.setdefault(key, cloud.id)


def check_clusters(estate: Estate) -> Iterator[Finding]:
    """A cluster is not called as a center: stacks are called after both. Clusters alone have `containers`."""
    for index, cloud in enumerate(estate.clouds):
        if abilities_of(cloud).runs is RunsAs.CONTAINER and cloud.id in estate.center:
            message = Sentence("the cluster `{id}` is called as a center is", id=cloud.id)
            hint = "give it a name of its own: stacks of clusters and of centers are called after them"
            yield Finding(ESTATE, ("clouds", index, "id"), Code.DUPLICATE_ID, message, hint)

        if cloud.containers is not None and abilities_of(cloud).runs is not RunsAs.CONTAINER:
            message = Sentence("`{id}` runs no containers", id=cloud.id)
            yield Finding(ESTATE, ("clouds", index, "containers"), Code.NO_CONTAINERS, message, "take it out")


def check_zones(estate: Estate, network: Network, policy: Policy | None) -> Iterator[Finding]:
    """A cluster that serves an isolated zone beside others is told, or refused where the policy says so."""
    level = level_of(ZONES_TOLD_APART, policy) if policy else ZONES_TOLD_APART.level
    severity = Severity.ERROR if level is RuleLevel.MANDATORY else Severity.NOTE
    if level is RuleLevel.DISABLED:
        return
    for index, cloud in enumerate(estate.clouds):
        if zones := mixed_zones(cloud, network):
            message = Sentence(
                "outside of `{id}` its zones {names} cannot be told apart: containers share their addresses",
                id=cloud.id,
                names=", ".join(zones),
            )
            hint = "a cluster for each of them tells them apart"
            yield Finding(ESTATE, ("clouds", index, "zones"), Code.ZONES_MIXED, message, hint, severity)


def _fields(index: int, cloud: Cloud) -> Iterator[Finding]:
    given = {name for name, value in cloud.binding.model_dump().items() if value is not None}
    path = ("clouds", index, "binding")
    for name in NEEDED[cloud.kind]:
        if name not in given:
            message = (
                Sentence("an {kind} cloud", kind=cloud.kind)
                if cloud.kind is not CloudKind.KUBERNETES
                else "a kubernetes cloud"
            )
            yield Finding(
                ESTATE,
                path,
                Code.BINDING,
                Sentence("{message} is bound by `{name}`: it is missing", message=message, name=name),
            )
    for name in sorted(given - set(ALLOWED[cloud.kind])):
        hint = did_you_mean(name, ALLOWED[cloud.kind])
        message = Sentence("`{name}` does not bind a cloud of kind {kind}", name=name, kind=cloud.kind)
        yield Finding(ESTATE, (*path, name), Code.BINDING, message, hint, at_key=True)


def check_overcommit(estate: Estate) -> Iterator[Finding]:
    """Who schedules by requests, as Kubernetes does, promises what there is: its pools have overcommit 1."""
    for index, pool in enumerate(estate.pools):
        cloud = estate.cloud.get(pool.cloud)
        if cloud is None or abilities_of(cloud).overcommits:
            continue
        if pool.overcommit.vcpus != 1 or pool.overcommit.memory != 1:
            message = Sentence("`{id}` is a Kubernetes pool and cannot be overcommitted", id=pool.id)
            hint = "leave out `overcommit`, or write 1.0"
            yield Finding(ESTATE, ("pools", index, "overcommit"), Code.KUBERNETES_OVERCOMMIT, message, hint)


def check_mode(header: Header) -> Iterator[Finding]:
    """`bindings` says lab or external."""
    if header.bindings not in MODES:
        message = Sentence("`bindings` is `{bindings}`: write lab or external", bindings=header.bindings)
        yield Finding(
            "environment", ("bindings",), Code.BINDINGS_MODE, message, did_you_mean(header.bindings, MODES)
        )
