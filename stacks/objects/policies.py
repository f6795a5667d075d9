"""Says who may talk to whom in a cluster: nobody, but for what components declare, in both families.

Peers inside the cluster are named by their labels alone: its range would let in every pod of it, and plugins
differ in whether an address block means pods. Whoever is outside is named by the ranges of the Plan. An empty
list with its policy type means nobody. A rule without a peer would mean everybody: none is ever made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from cmp.clouds.kubernetes import marks
from cmp.model.container_networks import carried
from cmp.model.network import Prefix
from cmp.model.plan import Plan, SecurityGroup, SecurityRule, ZoneNetwork
from cmp.model.tags import COMPONENT, WORKLOAD, ZONE
from cmp.model.wishes import Protocol
from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow, components_of, namespaces_of
from stacks.objects.manifest import Body, Kind, Manifest

NOBODY: Final = "default-deny"
BOTH: Final = ("Ingress", "Egress")
RESOLVERS: Final[Body] = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}
"""The cluster's own resolvers: by their labels, and so in whichever family they have addresses."""

Opening = tuple[str, str, int]
"""Direction, protocol, port."""


def policies(plan: Plan, cloud: str) -> Iterator[Manifest]:
    """The policies of every namespace and component of a cluster."""
    for rows in namespaces_of(plan, cloud).values():
        yield _policy(NOBODY, rows[0], tagging.of_namespace(rows[0]), {"podSelector": {}})
    groups = {(g.workload, g.component): g for g in plan.security_groups if g.cloud == cloud}
    own = frozenset(prefix for each in plan.networks if each.cloud == cloud for prefix in _own(plan, each))
    there = {(row.row.workload, row.row.component): row for row in _first_rows(plan, cloud)}
    for row in there.values():
        group = groups.get((row.row.workload, row.row.component))
        yield _of_component(row, _outside(group, own), there)


def _own(plan: Plan, network: ZoneNetwork) -> tuple[Prefix, Prefix]:
    return carried(plan.environment.estate.cloud[network.cloud], network)


def _outside(group: SecurityGroup | None, own: frozenset[Prefix]) -> tuple[SecurityRule, ...]:
    """The rules of a component whose far end is not in the cluster itself."""
    return tuple(rule for rule in group.rules if rule.prefix not in own) if group else ()


def _first_rows(plan: Plan, cloud: str) -> Iterator[ClusterRow]:
    for rows in components_of(plan, cloud).values():
        yield rows[0]


def _of_component(
    row: ClusterRow, rules: Iterable[SecurityRule], there: Mapping[tuple[str, str], ClusterRow]
) -> Manifest:
    peers: dict[Opening, list[dict[str, Any]]] = defaultdict(list)
    for rule in rules:
        peers[rule.direction, str(rule.protocol), rule.port].append({"ipBlock": {"cidr": str(rule.prefix)}})
    for opening, peer in _inside(row, there):
        if peer not in peers[opening]:
            peers[opening].append(peer)
    spec: dict[str, Any] = {"podSelector": {"matchLabels": marks.labels(tagging.selecting(row))}}
    incoming = [
        _rule("from", opening, found) for opening, found in sorted(peers.items()) if opening[0] == "ingress"
    ]
    outgoing = [
        _rule("to", opening, found) for opening, found in sorted(peers.items()) if opening[0] == "egress"
    ]
    spec |= {"ingress": incoming} if incoming else {}
    return _policy(
        naming.policy(row.row.component),
        row,
        tagging.of_component(row),
        spec | {"egress": [RESOLVERS, *outgoing]},
    )


def _rule(side: str, opening: Opening, peers: list[dict[str, Any]]) -> Body:
    _, protocol, port = opening
    return {side: peers, "ports": [{"protocol": protocol.upper(), "port": port}]}


def _inside(
    row: ClusterRow, there: Mapping[tuple[str, str], ClusterRow]
) -> Iterator[tuple[Opening, dict[str, Any]]]:
    """The flows of a component with others of the same cluster, by their labels."""
    me = (row.row.workload, row.row.component)
    for other, theirs in there.items():
        for talk in theirs.component.talks_to:
            if (talk.workload or other[0], talk.component) == me:
                yield ("ingress", str(talk.protocol), talk.port), _component(theirs)
    for talk in row.component.talks_to:
        peer = there.get((talk.workload or me[0], talk.component))
        if peer is not None:
            yield ("egress", str(talk.protocol), talk.port), _component(peer)
    if row.entrance is not None:
        for published in row.component.published:
            yield ("ingress", str(Protocol.TCP), published.port), _space(row.entrance.namespace)
    zones = {each.zone for each in there.values()}
    for exposed in row.component.exposes:
        if exposed.source in zones:
            yield ("ingress", str(exposed.protocol), exposed.port), _zone(row, exposed.source)


def _component(row: ClusterRow) -> dict[str, Any]:
    """The pods of a component, wherever in the cluster its namespace is."""
    tags = tagging.selecting(row)
    return {
        "namespaceSelector": {"matchLabels": _namespace_labels(row, WORKLOAD, ZONE)},
        "podSelector": {"matchLabels": marks.labels({COMPONENT: tags[COMPONENT], WORKLOAD: tags[WORKLOAD]})},
    }


def _space(name: str) -> dict[str, Any]:
    """All pods of a namespace, known by the label that every cluster puts on it."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _zone(row: ClusterRow, zone: str) -> dict[str, Any]:
    """All pods of a zone in the cluster."""
    labels = _namespace_labels(row)
    return {"namespaceSelector": {"matchLabels": labels | marks.labels({ZONE: zone})}}


def _namespace_labels(row: ClusterRow, *names: str) -> dict[str, str]:
    tags = tagging.of_namespace(row)
    return marks.labels({name: tags[name] for name in (tagging.ENVIRONMENT, *names)})


def _policy(name: str, row: ClusterRow, tags: Mapping[str, str], spec: Body) -> Manifest:
    return Manifest(
        Kind.NETWORK_POLICY,
        name,
        row.namespace,
        body={"spec": {**spec, "policyTypes": [*BOTH]}},
        tags=tags,
        after=(f"{Kind.NAMESPACE}::{row.namespace}",),
    )
