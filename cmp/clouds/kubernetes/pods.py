"""Reads pods: where they run, with which addresses, and what keeps the others, in the cluster's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from cmp.clouds.kubernetes.nodes import Node

_DONE: Final = {"Succeeded", "Failed"}


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod. `owner` is the kind and name of what made it; `needs` what it lacks, empty for a ready one.

    `ipv4` and `ipv6` are its addresses. `ending` is true once it was asked to go.
    """

    namespace: str
    name: str
    uid: str
    owner: tuple[str, str]
    node: str
    labels: Mapping[str, str]
    image: str
    phase: str
    ready: bool
    ending: bool
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    needs: str
    held_by: tuple[str, ...] = ()


def read(made: Any) -> Pod:
    """A pod in our words; what its node does about it comes later, since nodes are another list."""
    meta, status = made.metadata, made.status
    addresses = [ip_address(each.ip) for each in status.podIPs or () if each.ip]
    owner = next((each for each in meta.ownerReferences or () if each.controller), None)
    ready = _condition(status, "Ready")
    return Pod(
        str(meta.namespace),
        str(meta.name),
        str(meta.uid),
        (owner.kind, owner.name) if owner else ("", ""),
        str(made.spec.nodeName or ""),
        dict(meta.labels or {}),
        ", ".join(each.image or "" for each in made.spec.containers),
        str(status.phase or ""),
        ready is not None and ready.status == "True" and status.phase not in _DONE,
        meta.deletionTimestamp is not None,
        tuple(str(each) for each in addresses if each.version == 4),  # noqa: PLR2004 - the family
        tuple(str(each) for each in addresses if each.version == 6),  # noqa: PLR2004 - the family
        "; ".join(_needs(made)),
        tuple(meta.finalizers or ()),
    )


def facts(pod: Pod, nodes: Mapping[str, Node]) -> dict[str, Any]:
    """What drift and verification ask of a running thing, in the words of every cloud."""
    node = nodes.get(pod.node)
    return {
        "running": pod.ready and not pod.ending and (node is None or node.ready),
        "status": "ending" if pod.ending else pod.phase,
        "node": pod.node,
        "pool": node.pool if node else "",
        "chip": node.chip if node else "",
        "isa": node.isa if node else "",
        "ipv4": pod.ipv4,
        "ipv6": pod.ipv6,
        "image": pod.image,
        "owner": "/".join(filter(None, pod.owner)),
        "needs": needs(pod, nodes),
    }


def needs(pod: Pod, nodes: Mapping[str, Node]) -> str:
    """What a pod lacks: a node that answers comes before what the pod says of itself, which is old then."""
    node = nodes.get(pod.node)
    if node is not None and not node.ready:
        held = "is held by" if pod.ending else "is on"
        return f"{held} node {node.name}, which does not answer: {node.why or 'it is not ready'}"
    if pod.node and node is None:
        return f"is on node {pod.node}, which is gone"
    if pod.ending and pod.held_by:
        return f"was asked to go and is held by {', '.join(pod.held_by)}"
    return pod.needs


def _needs(made: Any) -> Iterator[str]:
    """What keeps a pod from being ready, as its cluster says it."""
    scheduled = _condition(made.status, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        yield str(scheduled.message or scheduled.reason or "not scheduled")
        return
    states = (*(made.status.initContainerStatuses or ()), *(made.status.containerStatuses or ()))
    for each in states:
        waiting = each.state.waiting if each.state else None
        if waiting is not None:
            yield ": ".join(filter(None, (each.name, waiting.reason or "waits", waiting.message)))
        elif not each.ready:
            yield f"{each.name} runs {each.image} and is not ready"


def _condition(status: Any, name: str) -> Any:
    return next((each for each in status.conditions or () if each.type == name), None)
