"""Gives components the names they are found by, in both families, and budgets that always let one pod go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cmp.clouds.kubernetes import marks
from cmp.model.container import ServiceKind
from cmp.model.plan import Plan
from cmp.model.wishes import Protocol
from cmp.model.workload import Component
from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow
from stacks.objects.manifest import Kind, Manifest

FAMILIES: Final = {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]}
UNWATCHED: Final = {"pulumi.com/skipAwait": "true"}
"""The provider would wait for endpoints in a form that Kubernetes gave up; our driver looks by itself."""

TYPES: Final = {
    ServiceKind.CLUSTER: "ClusterIP",
    ServiceKind.HEADLESS: "ClusterIP",
    ServiceKind.NODE_PORT: "NodePort",
    ServiceKind.LOAD_BALANCER: "LoadBalancer",
}
NO_ADDRESS: Final = {"clusterIP": "None"}


def ports_of(plan: Plan, workload: str, component: Component) -> tuple[tuple[str, int], ...]:
    """Every port of a component, with its protocol: what it exposes, and what others say they talk to."""
    found = {(str(each.protocol), each.port) for each in component.exposes}
    for other in plan.environment.workloads:
        for part in other.components:
            for talk in part.talks_to:
                if (talk.workload or other.id, talk.component) == (workload, component.id):
                    found.add((str(talk.protocol), talk.port))
    return tuple(sorted(found))


def port_name(protocol: str, port: int) -> str:
    """A name of its own for each port: one number may be TCP and UDP at once."""
    return f"{protocol}-{port}"


def services(rows: Sequence[ClusterRow]) -> Iterator[Manifest]:
    """The Service of a component that listens, and the one that names each replica of a stateful one."""
    row = rows[0]
    component = row.component
    ports = [
        {"name": port_name(protocol, port), "port": port, "targetPort": port, "protocol": protocol.upper()}
        for protocol, port in ports_of(row.plan, row.row.workload, component)
    ]
    if ports:
        headless = NO_ADDRESS if component.service is ServiceKind.HEADLESS else {}
        spec = {"type": TYPES[component.service], "ports": ports, **headless}
        yield _service(row, naming.service(component.id), spec)
    if component.stateful:
        named: dict[str, Any] = {"type": "ClusterIP", "publishNotReadyAddresses": True, **NO_ADDRESS}
        yield _service(row, naming.members(component.id), named | ({"ports": ports} if ports else {}))


def ingress(rows: Sequence[ClusterRow]) -> Iterator[Manifest]:
    """The names under which people reach a component, where its cluster has an entrance.

    Requests come encrypted; with which certificate the entrance answers is its operators' concern.
    """
    row = rows[0]
    entrance = row.entrance
    if entrance is None or not row.component.published:
        return
    hosts: dict[str, list[dict[str, Any]]] = {}
    for each in row.component.published:
        port = {"name": port_name(str(Protocol.TCP), each.port)}
        to = {"service": {"name": naming.service(row.component.id), "port": port}}
        hosts.setdefault(each.host, []).append({"path": each.path, "pathType": "Prefix", "backend": to})
    yield Manifest(
        Kind.INGRESS,
        naming.service(row.component.id),
        row.namespace,
        body={
            "spec": {
                "ingressClassName": entrance.ingress_class,
                "tls": [{"hosts": sorted(hosts)}],
                "rules": [{"host": host, "http": {"paths": paths}} for host, paths in sorted(hosts.items())],
            }
        },
        tags=tagging.of_component(row),
        steering=UNWATCHED,
        after=(f"{Kind.SERVICE}::{row.namespace}/{naming.service(row.component.id)}",),
    )


def budget(rows: Sequence[ClusterRow]) -> Manifest:
    """Lets one pod of a component go at a time, whatever its number: a drain never waits for ever."""
    row = rows[0]
    return Manifest(
        Kind.DISRUPTION_BUDGET,
        naming.service(row.component.id),
        row.namespace,
        body={
            "spec": {
                "maxUnavailable": 1,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": {"matchLabels": marks.labels(tagging.selecting(row))},
            }
        },
        tags=tagging.of_component(row),
    )


def _service(row: ClusterRow, name: str, spec: dict[str, Any]) -> Manifest:
    selector = marks.labels(tagging.selecting(row))
    return Manifest(
        Kind.SERVICE,
        name,
        row.namespace,
        body={"spec": {**spec, **FAMILIES, "selector": selector}},
        tags=tagging.of_component(row),
        steering=UNWATCHED,
    )
