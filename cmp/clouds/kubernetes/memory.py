"""Keeps a cluster in memory: the twin of a real one, read by the very driver, for tests that need no cluster.

Objects are kept as they are given. What a cluster's own programs would add (pods, where they run, endpoints,
what is used of a quota) is worked out when it is asked for, so that every answer is of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, TypeVar

from lightkube import ApiError, Client
from lightkube.models.meta_v1 import Status
from lightkube.resources import apps_v1, core_v1, discovery_v1

from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.api import Api
from cmp.clouds.kubernetes.cloud import KubernetesCloud
from cmp.clouds.kubernetes.failures import translate
from cmp.clouds.kubernetes.playing import Played, played
from cmp.model.container_networks import ClusterRanges
from cmp.model.estate import CloudKind

T = TypeVar("T")
Body = Mapping[str, Any]

IDENTITY: Final = "00000000-0000-4000-8000-000000000001"
_PLAYED: Final[Mapping[type[Any], Callable[[Played], Sequence[Body]]]] = {
    core_v1.Pod: lambda found: found.pods,
    core_v1.Event: lambda found: found.events,
    apps_v1.ReplicaSet: lambda found: found.replica_sets,
    discovery_v1.EndpointSlice: lambda found: found.slices,
}
"""What nobody makes but the cluster itself."""


@dataclass(frozen=True, slots=True)
class PlayedNode:
    """A node: where it is, what it runs, how many vCPU it offers, and whether its kubelet answers."""

    name: str
    labels: Mapping[str, str]
    addresses: tuple[str, ...]
    vcpus: int = 64
    answers: bool = True

    @property
    def body(self) -> Body:
        """As a cluster lists it."""
        ready = {"type": "Ready", "status": "True" if self.answers else "Unknown"}
        silent = {} if self.answers else {"message": "Kubelet stopped posting node status."}
        return {
            "metadata": {"name": self.name, "labels": dict(self.labels)},
            "status": {
                "allocatable": {"cpu": str(self.vcpus)},
                "addresses": [{"type": "InternalIP", "address": each} for each in self.addresses],
                "conditions": [ready | silent],
                "nodeInfo": dict.fromkeys(_NODE_INFO, "") | {"containerRuntimeVersion": "none"},
            },
        }


_NODE_INFO: Final = (
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "kubeletVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
)


class MemoryCluster(KubernetesCloud):
    """A cluster without a cluster: real objects, nodes that are given, and `ranges` that addresses are of."""

    def __init__(self, id: str, nodes: Sequence[PlayedNode], ranges: ClusterRanges) -> None:  # noqa: A002 - the port's own
        self._memory = MemoryApi(id, nodes, ranges)
        super().__init__(Binding(id, CloudKind.KUBERNETES), self._memory)

    def put(self, kind: type[Any], body: Body) -> None:
        """Make an object, or have it as it is given from now on."""
        self._memory.put(kind, body)

    def remove(self, kind: type[Any], name: str, namespace: str = "") -> None:
        """Take an object away; one that is gone is fine."""
        self._memory.kept.pop((kind, namespace, name), None)


class MemoryApi(Api):
    """Answers from memory what the driver asks of a cluster."""

    def __init__(self, cloud: str, nodes: Sequence[PlayedNode], ranges: ClusterRanges) -> None:
        super().__init__(Binding(cloud, CloudKind.KUBERNETES))
        self._nodes, self._ranges = tuple(nodes), ranges
        self._numbers = count(1)
        self.kept: dict[tuple[type[Any], str, str], dict[str, Any]] = {}
        self.put(core_v1.Namespace, {"metadata": {"name": "kube-system", "uid": IDENTITY}})

    def put(self, kind: type[Any], body: Body) -> None:
        """Keep an object with an id of its own; its generation grows with each change."""
        meta = body["metadata"]
        key = (kind, str(meta.get("namespace", "")), str(meta["name"]))
        before = self.kept.get(key, {}).get("metadata", {})
        own = {
            "uid": before.get("uid") or meta.get("uid") or f"uid-{next(self._numbers)}",
            "generation": int(before.get("generation", 0)) + 1,
        }
        self.kept[key] = {**body, "metadata": {**meta, **own}}

    def ask(self, asked: str, action: Callable[[Client], T]) -> T:
        """Let a question be answered from memory.

        Raises:
            CmpError: what a cluster would refuse, translated.
        """
        try:
            return action(_Reader(self))  # type: ignore[arg-type] # it answers the one call that is made
        except ApiError as error:
            raise translate(self.cloud, asked, error) from error

    def listed(self, asked: str, kind: type[Any], keep: Callable[[Any], T]) -> tuple[T, ...]:  # noqa: ARG002 - never fails
        """What `keep` takes of each object of a kind, in a fixed order."""
        return tuple(keep(kind.from_dict(dict(each))) for each in self._all(kind))

    def is_ready(self) -> None:
        """It always is."""

    def get(self, kind: type[Any], namespace: str, name: str) -> Any:
        """One object by its name.

        Raises:
            ApiError: there is none.
        """
        for each in self._all(kind):
            meta = each["metadata"]
            if (str(meta.get("namespace", "")), meta["name"]) == (namespace, name):
                return kind.from_dict(dict(each))
        raise ApiError(status=Status(code=404, reason="NotFound", message=f"{name} not found"))

    def _all(self, kind: type[Any]) -> Sequence[Body]:
        if kind is core_v1.Node:
            return [node.body for node in self._nodes]
        own = [body for (made_of, *_), body in sorted(self.kept.items(), key=_named) if made_of is kind]
        found = played(self._given(), [node.body for node in self._nodes], self._ranges)
        if kind in _PLAYED:
            return _PLAYED[kind](found)
        return [{**body, **found.status(kind.__name__, body)} for body in own]

    def _given(self) -> Mapping[str, Sequence[Body]]:
        """All that was made, by the kind's own name."""
        given: dict[str, list[Body]] = {}
        for (kind, *_), body in sorted(self.kept.items(), key=_named):
            given.setdefault(kind.__name__, []).append(body)
        return given


class _Reader:
    """The one call of a client that the driver makes for a single object."""

    def __init__(self, api: MemoryApi) -> None:
        self._api = api

    def get(self, kind: type[Any], name: str, *, namespace: str | None = None) -> Any:
        """One object by its name."""
        return self._api.get(kind, namespace or "", name)


def _named(item: tuple[tuple[type[Any], str, str], Any]) -> tuple[str, str, str]:
    kind, namespace, name = item[0]
    return kind.__name__, namespace, name
