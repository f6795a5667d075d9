"""A lab of clusters runs real control planes on loopback addresses, and has the bad days it is told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from ipaddress import IPv4Network, ip_address
from pathlib import Path

import pytest
from support.clusters import (
    CLUSTER,
    CONTEXT,
    NETWORK,
    OTHER_POOL,
    POOL,
    SECONDS,
    SPACE,
    Cluster,
    cluster_estate,
)

from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.access import read_access
from cmp.clouds.kubernetes.api import connect, http_of
from cmp.errors import Invalid
from cmp.model.container_networks import cluster_ranges
from cmp.model.estate import CloudKind
from lab.base import Health
from lab.kubernetes import seed
from lab.kubernetes.cloud import KubernetesLab
from lab.kubernetes.layout import ACCOUNTS, STRANGER
from lab.kubernetes.spec import clusters
from lab.kubernetes.trouble import Trouble
from lab.processes import recorded, wait_until
from lab.registry import TOOLCHAIN

pytestmark = [pytest.mark.lab, pytest.mark.kubernetes, pytest.mark.timeout(600)]


def listening(pids: set[int]) -> set[str]:
    """The addresses, in hexadecimal, that processes listen on."""
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = str(link.readlink()) if link.is_symlink() else ""
            inodes |= {target[8:-1]} if target.startswith("socket:[") else set()
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_nodes_are_those_of_the_pools_and_every_program_listens_on_loopback_only(cluster: Cluster) -> None:
    nodes = {each.name: each.facts for each in cluster.cloud.list() if each.kind == "node"}
    pids = {process.pid for process in recorded(cluster.lab.layout.place(CLUSTER).run)}

    assert {name: (facts["pool"], facts["isa"]) for name, facts in nodes.items()} == {
        f"{POOL}-1": (POOL, "arm64"),
        f"{POOL}-2": (POOL, "arm64"),
        f"{OTHER_POOL}-1": (OTHER_POOL, "amd64"),
    }
    assert all(facts["running"] for facts in nodes.values())
    assert listening(pids) == {"0100007F"}
    assert [each.state for each in cluster.lab.status()] == [Health.RUNNING]


def test_pods_services_and_nodes_have_the_addresses_that_the_plan_gives(cluster: Cluster) -> None:
    ranges = cluster_ranges(NETWORK)
    cluster.deploy("web")
    facts = cluster.until("deployment", "web", lambda facts: facts["running"])

    pods = [address for pod in facts["pods"].values() for address in (*pod["ipv4"], *pod["ipv6"])]
    services = cluster.listed("service", "web").facts["addresses"]
    nodes = [each.facts["addresses"] for each in cluster.cloud.list() if each.kind == "node"]
    assert (len(set(pods)), len(services), len(nodes)) == (4, 2, 3)
    for addresses, pair in ((pods, ranges.pods), (services, ranges.services), (sum(nodes, ()), ranges.nodes)):
        assert all(any(ip_address(each) in prefix for prefix in pair) for each in addresses), addresses
        assert {ip_address(each).version for each in addresses} == {4, 6}


def test_addresses_given_anew_make_another_cluster_at_the_next_reset(cluster: Cluster) -> None:
    """Until then it keeps those it was made with: no cluster takes others later."""
    other = NETWORK.changed(ipv4=IPv4Network("10.64.32.0/20"))
    lab = KubernetesLab(
        cluster.lab.layout.folder, cluster.lab.layout.ports, clusters(cluster_estate(), [other]), TOOLCHAIN
    )
    before = cluster.cloud.identity

    lab.up(print)
    assert cluster.cloud.identity == before
    lab.reset(print)

    assert cluster.cloud.identity != before
    nodes = [each.facts["addresses"][0] for each in cluster.cloud.list() if each.kind == "node"]
    assert all(ip_address(each) in IPv4Network("10.64.40.0/22") for each in nodes)
    cluster.lab.reset(print)


def test_up_leaves_a_cluster_that_is_up_as_it_is(cluster: Cluster) -> None:
    run = cluster.lab.layout.place(CLUSTER).run
    before, lines = recorded(run), list[str]()

    cluster.lab.up(lines.append)

    assert recorded(run) == before
    assert lines == [f"kubernetes is up already; clients use {cluster.lab.layout.kubeconfig}"]


def test_programs_that_were_killed_are_started_again_and_nothing_is_lost(cluster: Cluster) -> None:
    cluster.deploy("web")
    place = cluster.lab.layout.place(CLUSTER)
    for process in recorded(place.run):
        if process.name.endswith((".etcd", ".kube-apiserver", ".kwok")):
            os.kill(process.pid, signal.SIGKILL)
    assert wait_until(lambda: cluster.lab.status()[0].state is Health.BROKEN, SECONDS)

    cluster.lab.up(print)

    assert cluster.lab.status()[0].state is Health.RUNNING
    cluster.until("deployment", "web", lambda facts: facts["running"])


def test_a_claim_gets_a_volume_which_goes_with_it(cluster: Cluster) -> None:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    labels = {"app": "db"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "db:1"}]}}
    spec = {
        "replicas": 1,
        "serviceName": "db",
        "selector": {"matchLabels": labels},
        "template": template,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    cluster.make("apis/apps/v1", "statefulsets", "StatefulSet", "db", spec)

    cluster.until("stateful_set", "db", lambda facts: facts["running"])
    assert cluster.listed("claim", "data-db-0").facts["running"]
    assert len(cluster.admin.must("GET", "/api/v1/persistentvolumes")["items"]) == 1

    base = f"/apis/apps/v1/namespaces/{SPACE}/statefulsets/db"
    cluster.admin.must("DELETE", base)
    cluster.admin.must("DELETE", f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims/data-db-0")
    assert wait_until(
        lambda: not cluster.admin.must("GET", "/api/v1/persistentvolumes")["items"], SECONDS, pause=0.3
    )


def may(cluster: Cluster, account: str, verb: str, resource: str, sub: str = "", group: str = "") -> bool:
    """Ask the cluster itself whether an account may do something, with the account's own token."""
    file = str(cluster.lab.layout.kubeconfig_of(account))
    binding = Binding(CLUSTER, CloudKind.KUBERNETES, context=CONTEXT, kubeconfig_file=file)
    wish = {"verb": verb, "resource": resource, "subresource": sub, "group": group, "namespace": SPACE}
    asked = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": wish},
    }
    with closing(connect(read_access(binding))) as client:
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = http_of(client).post(path, json=asked).json()
    return bool(answer["status"]["allowed"])


