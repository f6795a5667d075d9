from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from support.builders import a_cloud, a_component, a_plan, a_workload, an_environment, clouds

from cmp.model.estate import Ownership
from cmp.model.plan import Plan
from cmp.model.policy import Policy, RuleLevel, RuleSetting, Waiver
from cmp.model.workload import DataClass
from policies.adapters.planned import Planned, judge
from policies.adapters.pulumi import policies_for
from policies.rules.registry import OPENINGS_RULES, PLACEMENT_RULES

RULES = {rule.id: rule for rule in (*PLACEMENT_RULES, *OPENINGS_RULES)}
"""Those that judge what is about to be made."""
TODAY = date(2026, 11, 23)
FAMILIES = ("0.0.0.0/0", "::/0")


def a_plan_for(cloud: Any = None, policy: Policy | None = None, **workload: Any) -> Plan:
    environment = an_environment(
        a_workload("tax", components=(a_component("web"),), **workload),
        clouds=(cloud or a_cloud("bj-a-gov"), *clouds()[1:]),
        policy=policy or Policy(),
    )
    return a_plan(environment=environment, placements=())


def a_server(cloud: str = "bj-a-gov", **tags: str) -> Planned:
    marked = {"workload": "tax", "component": "web"} | tags
    return Planned("tricenter:openstack:Server", "tax-web-1", cloud, {"tags": marked})


def a_firewall(*rules: dict[str, Any], kind: str = "openstack") -> Planned:
    properties = {"tags": {"workload": "tax", "component": "web"}, "rules": list(rules)}
    return Planned(f"tricenter:{kind}:SecurityGroup", "tax.web", "bj-a-gov", properties)


def a_flow(port: int | None, prefix: str, **changes: Any) -> dict[str, Any]:
    usual = {"direction": "ingress", "protocol": "tcp", "port": port, "prefix": prefix}
    return {key: value for key, value in (usual | changes).items() if value is not None}


def said(rule: str, planned: Planned, plan: Plan) -> list[str]:
    return [finding.sentence for finding in judge(RULES[rule], planned, plan, TODAY)]


def test_a_server_where_its_component_may_run_is_not_objected_to() -> None:
    assert [sentence for rule in RULES for sentence in said(rule, a_server(), a_plan_for())] == []


@pytest.mark.parametrize(
    ("rule", "cloud", "workload", "sentence"),
    [
        ("zone-served", {"zones": ("private",)}, {}, "runs in zone public, which bj-a-gov does not serve"),
        ("protection-level", {"mlps_level": 2}, {}, "has protection level 3, bj-a-gov only 2"),
        (
            "no-public-ownership-for-important-data",
            {"ownership": Ownership.LEASED},
            {"data_class": (DataClass.IMPORTANT,)},
            "holds important data, which only government clouds may hold",
        ),
    ],
)
def test_a_server_where_its_component_may_not_run_is_objected_to(
    rule: str, cloud: dict[str, Any], workload: dict[str, Any], sentence: str
) -> None:
    plan = a_plan_for(a_cloud("bj-a-gov", **cloud), **workload)

    (found,) = said(rule, a_server(), plan)

    assert sentence in found


def test_a_server_abroad_may_not_hold_sensitive_data() -> None:
    plan = a_plan_for(data_class=(DataClass.PERSONAL_SENSITIVE,))
    abroad = plan.environment.estate.locations[0].model_copy(update={"country": "SG"})
    estate = plan.environment.estate.model_copy(
        update={"locations": (abroad, plan.environment.estate.locations[1])}
    )
    plan = plan.model_copy(update={"environment": plan.environment.model_copy(update={"estate": estate})})

    (found,) = said("data-stays-in-country", a_server(), plan)

    assert "bj-a-gov stands in SG" in found


def test_a_server_that_belongs_to_nothing_planned_is_objected_to() -> None:
    (found,) = said("zone-served", a_server(workload="ghost"), a_plan_for())

    assert found == "tax-web-1 belongs to no component of the plan: nobody says what binds it"


