"""A cluster's ground: quotas with room for one step, nobody talks undeclared, nobody is driven out."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_talk, an_exposure
from support.containers_plan import CLUSTER, NAMESPACE, PODS, a_containers_plan, a_front, an_index

from cmp.model.plan import Plan
from cmp.model.wishes import Protocol
from stacks.objects.manifest import Kind, Manifest
from stacks.objects.platform import platform


def found(plan: Plan, kind: Kind) -> dict[str, Manifest]:
    return {each.name: each for each in platform(plan, CLUSTER) if each.kind is kind}


def spec(plan: Plan, name: str) -> dict[str, Any]:
    return dict(found(plan, Kind.NETWORK_POLICY)[name].body["spec"])


def test_a_workloads_zone_is_a_namespace_of_the_strictest_standard() -> None:
    (namespace,) = found(a_containers_plan(), Kind.NAMESPACE).values()

    assert namespace.name == NAMESPACE
    assert namespace.labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace.tags["owner"] == "taxes"


def test_a_quota_has_room_for_the_largest_demand_and_one_step_of_a_rollout() -> None:
    (quota,) = found(a_containers_plan(), Kind.RESOURCE_QUOTA).values()

    # 3 replicas of demand 4 are 12, and one more in a rollout; 2 of the index, which starts none before
    assert quota.body["spec"]["hard"] == {
        "pods": "15",
        "requests.cpu": "30000m",
        "requests.memory": f"{15 * 4096}Mi",
        "requests.storage": "30Gi",
        "persistentvolumeclaims": "2",
    }


def test_a_namespace_denies_everything_by_empty_lists_with_their_types() -> None:
    assert spec(a_containers_plan(), "default-deny") == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_a_component_without_flows_asks_the_resolvers_and_nobody_else() -> None:
    silent = an_index()
    lonely = spec(a_containers_plan(silent), "index")

    assert "ingress" not in lonely
    assert [rule["ports"] for rule in lonely["egress"]] == [
        [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    ]
    assert lonely["policyTypes"] == ["Ingress", "Egress"]


def test_no_rule_is_without_a_peer_or_a_port() -> None:
    for policy in found(a_containers_plan(), Kind.NETWORK_POLICY).values():
        for side, peer in (("ingress", "from"), ("egress", "to")):
            for rule in policy.body["spec"].get(side, ()):
                assert rule[peer], policy.name
                assert rule["ports"], policy.name


def test_peers_outside_are_ranges_in_both_families_and_inside_labels() -> None:
    rules = spec(a_containers_plan(), "front")["egress"]
    to = {rule["ports"][0]["port"]: rule["to"] for rule in rules}

    assert {each["ipBlock"]["cidr"] for each in to[5432]} == {"10.64.0.0/20", "3fff:100::/64"}
    inside = [each for each in to[9200] if "podSelector" in each]
    assert inside[0]["podSelector"]["matchLabels"]["tricenter/component"] == "index"
    assert inside[0]["namespaceSelector"]["matchLabels"]["tricenter/environment"] == "test"


def test_no_policy_names_the_range_of_its_own_cluster() -> None:
    """It would let in every pod of it."""
    own = {PODS, "3fff:100:0:1::/65"}
    for policy in found(a_containers_plan(), Kind.NETWORK_POLICY).values():
        rules = [*policy.body["spec"].get("ingress", ()), *policy.body["spec"].get("egress", ())]
        peers = [peer for rule in rules for peer in (*rule.get("from", ()), *rule.get("to", ()))]
        assert own.isdisjoint(peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer)


def test_one_number_may_be_open_over_tcp_and_udp() -> None:
    both = (an_exposure(53, "public"), an_exposure(53, "public", protocol=Protocol.UDP))
    incoming = spec(a_containers_plan(a_front(exposes=both, talks_to=())), "front")["ingress"]

    assert [rule["ports"] for rule in incoming] == [
        [{"protocol": "TCP", "port": 53}],
        [{"protocol": "UDP", "port": 53}],
    ]


def test_no_priority_drives_a_running_pod_out() -> None:
    classes = found(a_containers_plan(), Kind.PRIORITY_CLASS)

    assert {name: each.body["value"] for name, each in classes.items()} == {
        "test--never": 300_000,
        "test--elastic": 200_000,
    }
    assert {each.body["preemptionPolicy"] for each in classes.values()} == {"Never"}


@pytest.mark.parametrize("kind", list(Kind))
def test_no_label_holds_what_changes_with_a_plan(kind: Kind) -> None:
    one, other = (
        {each.key: each.labels for each in platform(plan, CLUSTER) if each.kind is kind}
        for plan in (a_containers_plan(), a_containers_plan(inputs_hash="1" * 64))
    )

    assert one == other


def test_a_talk_from_another_component_opens_its_peer_to_its_labels() -> None:
    plan = a_containers_plan(a_front(talks_to=(a_talk("index", port=9200),)), an_index())
    (rule,) = spec(plan, "index")["ingress"]

    assert rule["ports"] == [{"protocol": "TCP", "port": 9200}]
    assert any("podSelector" in peer for peer in rule["from"])
