"""Policies judge objects of clusters by the same predicates as servers and their firewalls."""

from __future__ import annotations

from datetime import date
from typing import Any

from support.containers_plan import CLUSTER, a_containers_plan

from policies.adapters.planned import Planned, judge
from policies.rules.registry import OPENINGS_RULES, PLACEMENT_RULES

DAY = date(2026, 12, 1)
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def said(planned: Planned) -> list[str]:
    rules = (*PLACEMENT_RULES, *OPENINGS_RULES)
    return [finding.sentence for rule in rules for finding in judge(rule, planned, a_containers_plan(), DAY)]


def a_policy(*ingress: dict[str, Any]) -> Planned:
    return Planned(POLICY, "front", CLUSTER, {"spec": {"podSelector": {}, "ingress": list(ingress)}})


def a_set(workload: str) -> Planned:
    marked = {"annotations": {"tricenter/workload": workload, "tricenter/component": "front"}}
    return Planned("kubernetes:apps/v1:Deployment", "front", CLUSTER, {"metadata": marked})


def test_a_set_of_pods_is_judged_by_its_workload() -> None:
    assert said(a_set("portal")) == []
    assert any("belongs to no component" in sentence for sentence in said(a_set("strange")))


def test_a_management_port_open_to_the_world_is_found_in_a_network_policy() -> None:
    world = [{"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/0", "::/0")]
    found = said(a_policy({"from": world, "ports": [{"protocol": "TCP", "port": 22}]}))

    assert any("22" in sentence for sentence in found)


def test_a_rule_without_a_peer_is_everybody() -> None:
    found = said(a_policy({"ports": [{"protocol": "TCP", "port": 22}]}))

    assert any("22" in sentence for sentence in found)


def test_peers_inside_the_cluster_open_nothing_to_the_world() -> None:
    inside = [{"podSelector": {"matchLabels": {"tricenter/component": "index"}}}]

    assert said(a_policy({"from": inside, "ports": [{"protocol": "TCP", "port": 22}]})) == []
