"""Comparing a Plan with what clouds list: every difference is found, by name and with what it breaks."""

from collections.abc import Sequence

import pytest

from cmp.clouds.base import Resource
from cmp.model.estate import CloudKind
from cmp.model.plan import Plan
from cmp.services.verifying import comparing
from cmp.services.verifying.comparing import unowned_servers
from cmp.services.verifying.differences import Consequence, Difference

KNOWN = frozenset({"known"})
CLUSTERS = frozenset({CloudKind.KUBERNETES})
"""Objects of clusters are compared in a test of their own."""
SIGNER = "e-seal-signer-primary-bj-a-crypto-1"
MEMORIAL = "online-memorial-web-primary-gy-c-intel-1"
GROUP = "e-seal.signer.bj-a-gov.private"


def compare(plan: Plan, resources: Sequence[Resource], known: frozenset[str]) -> tuple[Difference, ...]:
    return comparing.compare(plan, resources, known, CLUSTERS)


def test_a_plan_carried_out_to_the_letter_has_no_difference(plan, listing) -> None:
    assert compare(plan, listing, KNOWN) == ()


def test_the_order_of_a_listing_does_not_matter(plan, listing) -> None:
    assert compare(plan, listing[::-1], KNOWN) == ()


def test_a_missing_server_of_grade_five_breaks_recovery(plan, listing) -> None:
    without = [resource for resource in listing if resource.name != SIGNER]

    (difference,) = compare(plan, without, KNOWN)

    assert (difference.resource, difference.real, difference.consequence) == (
        SIGNER,
        "missing",
        Consequence.RECOVERY,
    )


def test_a_missing_server_of_grade_two_breaks_its_service(plan, listing) -> None:
    without = [resource for resource in listing if resource.name != MEMORIAL]

    (difference,) = compare(plan, without, KNOWN)

    assert difference.consequence is Consequence.SERVICE


@pytest.mark.parametrize(
    ("facts", "field", "real"),
    [
        ({"status": "ERROR"}, "status", "ERROR"),
        ({"zone": "bj-a-hygon"}, "availability zone", "bj-a-hygon"),
        ({"traits": ("CUSTOM_CHIP_KUNPENG_920",)}, "chip trait", "not on its host"),
        ({"traits": None}, "chip trait", "not visible to this account"),
        ({"ipv4": ("192.0.2.1",)}, "IPv4 address", "192.0.2.1"),
        ({"ipv6": ()}, "IPv6 address", "none"),
        ({"security_groups": ()}, "security group", ""),
    ],
)
def test_one_wrong_fact_of_a_server_is_one_difference(plan, changed, facts, field, real) -> None:
    (difference,) = compare(plan, changed(SIGNER, facts=facts), KNOWN)

    assert (difference.resource, difference.field, difference.real) == (SIGNER, field, real)


def test_an_instance_on_another_architecture_is_a_difference(plan, changed) -> None:
    (difference,) = compare(plan, changed(MEMORIAL, facts={"architecture": "arm64"}), KNOWN)

    assert (difference.field, difference.declared, difference.real) == ("architecture", "x86_64", "arm64")


def test_a_server_made_from_an_older_plan_is_told(plan, changed) -> None:
    tags = {"environment": "lab", "urn": "known", "plan": "older"}

    (difference,) = compare(plan, changed(SIGNER, tags=tags), KNOWN)

    assert (difference.field, difference.consequence) == ("plan", Consequence.HARMLESS)


def test_a_rule_that_nobody_declared_is_a_matter_of_security(plan, listing, changed) -> None:
    (group,) = [resource for resource in listing if resource.name == GROUP]
    world = {"direction": "ingress", "protocol": "tcp", "port": 22, "prefix": "::/0"}

    (difference,) = compare(plan, changed(GROUP, facts={"rules": (*group.facts["rules"], world)}), KNOWN)

    assert difference.consequence is Consequence.SECURITY
    assert difference.real == "ingress tcp/22 from ::/0"


def test_a_rule_missing_in_one_family_breaks_the_service(plan, listing, changed) -> None:
    (group,) = [resource for resource in listing if resource.name == GROUP]
    one_family = tuple(rule for rule in group.facts["rules"] if ":" not in rule["prefix"])

    differences = compare(plan, changed(GROUP, facts={"rules": one_family}), KNOWN)

    assert len(differences) == len(group.facts["rules"]) - len(one_family) > 0
    assert {difference.consequence for difference in differences} == {Consequence.SERVICE}


def test_a_network_without_its_ipv6_subnet_is_told(plan, listing, changed) -> None:
    (network,) = [resource for resource in listing if resource.name == "lab.bj-a-gov.private"]

    (difference,) = compare(
        plan, changed(network.name, facts={"subnets": network.facts["subnets"][:1]}), KNOWN
    )

    assert (difference.kind, difference.real) == ("subnet", "missing")
    assert ":" in difference.declared


def test_what_carries_our_marks_and_no_stack_holds_is_unplanned(plan, listing) -> None:
    stray = Resource("bj-a-gov", "router", "r1", "stray", True, {"environment": "lab", "urn": "forgotten"})

    (difference,) = compare(plan, [*listing, stray], KNOWN)

    assert (difference.resource, difference.declared, difference.consequence) == (
        "stray",
        "-",
        Consequence.COST,
    )


def test_other_environments_and_strangers_are_left_alone(plan, listing) -> None:
    others = Resource("bj-a-gov", "server", "o1", "other", True, {"environment": "other", "urn": "x"})
    stranger = Resource("bj-a-gov", "server", "s1", "by-hand", False)

    assert compare(plan, [*listing, others, stranger], KNOWN) == ()
    assert [d.resource for d in unowned_servers(plan, [*listing, others, stranger])] == ["by-hand"]


def test_two_servers_of_one_name_are_told(plan, listing) -> None:
    (signer,) = [resource for resource in listing if resource.name == SIGNER]

    (difference,) = compare(plan, [*listing, signer], KNOWN)

    assert (difference.field, difference.declared, difference.real) == ("count", "1", "2")
