"""Judges one planned resource by the rules: fetches the values they need, and honours waivers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from typing import Any

from cmp.clouds.marked import tags_in
from cmp.model.plan import Plan
from cmp.model.policy import Waiver
from cmp.model.tags import COMPONENT, WORKLOAD
from policies.rules.registry import OpeningsRule, PlacementRule
from policies.rules.values import ANY_PORT, Opening, Standpoint, Tenant

RUNNING = frozenset(
    {
        "tricenter:openstack:Server",
        "tricenter:aws:Instance",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:apps/v1:StatefulSet",
    }
)
"""What runs a component, in each kind of cloud."""

EVERYBODY = ("0.0.0.0/0", "::/0")
_WITHOUT_PORTS = frozenset({"icmp", "icmpv6"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource as the engine is about to make it; `cloud` is the id of the cloud it goes to."""

    kind: str
    name: str
    cloud: str
    properties: Mapping[str, Any]

    @property
    def tags(self) -> Mapping[str, str]:
        """What it is marked with."""
        return tags_in(self.properties)

    @property
    def goes_by(self) -> frozenset[str]:
        """The names a waiver may call it by: its own, its workload, its component."""
        workload, component = self.tags.get(WORKLOAD, ""), self.tags.get(COMPONENT, "")
        return frozenset({self.name, workload, f"{workload}/{component}"} - {"", "/"})


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """What a rule says against a resource; a waiver in force makes it a note."""

    sentence: str
    waived: bool


def judge(
    rule: PlacementRule | OpeningsRule, planned: Planned, plan: Plan, today: date
) -> Iterator[PolicyFinding]:
    """What a rule says against a planned resource; it is evaluated also where it is waived."""
    sentences = (
        _placement(rule, planned, plan) if isinstance(rule, PlacementRule) else _openings(rule, planned)
    )
    waiver = _waiver(rule.id, planned, plan.environment.policy.waivers, today)
    for sentence in sentences:
        if waiver:
            note = f"waived until {waiver.until} by {waiver.owner}: {waiver.reason}"
            yield PolicyFinding(f"{sentence} ({note})", waived=True)
        else:
            yield PolicyFinding(sentence, waived=False)


def _placement(rule: PlacementRule, planned: Planned, plan: Plan) -> Iterator[str]:
    if planned.kind not in RUNNING:
        return
    workload = plan.environment.workload.get(planned.tags.get(WORKLOAD, ""))
    component = workload.component.get(planned.tags.get(COMPONENT, "")) if workload else None
    cloud = plan.environment.estate.cloud.get(planned.cloud)
    if workload is None or component is None:
        yield f"{planned.name} belongs to no component of the plan: nobody says what binds it"
    elif cloud is None:
        yield f"{planned.name} goes to {planned.cloud or 'an unnamed cloud'}, which the plan does not know"
    else:
        yield from rule.check(Tenant.of(workload, component), Standpoint.of(cloud, plan.environment.estate))


def _openings(rule: OpeningsRule, planned: Planned) -> Iterator[str]:
    opened = FIREWALLS.get(planned.kind)
    if opened is not None:
        yield from rule.check(list(opened(planned)))


def _opened(planned: Planned) -> Iterator[Opening]:
    for flow in planned.properties.get("rules") or ():
        if flow["direction"] == "ingress" and flow["protocol"] not in _WITHOUT_PORTS:
            first, last = _ports(flow)
            yield Opening(planned.name, first, last, ip_network(flow["prefix"]))


def _admitted(planned: Planned) -> Iterator[Opening]:
    """What a network policy lets in from address blocks; a rule without peers lets in everybody."""
    spec = planned.properties.get("spec") or {}
    for admitted in spec.get("ingress") or ():
        blocks = [peer["ipBlock"]["cidr"] for peer in admitted.get("from") or () if "ipBlock" in peer]
        ports: Iterable[Mapping[str, Any]] = admitted.get("ports") or ({},)
        for port in ports:
            first, last = _numbers(port)
            for block in blocks if admitted.get("from") else EVERYBODY:
                yield Opening(planned.name, first, last, ip_network(block))


def _numbers(port: Mapping[str, Any]) -> tuple[int, int]:
    if not isinstance(port.get("port"), int | float):
        return ANY_PORT
    return int(port["port"]), int(port.get("endPort") or port["port"])


FIREWALLS: Mapping[str, Callable[[Planned], Iterator[Opening]]] = {
    "tricenter:openstack:SecurityGroup": _opened,
    "tricenter:aws:SecurityGroup": _opened,
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": _admitted,
}
"""What lets traffic in, in each kind of cloud, and how it says so."""


def _ports(flow: Mapping[str, Any]) -> tuple[int, int]:
    if flow.get("port") is None:
        return ANY_PORT
    return int(flow["port"]), int(flow.get("port_end") or flow["port"])


def _waiver(rule: str, planned: Planned, waivers: Iterable[Waiver], today: date) -> Waiver | None:
    """The waiver of a rule that is in force for a resource."""
    return next(
        (
            waiver
            for waiver in waivers
            if waiver.rule == rule and waiver.resource in planned.goes_by and today <= waiver.until
        ),
        None,
    )
