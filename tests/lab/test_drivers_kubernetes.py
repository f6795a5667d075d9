"""The driver says of a real cluster what is there, in our words; what does not answer is never empty."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus

import pytest
from support.clusters import CLUSTER, OTHER_POOL, POOL, SPACE, Cluster

from cmp.clouds.kubernetes.access import read_access
from cmp.clouds.kubernetes.api import PAGE, connect, http_of
from cmp.errors import Refused, TryLater
from lab.kubernetes.door import MERGE
from lab.kubernetes.trouble import Trouble

pytestmark = [pytest.mark.lab, pytest.mark.kubernetes, pytest.mark.timeout(600)]


def test_what_runs_is_told_in_the_words_of_every_cloud(cluster: Cluster) -> None:
    cluster.deploy("web")

    facts = cluster.until("deployment", "web", lambda facts: facts["running"])

    assert (facts["wanted"], facts["ready"], facts["needs"], facts["refused"]) == (2, 2, {}, "")
    for pod in facts["pods"].values():
        assert (pod["pool"], pod["isa"], pod["chip"]) == (POOL, "arm64", "kunpeng-920")
        assert (len(pod["ipv4"]), len(pod["ipv6"])) == (1, 1)
    service = cluster.until("service", "web", lambda facts: facts["endpoints"]["ipv6"] == (2, 2))
    assert service["endpoints"] == {"ipv4": (2, 2), "ipv6": (2, 2)}


def test_pods_that_fit_nowhere_are_told_in_the_schedulers_own_words(cluster: Cluster) -> None:
    cluster.deploy("web", pool="nowhere", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["needs"])

    (said,) = facts["needs"].values()
    assert "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector" in said
    assert not facts["running"]


def test_a_service_of_two_families_with_endpoints_of_one_is_told(cluster: Cluster) -> None:
    """K21: pods got IPv4 only."""
    cluster.deploy("web", image="web:ipv4-only", replicas=1)

    facts = cluster.until("service", "web", lambda facts: facts["endpoints"]["ipv4"] == (1, 1))

    assert facts["endpoints"]["ipv6"] == (0, 0)


def test_an_image_that_never_becomes_ready_is_named(cluster: Cluster) -> None:
    cluster.deploy("web", image="web:never-ready", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["needs"])

    assert list(facts["needs"].values()) == ["main runs web:never-ready and is not ready"]
    assert not facts["running"]


def test_pods_that_are_refused_are_told_with_the_servers_own_sentence(cluster: Cluster) -> None:
    """K13: the object is accepted, its pods are not."""
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.admin.must("PATCH", f"/api/v1/namespaces/{SPACE}", {"metadata": {"labels": label}}, MERGE)
    cluster.deploy("web", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["refused"])

    assert 'violates PodSecurity "restricted' in facts["refused"]
    assert not facts["running"]


def test_a_quota_that_is_hit_is_named_with_limit_and_use(cluster: Cluster) -> None:
    """K32: quota, limit, used, asked."""
    cluster.make("api/v1", "resourcequotas", "ResourceQuota", "small", {"hard": {"pods": "1"}})
    cluster.until("resource_quota", "small", lambda facts: facts["used"])
    cluster.deploy("web", replicas=3)

    facts = cluster.until("deployment", "web", lambda facts: facts["refused"] and facts["ready"])

    assert "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1" in facts["refused"]
    assert cluster.listed("resource_quota", "small").facts["limits"] == {"pods": "1"}


def test_a_pod_that_was_asked_to_go_and_is_held_is_told_with_what_holds_it(cluster: Cluster) -> None:
    """K19: never 'missing'."""
    cluster.deploy("web", replicas=1)
    facts = cluster.until("deployment", "web", lambda facts: facts["running"])
    (name,) = facts["pods"]
    path = f"/api/v1/namespaces/{SPACE}/pods/{name}"
    cluster.admin.must("PATCH", path, {"metadata": {"finalizers": ["example.org/hold"]}}, MERGE)
    cluster.admin.must("DELETE", path)

    held = cluster.until("deployment", "web", lambda facts: len(facts["pods"]) > 1)

    assert held["needs"][name] == "was asked to go and is held by example.org/hold"
    cluster.admin.must("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)


def test_nobody_is_an_empty_list_and_everybody_a_rule_without_a_peer(cluster: Cluster) -> None:
    """K20: and what the lab does with policies is said."""
    group, plural, kind = "apis/networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    cluster.make(group, plural, kind, "closed", closed)
    cluster.make(group, plural, kind, "open", {"podSelector": {}, "ingress": [{}]})
    peers = [{"ipBlock": {"cidr": "192.0.2.0/24"}}, {"ipBlock": {"cidr": "2001:db8::/32"}}]
    rule = {"from": peers, "ports": [{"port": 53, "protocol": "UDP"}]}
    cluster.make(group, plural, kind, "some", {"podSelector": {}, "ingress": [rule]})

    assert cluster.listed("network_policy", "closed").facts["rules"] == ()
    everybody = cluster.listed("network_policy", "open").facts["rules"]
    assert {each["prefix"] for each in everybody} == {"0.0.0.0/0", "::/0", "unbound"}
    some = cluster.listed("network_policy", "some").facts
    flows = {(each["direction"], each["protocol"], each["port"], each["prefix"]) for each in some["rules"]}
    assert flows >= {("ingress", "udp", 53, "192.0.2.0/24"), ("ingress", "udp", 53, "2001:db8::/32")}
    assert some["enforced"] == "stored, enforced by nobody"


def test_who_else_wrote_into_our_objects_is_told_with_the_fields(cluster: Cluster) -> None:
    cluster.deploy("web", replicas=1)
    path = f"/apis/apps/v1/namespaces/{SPACE}/deployments/web"
    ours = {"metadata": {"annotations": {"tricenter/environment": "lab", "tricenter/urn": "k"}}}
    cluster.admin.must("PATCH", f"{path}?fieldManager=pulumi-kubernetes-1", ours, MERGE)
    cluster.admin.must("PATCH", f"{path}?fieldManager=kubectl-edit", {"spec": {"replicas": 2}}, MERGE)

    found = cluster.listed("deployment", "web")

    assert found.managed
    assert "kubectl-edit: spec.replicas" in found.facts["edited_by"]
    assert not [each for each in found.facts["edited_by"] if each.startswith("pulumi")]


def test_a_cluster_that_does_not_answer_is_no_empty_one(cluster: Cluster) -> None:
    """K01: exit 5, with the cluster's name."""
    opened = cluster.cloud
    opened.ready()
    cluster.lab.down(print, CLUSTER)

    for ask in (opened.ready, opened.list, lambda: opened.identity):
        with pytest.raises(TryLater, match=f"cloud {CLUSTER}: .*cannot be reached") as refusal:
            ask()
        assert refusal.value.exit_code == 5

    cluster.lab.up(print)
    opened.ready()
    assert opened.list()


