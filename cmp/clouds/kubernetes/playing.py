"""Works out what a cluster would make of its objects: pods, their places, endpoints, what is refused.

It knows what comparing asks for and no more: selectors by labels, affinity by `In`, vCPU of nodes, quotas of
pods, the strictest pod security, images that are never ready or of one family, as the lab's are called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from cmp.model.container_networks import ClusterRanges, Pair

Body = Mapping[str, Any]
NEVER_READY, ONE_FAMILY = "never-ready", {"ipv4-only": 0, "ipv6-only": 1}
_RESTRICTED: Final = "pod-security.kubernetes.io/enforce"
_THOUSAND: Final = 1000


@dataclass(slots=True)
class Played:
    """What a cluster adds to its objects by itself."""

    pods: list[Body] = field(default_factory=list)
    events: list[Body] = field(default_factory=list)
    replica_sets: list[Body] = field(default_factory=list)
    slices: list[Body] = field(default_factory=list)
    addresses: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def status(self, kind: str, body: Body) -> Body:
        """What an object says of itself then; nothing for kinds that say nothing."""
        meta = body["metadata"]
        if kind in {"Deployment", "StatefulSet"}:
            mine = [pod for pod in self.pods if _owner(pod, kind) == (meta.get("namespace"), meta["name"])]
            return {
                "status": {
                    "replicas": len(mine),
                    "observedGeneration": meta["generation"],
                    "updatedReplicas": len(mine),
                }
            }
        if kind == "ResourceQuota":
            used = sum(pod["metadata"]["namespace"] == meta["namespace"] for pod in self.pods)
            return {"status": {"used": {"pods": str(used)}}}
        if kind == "Service":
            alone = body["spec"].get("clusterIP") == "None"
            given = ("None",) if alone else self.addresses[meta["namespace"], meta["name"]]
            return {"spec": {**body["spec"], "clusterIPs": list(given)}}
        if kind == "Namespace":
            return {"status": {"phase": "Active"}}
        return {}


def played(given: Mapping[str, Sequence[Body]], nodes: Sequence[Body], ranges: ClusterRanges) -> Played:
    """What a cluster makes of what it was given.

    Args:
        given: objects by their kind.
        nodes: the nodes, with labels and what they offer.
        ranges: what pods and Services have addresses of.
    """
    found, scheduler = Played(), _Scheduler(nodes, ranges.pods)
    quotas = {each["metadata"]["namespace"]: each for each in given.get("ResourceQuota", ())}
    spaces = {each["metadata"]["name"]: each for each in given.get("Namespace", ())}
    counted: Counter[str] = Counter()
    for kind in ("Deployment", "StatefulSet"):
        for made in given.get(kind, ()):
            space = str(made["metadata"]["namespace"])
            owner = _replica_set(found, made) if kind == "Deployment" else (kind, made["metadata"]["name"])
            for number in range(int(made["spec"].get("replicas", 1))):
                said = _refused(made, spaces.get(space, {}), quotas.get(space), counted[space])
                if said:
                    found.events.append(_event(owner, space, said))
                    break
                counted[space] += 1
                found.pods.append(scheduler.place(made, owner, number))
    for number, service in enumerate(given.get("Service", ()), start=1):
        meta = service["metadata"]
        addresses = (str(ranges.services[0][number]), str(ranges.services[1][number]))
        found.addresses[meta["namespace"], meta["name"]] = addresses
        found.slices += _slices(service, found.pods)
    return found


def _replica_set(found: Played, made: Body) -> tuple[str, str]:
    """The set of a Deployment's newest revision, called after what its pods are made of."""
    revision = sha256(repr(made["spec"]["template"]).encode()).hexdigest()[:8]
    meta = made["metadata"]
    name = f"{meta['name']}-{revision}"
    owner = [_reference("Deployment", meta["name"])]
    owned = {"name": name, "namespace": meta["namespace"], "ownerReferences": owner}
    found.replica_sets.append({"metadata": owned, "spec": {"selector": made["spec"]["selector"]}})
    return "ReplicaSet", name


def _reference(kind: str, name: str) -> Body:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "", "controller": True}


def _owner(pod: Body, kind: str) -> tuple[str, str]:
    """Whose pod it is: a Deployment's is called after the set between them."""
    owner = pod["metadata"]["ownerReferences"][0]
    name = str(owner["name"])
    if kind == "Deployment":
        name = name.rpartition("-")[0] if owner["kind"] == "ReplicaSet" else ""
    elif owner["kind"] != kind:
        name = ""
    return str(pod["metadata"]["namespace"]), name


def _refused(made: Body, space: Body, quota: Body | None, counted: int) -> str:
    """What the cluster says where it takes no further pod of a set; '' where it does."""
    name = made["metadata"]["name"]
    labels = space.get("metadata", {}).get("labels") or {}
    spec = made["spec"]["template"]["spec"]
    if labels.get(_RESTRICTED) == "restricted" and not (spec.get("securityContext") or {}).get(
        "runAsNonRoot"
    ):
        return f'pods "{name}" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'
    limit = quota["spec"]["hard"].get("pods") if quota else None
    if quota and limit is not None and counted >= int(limit):
        called = quota["metadata"]["name"]
        return (
            f'pods "{name}" is forbidden: exceeded quota: {called}, requested: pods=1, used: pods={counted}, '
            f"limited: pods={limit}"
        )
    return ""


