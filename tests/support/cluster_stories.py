"""Tells what every cluster says through our driver; the twin and real ones are held to the same stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from cmp.clouds.base import Resource
from cmp.clouds.kubernetes.cloud import KubernetesCloud

SPACE: Final = "portal"
"""The namespace of the stories."""
POOL, OTHER_POOL = "bj-a-kunpeng", "bj-a-hygon"
"""Two nodes of arm64, and one of amd64."""

Claim = Callable[[Mapping[str, Any]], object]


class Told(Protocol):
    """A cluster to tell stories on."""

    @property
    def cloud(self) -> KubernetesCloud:
        """Our driver."""
        ...

    def deploy(
        self, name: str, image: str = "web:1", replicas: int = 2, pool: str = POOL, **pod: Any
    ) -> None:
        """Make a Deployment with a dual-stack Service of its name."""
        ...

    def make(self, group: str, plural: str, kind: str, name: str, spec: Mapping[str, Any]) -> Any:
        """Make one object in the namespace of the stories."""
        ...

    def label(self, labels: Mapping[str, str]) -> None:
        """Put labels on that namespace."""
        ...

    def listed(self, kind: str, name: str) -> Resource:
        """One thing that the driver lists, by its name in that namespace."""
        ...

    def until(self, kind: str, name: str, claim: Claim) -> Mapping[str, Any]:
        """Wait until what the driver says of something is as claimed; gives what it says then."""
        ...


def what_runs_is_told_in_the_words_of_every_cloud(cluster: Told) -> None:
    cluster.deploy("web")

    facts = cluster.until("deployment", "web", lambda facts: facts["running"])

    assert (facts["wanted"], facts["ready"], facts["needs"], facts["refused"]) == (2, 2, {}, "")
    for pod in facts["pods"].values():
        assert (pod["pool"], pod["isa"], pod["chip"]) == (POOL, "arm64", "kunpeng-920")
        assert (len(pod["ipv4"]), len(pod["ipv6"])) == (1, 1)
    service = cluster.until("service", "web", lambda facts: facts["endpoints"]["ipv6"] == (2, 2))
    assert service["endpoints"] == {"ipv4": (2, 2), "ipv6": (2, 2)}


def a_node_tells_its_pool_and_its_addresses(cluster: Told) -> None:
    nodes = [each.facts for each in cluster.cloud.list() if each.kind == "node"]

    assert sorted((each["pool"], each["isa"]) for each in nodes) == [
        (OTHER_POOL, "amd64"),
        (POOL, "arm64"),
        (POOL, "arm64"),
    ]
    assert all(each["running"] and len(each["addresses"]) == 2 for each in nodes)


def pods_that_fit_nowhere_are_told_in_the_schedulers_own_words(cluster: Told) -> None:
    cluster.deploy("web", pool="nowhere", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["needs"])

    (said,) = facts["needs"].values()
    assert "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector" in said
    assert not facts["running"]


def a_service_of_two_families_with_endpoints_of_one_is_told(cluster: Told) -> None:
    """K21: pods got IPv4 only."""
    cluster.deploy("web", image="web:ipv4-only", replicas=1)

    facts = cluster.until("service", "web", lambda facts: facts["endpoints"]["ipv4"] == (1, 1))

    assert facts["endpoints"]["ipv6"] == (0, 0)


def an_image_that_never_becomes_ready_is_named(cluster: Told) -> None:
    cluster.deploy("web", image="web:never-ready", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["needs"])

    assert list(facts["needs"].values()) == ["main runs web:never-ready and is not ready"]
    assert not facts["running"]


def pods_that_are_refused_are_told_with_the_servers_own_sentence(cluster: Told) -> None:
    """K13: the object is accepted, its pods are not."""
    cluster.label({"pod-security.kubernetes.io/enforce": "restricted"})
    cluster.deploy("web", replicas=1)

    facts = cluster.until("deployment", "web", lambda facts: facts["refused"])

    assert 'violates PodSecurity "restricted' in facts["refused"]
    assert not facts["running"]


def a_quota_that_is_hit_is_named_with_limit_and_use(cluster: Told) -> None:
    """K32: quota, limit, used, asked."""
    cluster.make("api/v1", "resourcequotas", "ResourceQuota", "small", {"hard": {"pods": "1"}})
    cluster.until("resource_quota", "small", lambda facts: facts["used"])
    cluster.deploy("web", replicas=3)

    facts = cluster.until("deployment", "web", lambda facts: facts["refused"] and facts["ready"])

    assert "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1" in facts["refused"]
    assert cluster.listed("resource_quota", "small").facts["limits"] == {"pods": "1"}


def nobody_is_an_empty_list_and_everybody_a_rule_without_a_peer(cluster: Told) -> None:
    """K20: and what the lab does with policies is said."""
    group, plural, kind = "apis/networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    cluster.make(group, plural, kind, "closed", closed)
    cluster.make(
        group, plural, kind, "open", {"podSelector": {}, "ingress": [{}], "policyTypes": ["Ingress"]}
    )
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


def an_object_is_read_by_its_name_and_none_that_is_not_there(cluster: Told) -> None:
    cluster.deploy("web")
    noun = cluster.cloud.noun("apps/v1:Deployment")

    found = noun.read(f"{SPACE}/web")

    assert found is not None
    assert found.state["metadata"]["name"] == "web"
    assert noun.read(f"{SPACE}/nothing") is None


def a_cluster_says_which_one_it_is(cluster: Told) -> None:
    cluster.cloud.ready()

    assert cluster.cloud.identity
    assert cluster.cloud.identity == cluster.cloud.identity


STORIES: tuple[Callable[[Told], None], ...] = (
    what_runs_is_told_in_the_words_of_every_cloud,
    a_node_tells_its_pool_and_its_addresses,
    pods_that_fit_nowhere_are_told_in_the_schedulers_own_words,
    a_service_of_two_families_with_endpoints_of_one_is_told,
    an_image_that_never_becomes_ready_is_named,
    pods_that_are_refused_are_told_with_the_servers_own_sentence,
    a_quota_that_is_hit_is_named_with_limit_and_use,
    nobody_is_an_empty_list_and_everybody_a_rule_without_a_peer,
    an_object_is_read_by_its_name_and_none_that_is_not_there,
    a_cluster_says_which_one_it_is,
)
