"""Fills a fresh cluster: rights, the storage class, the nodes of the pools, and tokens for our accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.folder import write_private
from lab.kubernetes import authority
from lab.kubernetes.door import MERGE, Door
from lab.kubernetes.layout import ACCOUNTS, LabLayout, Place
from lab.kubernetes.programs import OFF_LABEL
from lab.kubernetes.spec import ClusterSpec, NodeSpec
from lab.ports import ADDRESS

SPACE = "tricenter-system"
TOKEN_SECONDS = 8 * 3600
"""How long a token of ours holds; `up` gets new ones when half of it has gone."""

_FILES = Path(__file__).parent
_PLURALS = {
    "Namespace": "api/v1/namespaces",
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "StorageClass": "apis/storage.k8s.io/v1/storageclasses",
}


def seed(place: Place, spec: ClusterSpec) -> None:
    """Make whatever a cluster lacks of its clean state; doing it twice changes nothing.

    Raises:
        TryLater: the cluster does not answer, or refuses.
    """
    door = Door(place)
    for document in (*_documents(), *map(_account, ACCOUNTS), *map(_binding, ACCOUNTS)):
        door.apply(_path(document), document)
    for node in spec.nodes:
        register(door, node)
    write_private(place.seeded, _digest(spec))


def is_seeded(place: Place, spec: ClusterSpec) -> bool:
    """True where a cluster was seeded by these very documents and nodes."""
    return place.seeded.exists() and place.seeded.read_text(encoding="ascii") == _digest(spec)


def renew_tokens(place: Place) -> None:
    """Ask for a token of each account of ours, and keep it.

    Raises:
        TryLater: the cluster does not answer, or refuses.
    """
    wish = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": TOKEN_SECONDS},
    }
    for account in ACCOUNTS:
        path = f"/api/v1/namespaces/{SPACE}/serviceaccounts/{account}/token"
        said = Door(place).must("POST", path, wish)
        write_private(place.token(account), said["status"]["token"])


def write_access(layout: LabLayout, contexts: Mapping[str, str], ports: Mapping[str, int]) -> None:
    """Write the access files of our accounts for all clusters that have tokens, each at a port.

    Args:
        layout: where the lab is.
        contexts: the context of each cluster.
        ports: where to be sent instead of a cluster's own port, by cluster.
    """
    known = [place for name in contexts if (place := layout.place(name)).token(ACCOUNTS[0]).exists()]
    for account in ACCOUNTS:
        found = {
            contexts[place.name]: (
                f"https://{ADDRESS}:{ports.get(place.name, place.port)}",
                authority.authority_of(place),
                {"token": place.token(account).read_text(encoding="ascii")},
            )
            for place in known
        }
        write_private(layout.kubeconfig_of(account), authority.kubeconfig(found))


def register(door: Door, node: NodeSpec) -> None:
    """Register a node as its kubelet would; one that is there keeps what it has.

    Raises:
        TryLater: the cluster does not answer, or refuses.
    """
    try:
        status, said = door.ask("POST", "/api/v1/nodes", _node(node))
    except OSError as problem:
        raise TryLater(
            Sentence("cluster {name} does not answer: {problem}", name=door.place.name, problem=problem)
        ) from problem
    if status not in {HTTPStatus.CREATED, HTTPStatus.CONFLICT}:
        raise TryLater(
            Sentence(
                "cluster {name} refuses node {name2}: {said}",
                name=door.place.name,
                name2=node.name,
                said=said,
            )
        )


def ready_nodes(door: Door) -> set[str]:
    """The nodes that say they are ready."""
    found = door.must("GET", "/api/v1/nodes")["items"]
    return {
        node["metadata"]["name"]
        for node in found
        if any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in node["status"].get("conditions", ())
        )
    }


def switch_node(door: Door, node: str, *, on: bool) -> None:
    """Have a node played by nobody, or again; it counts as lost when its lease has run out.

    Raises:
        TryLater: the cluster does not answer, or has no such node.
    """
    label = None if on else "yes"
    door.must("PATCH", f"/api/v1/nodes/{node}", {"metadata": {"labels": {OFF_LABEL: label}}}, MERGE)


def _digest(spec: ClusterSpec) -> str:
    said = f"{_documents()!r} {spec!r} {ACCOUNTS!r}"
    return hashlib.sha256(said.encode()).hexdigest()


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    text = (_FILES / "rights.yaml").read_text(encoding="utf-8")
    return tuple(document for document in yaml.safe_load_all(text) if document)


def _path(document: Mapping[str, Any]) -> str:
    name = document["metadata"]["name"]
    if document["kind"] == "ServiceAccount":
        return f"/api/v1/namespaces/{SPACE}/serviceaccounts/{name}"
    return f"/{_PLURALS[document['kind']]}/{name}"


def _account(name: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": SPACE}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": meta,
        "automountServiceAccountToken": False,
    }


def _binding(name: str) -> dict[str, Any]:
    """An account has the role of its name."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": SPACE}],
    }


def _node(node: NodeSpec) -> dict[str, Any]:
    addresses = [{"type": "InternalIP", "address": address} for address in node.addresses]
    info = dict.fromkeys(("bootID", "kernelVersion", "kubeProxyVersion", "machineID", "systemUUID"), "")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": dict(node.labels)},
        "status": {
            "capacity": dict(node.offers),
            "allocatable": dict(node.offers),
            "addresses": [{"type": "Hostname", "address": node.name}, *addresses],
            "nodeInfo": {
                **info,
                "architecture": node.isa,
                "operatingSystem": "linux",
                "osImage": "lab",
                "containerRuntimeVersion": "none",
                "kubeletVersion": "v0.0.0-lab",
            },
        },
    }