def test_a_server_on_a_cloud_that_the_plan_does_not_know_is_objected_to() -> None:
    (found,) = said("zone-served", a_server(cloud="elsewhere"), a_plan_for())

    assert found == "tax-web-1 goes to elsewhere, which the plan does not know"


@pytest.mark.parametrize("kind", ["openstack", "aws"])
@pytest.mark.parametrize("prefix", FAMILIES)
@pytest.mark.parametrize(
    ("rule", "port"), [("management-stays-inside", 22), ("data-ports-stay-inside", 5432)]
)
def test_a_port_open_to_the_world_is_objected_to_in_both_families(
    rule: str, port: int, prefix: str, kind: str
) -> None:
    assert len(said(rule, a_firewall(a_flow(port, prefix), kind=kind), a_plan_for())) == 1


@pytest.mark.parametrize("prefix", FAMILIES)
def test_a_range_and_any_protocol_open_every_port_within(prefix: str) -> None:
    ranged = a_firewall(a_flow(20, prefix, port_end=30))
    anything = a_firewall(a_flow(None, prefix, protocol="any"))

    assert any("port 22 " in sentence for sentence in said("management-stays-inside", ranged, a_plan_for()))
    assert any(
        "port 5432 " in sentence for sentence in said("data-ports-stay-inside", anything, a_plan_for())
    )


@pytest.mark.parametrize(
    "flow",
    [
        a_flow(443, "0.0.0.0/0"),
        a_flow(443, "::/0"),
        a_flow(22, "192.0.2.0/24"),
        a_flow(22, "2001:db8::/32"),
        a_flow(22, "0.0.0.0/0", direction="egress"),
        a_flow(None, "::/0", protocol="icmpv6"),
    ],
)
def test_a_flow_that_a_service_needs_is_not_objected_to(flow: dict[str, Any]) -> None:
    assert said("management-stays-inside", a_firewall(flow), a_plan_for()) == []


@pytest.mark.parametrize("name", ["tax-web-1", "tax", "tax/web"])
def test_a_waiver_in_force_turns_a_finding_into_a_note_with_its_owner(name: str) -> None:
    waiver = Waiver(
        rule="protection-level", resource=name, reason="moves in May", owner="network-team", until=TODAY
    )
    plan = a_plan_for(a_cloud("bj-a-gov", mlps_level=2), Policy(waivers=(waiver,)))

    (found,) = judge(RULES["protection-level"], a_server(), plan, TODAY)

    assert found.waived
    assert found.sentence.endswith("(waived until 2026-11-23 by network-team: moves in May)")


@pytest.mark.parametrize(
    "change", [{"until": date(2026, 11, 22)}, {"resource": "tax/db"}, {"rule": "zone-served"}]
)
def test_a_waiver_that_ended_or_is_for_something_else_waives_nothing(change: dict[str, Any]) -> None:
    usual = {"rule": "protection-level", "resource": "tax", "reason": "x", "owner": "n", "until": TODAY}
    plan = a_plan_for(a_cloud("bj-a-gov", mlps_level=2), Policy(waivers=(Waiver(**usual | change),)))

    (found,) = judge(RULES["protection-level"], a_server(), plan, TODAY)

    assert not found.waived


def test_the_environment_sets_the_level_of_a_rule() -> None:
    settings = (
        RuleSetting(id="zone-served", level=RuleLevel.ADVISORY),
        RuleSetting(id="protection-level", level=RuleLevel.DISABLED),
    )

    levels = {
        policy.name: policy.enforcement_level
        for policy in policies_for(a_plan_for(policy=Policy(rules=settings)), TODAY)
    }

    assert levels.keys() == RULES.keys()
    assert levels["zone-served"] is EnforcementLevel.ADVISORY
    assert levels["protection-level"] is EnforcementLevel.DISABLED
    assert levels["management-stays-inside"] is EnforcementLevel.MANDATORY


def test_a_waived_rule_has_a_second_policy_for_notes() -> None:
    waiver = Waiver(rule="zone-served", resource="tax", reason="x", owner="n", until=TODAY)

    names = [policy.name for policy in policies_for(a_plan_for(policy=Policy(waivers=(waiver,))), TODAY)]

    assert "zone-served-waived" in names
    assert len(names) == len(RULES) + 1