def test_half_a_list_is_none(cluster: Cluster) -> None:
    """K32: the third page of a list fails, and goes on failing."""
    with closing(connect(read_access(cluster.binding))) as client:
        for number in range(2 * PAGE + 1):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"m-{number}"}}
            http_of(client).post(f"/api/v1/namespaces/{SPACE}/configmaps", json=body).raise_for_status()
    for status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        cluster.lab.have_trouble(CLUSTER, Trouble("GET .*/configmaps.*continue=", status, after=1))
        with pytest.raises(TryLater, match=f"cloud {CLUSTER}: list config_maps") as refusal:
            cluster.cloud.list()
        assert refusal.value.exit_code == 5

    cluster.lab.have_trouble(CLUSTER)
    assert len([each for each in cluster.cloud.list() if each.kind == "config_map"]) > 2 * PAGE


def test_trouble_that_passes_is_bridged(cluster: Cluster) -> None:
    cluster.lab.have_trouble(CLUSTER, Trouble("GET /api/v1/nodes", HTTPStatus.SERVICE_UNAVAILABLE, times=2))

    assert {each.facts["pool"] for each in cluster.cloud.list() if each.kind == "node"} == {POOL, OTHER_POOL}


def test_a_token_that_is_not_accepted_is_refused_in_words(cluster: Cluster) -> None:
    file = cluster.lab.layout.kubeconfig
    whole = file.read_text()
    token = cluster.lab.layout.place(CLUSTER).token("tricenter-carrier").read_text()
    file.write_text(whole.replace(token, "sesame"))
    try:
        with pytest.raises(Refused, match=f"cloud {CLUSTER}: .*credentials are not accepted"):
            cluster.cloud.list()
    finally:
        file.write_text(whole)
