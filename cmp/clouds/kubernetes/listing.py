"""Lists what is really in a cluster, with the facts that drift and verification ask for, in our own words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lightkube.resources import (
    apps_v1,
    autoscaling_v2,
    core_v1,
    discovery_v1,
    networking_v1,
    policy_v1,
    scheduling_v1,
)

from cmp.clouds.base import Resource
from cmp.clouds.kubernetes import flows, marks, nodes, pods, workloads
from cmp.clouds.kubernetes.api import Api
from cmp.clouds.kubernetes.editing import edited_by

Facts = Callable[[Any, "_Seen"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What facts of one kind need of others."""

    nodes: Mapping[str, nodes.Node]
    pods: Mapping[tuple[str, str, str], Sequence[pods.Pod]]
    endpoints: Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]
    refused: Mapping[tuple[str, str, str], str]


def list_all(api: Api) -> tuple[Resource, ...]:
    """List every kind that stacks make and every pod, in a fixed order.

    Raises:
        TryLater: the cluster is not ready: what it would list then is not to be trusted; or a page failed.
        Refused: the account lacks a right; the cluster says so instead of leaving things out.
    """
    api.is_ready()
    seen = _seen(api)
    found = [*_pods(api, seen), *_nodes(api, seen)]
    for kind, made_of, facts in _KINDS:
        found += api.listed(
            f"list {kind}s",
            made_of,
            lambda each, kind=kind, facts=facts: _resource(api, kind, each, facts(each, seen)),  # type: ignore[misc] # bound now
        )
    return tuple(sorted(found, key=lambda resource: (resource.kind, resource.name, resource.id)))


def _seen(api: Api) -> _Seen:
    known = {node.name: node for node in api.listed("list nodes", core_v1.Node, nodes.read)}
    all_pods = api.listed("list pods", core_v1.Pod, pods.read)
    sets = dict(api.listed("list replica sets", apps_v1.ReplicaSet, workloads.owner_of_set))
    by_owner: defaultdict[tuple[str, str, str], list[pods.Pod]] = defaultdict(list)
    for pod in all_pods:
        kind, name = pod.owner
        owner = sets.get((pod.namespace, name), (kind, name)) if kind == "ReplicaSet" else (kind, name)
        by_owner[(pod.namespace, *owner)].append(pod)
    slices = api.listed("list endpoints", discovery_v1.EndpointSlice, lambda each: each)
    events = api.listed("list events", core_v1.Event, workloads.refusal)
    refused = {
        (space, *sets.get((space, name), (kind, name))): said
        for space, kind, name, said in filter(None, events)
    }
    return _Seen(known, by_owner, flows.endpoints(slices), refused)


def _resource(api: Api, kind: str, made: Any, facts: Mapping[str, Any]) -> Resource:
    meta = made.metadata
    annotated = meta.annotations or {}
    name = f"{meta.namespace}/{meta.name}" if meta.namespace else str(meta.name)
    strangers = {"edited_by": strange} if marks.is_managed(annotated) and (strange := edited_by(made)) else {}
    return Resource(
        api.cloud,
        kind,
        str(meta.uid),
        name,
        marks.is_managed(annotated),
        marks.tags_of(annotated),
        {**facts, **strangers},
    )


def _pods(api: Api, seen: _Seen) -> Iterator[Resource]:
    """Pods belong to what made them: they have no mark of their own, and none of them is unplanned."""
    for pod in (each for group in seen.pods.values() for each in group):
        name = f"{pod.namespace}/{pod.name}"
        tags = marks.tags_of(pod.labels)
        yield Resource(
            api.cloud, "pod", pod.uid, name, managed=False, tags=tags, facts=pods.facts(pod, seen.nodes)
        )


def _nodes(api: Api, seen: _Seen) -> Iterator[Resource]:
    for node in seen.nodes.values():
        facts = {
            "running": node.ready,
            "pool": node.pool,
            "chip": node.chip,
            "isa": node.isa,
            "closed": node.closed,
            "addresses": node.addresses,
            "needs": node.why,
        }
        yield Resource(api.cloud, "node", node.name, node.name, managed=False, facts=facts)


