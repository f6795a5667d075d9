from __future__ import annotations

from functools import partial
from ipaddress import ip_network

import pytest
from support.simulated import Recorded, run
from support.small_plan import LEASED, a_security_group

from cmp.clouds.binding import Files
from cmp.model.plan import Plan, SecurityRule
from cmp.model.wishes import Protocol
from stacks.programs.foundation import foundation, rules_of

NETWORK, SUBNET, ROUTER = (f"tricenter:openstack:{kind}" for kind in ("Network", "Subnet", "Router"))


def lay(plan: Plan, center: str) -> Recorded:
    return run(partial(foundation, plan, center, Files()))


def a_rule(why: str = "tax exposes 443", prefix: str = "192.0.2.0/24", port: int = 443) -> SecurityRule:
    return SecurityRule(
        direction="ingress", protocol=Protocol.TCP, port=port, prefix=ip_network(prefix), why=why
    )


def test_every_zone_of_a_cloud_gets_a_network_with_a_subnet_in_each_family(plan: Plan) -> None:
    laid = lay(plan, "bj-a")

    assert laid.names(NETWORK) == ["test.bj-a-gov.internet", "test.bj-a-gov.public"]
    assert {name: laid.inputs(SUBNET, name)["cidr"] for name in laid.names(SUBNET)} == {
        "test.bj-a-gov.internet.ipv4": "10.64.16.0/20",
        "test.bj-a-gov.internet.ipv6": "3fff:100:0:1::/64",
        "test.bj-a-gov.public.ipv4": "10.64.0.0/20",
        "test.bj-a-gov.public.ipv6": "3fff:100::/64",
    }


def test_only_the_internet_zone_leads_out(plan: Plan) -> None:
    laid = lay(plan, "bj-a")

    assert laid.inputs(ROUTER, "test.bj-a-gov.internet")["external_network"] == "extranet"
    assert "external_network" not in laid.inputs(ROUTER, "test.bj-a-gov.public")


def test_a_router_joins_both_subnets_of_its_zone_and_no_other(plan: Plan) -> None:
    laid = lay(plan, "bj-a")

    assert laid.inputs(ROUTER, "test.bj-a-gov.public")["subnets"] == [
        "Subnet/test.bj-a-gov.public.ipv4",
        "Subnet/test.bj-a-gov.public.ipv6",
    ]


def test_a_firewall_holds_the_declared_flows_in_both_families_and_nothing_else(plan: Plan) -> None:
    laid = lay(plan, "bj-a")

    rules = laid.inputs("tricenter:openstack:SecurityGroup", "marriage.web.bj-a-gov.internet")["rules"]
    assert [(rule["direction"], rule["port"], rule["prefix"]) for rule in rules] == [
        ("egress", 5432, "10.64.0.0/20"),
        ("egress", 5432, "3fff:100::/64"),
        ("ingress", 443, "0.0.0.0/0"),
        ("ingress", 443, "::/0"),
    ]


def test_a_component_without_flows_gets_a_firewall_that_lets_nothing_through(plan: Plan) -> None:
    closed = a_security_group("bj-b-gov", "public", "marriage", "db")

    laid = lay(plan.model_copy(update={"security_groups": (closed,)}), "bj-b")

    assert laid.inputs("tricenter:openstack:SecurityGroup", "marriage.db.bj-b-gov.public")["rules"] == []


def test_a_flow_that_two_declarations_ask_for_is_allowed_once_with_both_reasons() -> None:
    rules = rules_of([a_rule("portal talks to tax"), a_rule("archive talks to tax"), a_rule(port=8443)])

    assert [(rule["port"], rule["why"]) for rule in rules] == [
        (443, "archive talks to tax; portal talks to tax"),
        (8443, "tax exposes 443"),
    ]


def test_a_leased_cloud_gets_a_vpc_with_a_way_out_and_its_own_firewall(plan: Plan) -> None:
    laid = lay(plan, "gy-c")

    name = f"test.{LEASED}.internet"
    assert laid.inputs("tricenter:aws:Vpc", name)["cidr"] == "10.64.96.0/20"
    assert laid.inputs("tricenter:aws:Subnet", name)["vpc"] == f"Vpc/{name}"
    assert laid.names("tricenter:aws:InternetGateway") == [name]
    assert (
        laid.inputs("tricenter:aws:SecurityGroup", f"memorial.web.{LEASED}.internet")["vpc"] == f"Vpc/{name}"
    )


def test_each_cloud_of_a_center_has_a_provider_of_its_own(plan: Plan) -> None:
    laid = lay(plan, "gy-c")

    assert laid.names("pulumi:providers:tricenter") == ["gy-c-gov", LEASED]
    assert f"::{LEASED}::" in laid.providers["tricenter:aws:Vpc", f"test.{LEASED}.internet"]
    assert "::gy-c-gov::" in laid.providers[NETWORK, "test.gy-c-gov.public"]


def test_what_the_workloads_stand_on_is_exported(plan: Plan) -> None:
    exported = lay(plan, "bj-b").outputs

    assert exported["plan"] == plan.hash
    assert exported["clouds"]["bj-b-gov"]["networks"]["public"]["network"] == "Network/test.bj-b-gov.public"
    assert exported["clouds"]["bj-b-gov"]["firewalls"] == {
        "marriage.db.bj-b-gov.public": "SecurityGroup/marriage.db.bj-b-gov.public"
    }


@pytest.mark.parametrize("center", ["bj-a", "bj-b", "gy-c"])
def test_everything_that_is_laid_is_marked_with_plan_center_and_zone(plan: Plan, center: str) -> None:
    laid = lay(plan, center)

    tagged = [inputs["tags"] for (kind, _), inputs in laid.resources.items() if "providers" not in kind]
    assert {(tags["plan"], tags["center"]) for tags in tagged} == {(plan.hash, center)}
    assert {tags["zone"] for tags in tagged} == {"public", "internet"}