def _event(owner: tuple[str, str], space: str, said: str) -> Body:
    kind, name = owner
    return {
        "metadata": {"name": f"{name}.refused", "namespace": space},
        "involvedObject": {"kind": kind, "name": name, "namespace": space},
        "reason": "FailedCreate",
        "message": said,
    }


class _Scheduler:
    """Puts pods on nodes, the emptiest first, and gives them addresses."""

    def __init__(self, nodes: Sequence[Body], pods: Pair) -> None:
        self._nodes, self._prefixes = nodes, pods
        self._taken: Counter[str] = Counter()
        self._numbers = 0

    def place(self, made: Body, owner: tuple[str, str], number: int) -> Body:
        """One pod of a set, wherever it fits; where it fits nowhere, with the scheduler's sentence."""
        spec, meta = made["spec"]["template"]["spec"], made["metadata"]
        wanted = sum(_milli(each) for each in spec["containers"])
        suited = [node for node in self._nodes if _suits(spec, node["metadata"].get("labels") or {})]
        fitting = [node for node in suited if self._taken[_name(node)] + wanted <= _offered(node)]
        kind, name = owner
        pod: dict[str, Any] = {
            "metadata": {
                "name": f"{name}-{number}",
                "namespace": meta["namespace"],
                "uid": f"{meta['uid']}-{number}",
                "labels": dict(made["spec"]["template"]["metadata"].get("labels") or {}),
                "ownerReferences": [_reference(kind, name)],
            },
            "spec": {"containers": spec["containers"]},
        }
        if not fitting:
            return pod | {"status": _pending(len(self._nodes), len(suited))}
        node = min(fitting, key=lambda each: (self._taken[_name(each)], _name(each)))
        self._taken[_name(node)] += wanted
        pod["spec"] = {**pod["spec"], "nodeName": _name(node)}
        return pod | {"status": self._running(spec["containers"])}

    def _running(self, containers: Sequence[Body]) -> Body:
        self._numbers += 1
        images = [str(each["image"]) for each in containers]
        families = [
            number for end, number in ONE_FAMILY.items() if any(each.endswith(end) for each in images)
        ]
        both = [str(self._prefixes[0][self._numbers]), str(self._prefixes[1][self._numbers])]
        addresses = [{"ip": each} for number, each in enumerate(both) if not families or number in families]
        ready = not any(each.endswith(NEVER_READY) for each in images)
        return {
            "phase": "Running",
            "podIPs": addresses,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [
                {
                    "name": each["name"],
                    "image": each["image"],
                    "imageID": "",
                    "ready": ready,
                    "restartCount": 0,
                    "state": {},
                }
                for each in containers
            ],
        }


def _pending(nodes: int, suited: int) -> Body:
    """The scheduler's own words for the two reasons that are played."""
    reasons = []
    if suited:
        reasons.append(f"{suited} Insufficient cpu")
    if nodes - suited:
        reasons.append(f"{nodes - suited} node(s) didn't match Pod's node affinity/selector")
    said = f"0/{nodes} nodes are available: {', '.join(reasons)}."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
    return {"phase": "Pending", "conditions": [condition]}


def _suits(spec: Body, labels: Mapping[str, str]) -> bool:
    """Whether a node's labels are those that a pod asks for."""
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms")
    return not terms or any(
        all(labels.get(each["key"]) in each["values"] for each in term["matchExpressions"]) for term in terms
    )


def _milli(container: Body) -> int:
    asked = str((container.get("resources") or {}).get("requests", {}).get("cpu", "0"))
    return int(asked[:-1]) if asked.endswith("m") else int(asked) * _THOUSAND


def _offered(node: Body) -> int:
    return int(node["status"]["allocatable"]["cpu"]) * _THOUSAND


def _name(node: Body) -> str:
    return str(node["metadata"]["name"])


def _slices(service: Body, pods: Sequence[Body]) -> Iterator[Body]:
    """The endpoints of a Service, a slice for each family that it has."""
    meta, spec = service["metadata"], service["spec"]
    selector = (spec.get("selector") or {}).items()
    mine = [
        pod
        for pod in pods
        if pod["metadata"]["namespace"] == meta["namespace"]
        and selector <= pod["metadata"]["labels"].items()
        and "podIPs" in pod["status"]
    ]
    for family, mark in (("IPv4", "."), ("IPv6", ":")):
        points = [
            {"addresses": [each["ip"]], "conditions": {"ready": _is_ready(pod)}}
            for pod in mine
            for each in pod["status"]["podIPs"]
            if mark in each["ip"]
        ]
        yield {
            "addressType": family,
            "endpoints": points,
            "metadata": {
                "name": f"{meta['name']}-{family.lower()}",
                "namespace": meta["namespace"],
                "labels": {"kubernetes.io/service-name": meta["name"]},
            },
        }


def _is_ready(pod: Body) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"])
