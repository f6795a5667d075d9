"""A cluster that serves an isolated zone beside others is told, and refused where the policy says so."""

from __future__ import annotations

import pytest
from support.builders import a_cloud, a_network, a_pool, an_estate

from cmp.loaders.checks.clouds import check_zones
from cmp.model.codes import Code
from cmp.model.estate import Cloud, CloudKind
from cmp.model.finding import Finding, Severity
from cmp.model.policy import Policy, RuleLevel, RuleSetting


def found(
    *zones: str, level: RuleLevel | None = None, kind: CloudKind = CloudKind.KUBERNETES
) -> list[Finding]:
    cluster: Cloud = a_cloud("bj-a-k8s", kind=kind, zones=zones)
    estate = an_estate(clouds=(a_cloud(), cluster), pools=(a_pool(),))
    rules = (RuleSetting(id="zones-told-apart", level=level),) if level else ()
    return list(check_zones(estate, a_network(), Policy(rules=rules)))


def test_zones_that_a_cluster_cannot_tell_apart_are_told() -> None:
    (told,) = found("public", "private")

    assert (told.code, told.severity, told.path) == (Code.ZONES_MIXED, Severity.NOTE, ("clouds", 1, "zones"))
    assert "its zones public, private cannot be told apart" in str(told.message)


def test_they_are_refused_where_the_policy_says_so() -> None:
    (told,) = found("public", "private", level=RuleLevel.MANDATORY)

    assert told.severity is Severity.ERROR


@pytest.mark.parametrize("zones", [("public",), ("private",), ("public", "internet")])
def test_one_zone_and_open_zones_are_fine(zones: tuple[str, ...]) -> None:
    assert found(*zones, level=RuleLevel.MANDATORY) == []


def test_clouds_of_servers_have_a_network_in_each_zone() -> None:
    assert found("public", "private", kind=CloudKind.OPENSTACK) == []


def test_a_rule_that_is_off_says_nothing() -> None:
    assert found("public", "private", level=RuleLevel.DISABLED) == []