def statuses(cluster: Cluster, path: str, times: int) -> list[int]:
    """What our account is answered."""
    with closing(connect(read_access(cluster.binding))) as client:
        return [http_of(client).get(path).status_code for _ in range(times)]


def test_accounts_have_the_rights_of_their_work_and_no_others(cluster: Cluster) -> None:
    carrier, maintainer, reader = ACCOUNTS
    rbac = "rbac.authorization.k8s.io"

    assert may(cluster, carrier, "create", "deployments", group="apps")
    assert may(cluster, carrier, "delete", "pods")
    assert may(cluster, maintainer, "create", "pods", "eviction")
    assert may(cluster, reader, "list", "pods")
    for account in ACCOUNTS:
        assert not may(cluster, account, "create", "pods", "exec")
        assert not may(cluster, account, "create", "pods")
        assert not may(cluster, account, "delete", "persistentvolumeclaims")
        assert not may(cluster, account, "create", "serviceaccounts", "token")
        assert not may(cluster, account, "create", "clusterrolebindings", group=rbac)
    assert not may(cluster, reader, "get", "secrets")
    assert not may(cluster, maintainer, "delete", "pods")
    assert not may(cluster, carrier, "patch", "nodes")


def test_a_node_cannot_put_itself_into_a_pool(cluster: Cluster) -> None:
    plugins = (cluster.lab.layout.place(CLUSTER).folder / "audit.yaml").parent
    command = next(process for process in recorded(plugins.parent / "run") if "apiserver" in process.name)
    words = Path(f"/proc/{command.pid}/cmdline").read_text().split("\0")

    assert "--enable-admission-plugins=NodeRestriction" in words
    assert "--authorization-mode=Node,RBAC" in words


def test_reset_brings_the_same_cluster_back_and_another_one_is_told_apart(cluster: Cluster) -> None:
    cluster.deploy("web")
    before = cluster.cloud.identity

    cluster.lab.reset(print)
    assert cluster.cloud.identity == before
    assert not [each for each in cluster.cloud.list() if each.kind == "deployment"]

    cluster.lab.replace(CLUSTER, print)
    assert cluster.cloud.identity != before


def test_a_cluster_that_is_nobodys_is_empty_and_writes_down_who_asks(cluster: Cluster) -> None:
    cluster.lab.stranger(print)

    assert list(cluster.lab.audit(STRANGER)) == []
    cluster.cloud.list()
    assert list(cluster.lab.audit(STRANGER)) == []
    assert any(each.get("userAgent") == "tricenter" for each in cluster.lab.audit(CLUSTER))


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT])
def test_an_api_in_trouble_answers_what_it_is_told_to(cluster: Cluster, status: HTTPStatus) -> None:
    cluster.lab.have_trouble(CLUSTER, Trouble("GET /api/v1/pods", status, times=1))

    assert statuses(cluster, "/api/v1/pods", 2) == [status, HTTPStatus.OK]
    cluster.lab.have_trouble(CLUSTER)
    assert statuses(cluster, "/readyz", 1) == [HTTPStatus.OK]


def test_a_lab_has_no_other_cluster(cluster: Cluster) -> None:
    with pytest.raises(Invalid, match="the lab has no cluster gy-c-k8s"):
        cluster.lab.down(print, "gy-c-k8s")


@pytest.mark.kubernetes_all
def test_kubelets_that_were_silent_have_their_pods_ready_again(cluster: Cluster) -> None:
    cluster.deploy("web")
    cluster.until("deployment", "web", lambda facts: facts["running"])

    cluster.lab.silence(CLUSTER)
    lost = cluster.until("deployment", "web", lambda facts: facts["needs"])
    assert all("does not answer" in said and POOL in said for said in lost["needs"].values())

    cluster.lab.speak(CLUSTER)
    cluster.until("deployment", "web", lambda facts: facts["running"])


@pytest.mark.kubernetes_all
def test_a_node_that_is_off_holds_its_pods_until_it_is_on_again(cluster: Cluster) -> None:
    cluster.deploy("web", replicas=4)
    facts = cluster.until("deployment", "web", lambda facts: facts["running"])
    node = f"{POOL}-1"
    mine: Mapping[str, str] = {
        name: pod["node"] for name, pod in facts["pods"].items() if pod["node"] == node
    }

    cluster.lab.switch_node(CLUSTER, node, on=False)
    lost = cluster.until("deployment", "web", lambda facts: facts["needs"])

    assert set(lost["needs"]) == set(mine)
    assert all(f"is on node {node}, which does not answer" in said for said in lost["needs"].values())
    cluster.lab.switch_node(CLUSTER, node, on=True)
    assert wait_until(lambda: node in seed.ready_nodes(cluster.admin), SECONDS, pause=0.5)
    cluster.until("deployment", "web", lambda facts: facts["running"])