def _workload(made: Any, seen: _Seen) -> Mapping[str, Any]:
    kind = "StatefulSet" if isinstance(made, apps_v1.StatefulSet) else "Deployment"
    key = (str(made.metadata.namespace), kind, str(made.metadata.name))
    return workloads.facts(made, seen.pods.get(key, ()), seen.nodes, seen.refused.get(key, ""))


def _service(made: Any, seen: _Seen) -> Mapping[str, Any]:
    key = (str(made.metadata.namespace), str(made.metadata.name))
    found = seen.endpoints.get(key, {})
    families = tuple(str(each).lower() for each in made.spec.ipFamilies or ())
    return {
        "families": families,
        "headless": made.spec.clusterIP == "None",
        "addresses": tuple(each for each in made.spec.clusterIPs or () if each != "None"),
        "endpoints": {family: found.get(family, (0, 0)) for family in families},
        "ports": tuple((str(each.protocol or "TCP").lower(), each.port) for each in made.spec.ports or ()),
    }


def _policy(made: Any, seen: _Seen) -> Mapping[str, Any]:
    enforced = any(node.enforces for node in seen.nodes.values())
    said = (
        "by the cluster's network, which its API does not tell" if enforced else "stored, enforced by nobody"
    )
    return {"rules": tuple(flows.rules_of(made)), "enforced": said}


def _ingress(made: Any, _seen: _Seen) -> Mapping[str, Any]:
    """The names, what they lead to, and where the entrance answers, once its controller says so."""
    there = made.status.loadBalancer.ingress if made.status and made.status.loadBalancer else None
    return {
        "class": str(made.spec.ingressClassName or ""),
        "names": tuple(sorted(_names_of(made.spec.rules or ()))),
        "addresses": tuple(str(each.ip or each.hostname) for each in there or ()),
    }


def _names_of(rules: Sequence[Any]) -> Iterator[str]:
    for rule in rules:
        for each in rule.http.paths if rule.http else ():
            to = each.backend.service
            port = (to.port.name or to.port.number) if to and to.port else ""
            yield f"{rule.host or '*'}{each.path or '/'} to {to.name if to else '-'}:{port}"


def _quota(made: Any, _seen: _Seen) -> Mapping[str, Any]:
    status = made.status
    return {
        "limits": dict(made.spec.hard or {}),
        "used": dict(status.used or {}) if status else {},
    }


def _autoscaler(made: Any, _seen: _Seen) -> Mapping[str, Any]:
    return {"least": made.spec.minReplicas or 1, "most": made.spec.maxReplicas}


def _claim(made: Any, _seen: _Seen) -> Mapping[str, Any]:
    return {"running": made.status.phase == "Bound", "status": str(made.status.phase or "")}


def _space(made: Any, _seen: _Seen) -> Mapping[str, Any]:
    holds = [str(each.message) for each in made.status.conditions or () if each.status == "True"]
    ending = made.metadata.deletionTimestamp is not None
    return {"status": str(made.status.phase or ""), "needs": "; ".join(holds) if ending else ""}


def _nothing(_made: Any, _seen: _Seen) -> Mapping[str, Any]:
    return {}


_KINDS: Final[tuple[tuple[str, type[Any], Facts], ...]] = (
    ("namespace", core_v1.Namespace, _space),
    ("resource_quota", core_v1.ResourceQuota, _quota),
    ("config_map", core_v1.ConfigMap, _nothing),
    ("service", core_v1.Service, _service),
    ("claim", core_v1.PersistentVolumeClaim, _claim),
    ("deployment", apps_v1.Deployment, _workload),
    ("stateful_set", apps_v1.StatefulSet, _workload),
    ("autoscaler", autoscaling_v2.HorizontalPodAutoscaler, _autoscaler),
    ("network_policy", networking_v1.NetworkPolicy, _policy),
    ("ingress", networking_v1.Ingress, _ingress),
    ("disruption_budget", policy_v1.PodDisruptionBudget, _nothing),
    ("priority_class", scheduling_v1.PriorityClass, _nothing),
)
"""What is listed, with what is told of each. Secrets are not: nobody needs to read them to compare."""
