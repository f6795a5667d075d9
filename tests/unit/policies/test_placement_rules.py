"""Zone, level, ownership and residency refuse by a sentence and are silent where they hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmp.model.estate import Ownership
from cmp.model.policy import Policy, RuleLevel, RuleSetting
from cmp.model.workload import DataClass
from policies.rules.placement import (
    data_stays_in_country,
    level_is_reached,
    owner_may_hold_data,
    zone_is_served,
)
from policies.rules.registry import PLACEMENT_RULES, RULES, level_of
from policies.rules.values import Standpoint, Tenant

TENANT = Tenant("tax/web", "private", 3, frozenset({DataClass.INTERNAL}))
SITE = Standpoint("bj-a-gov", frozenset({"private", "public"}), 3, Ownership.GOVERNMENT, "CN")

STRICT = [DataClass.CORE, DataClass.IMPORTANT, DataClass.PERSONAL_SENSITIVE]
MIDDLE = [DataClass.PERSONAL, DataClass.INTERNAL]


def holding(data_class: DataClass, *more: DataClass) -> Tenant:
    return replace(TENANT, data_classes=frozenset({data_class, *more}))


def owned(ownership: Ownership) -> Standpoint:
    return replace(SITE, ownership=ownership)


def test_a_fitting_site_leaves_every_rule_silent() -> None:
    assert [list(rule.check(TENANT, SITE)) for rule in PLACEMENT_RULES] == [[]] * len(PLACEMENT_RULES)


def test_a_zone_that_is_not_served_is_named() -> None:
    (sentence,) = zone_is_served(replace(TENANT, zone="internet"), SITE)

    assert sentence == "tax/web runs in zone internet, which bj-a-gov does not serve"


def test_a_level_above_the_clouds_is_refused_and_one_below_is_not() -> None:
    (sentence,) = level_is_reached(replace(TENANT, level=4), SITE)

    assert sentence == "tax/web has protection level 4, bj-a-gov only 3"
    assert not list(level_is_reached(replace(TENANT, level=2), SITE))


@pytest.mark.parametrize("data_class", STRICT)
def test_strict_data_lie_on_government_clouds_only(data_class: DataClass) -> None:
    found = {owner: bool(list(owner_may_hold_data(holding(data_class), owned(owner)))) for owner in Ownership}

    assert found == {Ownership.GOVERNMENT: False, Ownership.LEASED: True, Ownership.PUBLIC: True}


@pytest.mark.parametrize("data_class", MIDDLE)
def test_internal_and_personal_data_may_lie_on_leased_clouds(data_class: DataClass) -> None:
    found = {owner: bool(list(owner_may_hold_data(holding(data_class), owned(owner)))) for owner in Ownership}

    assert found == {Ownership.GOVERNMENT: False, Ownership.LEASED: False, Ownership.PUBLIC: True}


def test_public_data_may_lie_anywhere() -> None:
    found = [list(owner_may_hold_data(holding(DataClass.PUBLIC), owned(owner))) for owner in Ownership]

    assert found == [[], [], []]


def test_the_strictest_of_several_classes_binds() -> None:
    (sentence,) = owner_may_hold_data(holding(DataClass.PUBLIC, DataClass.CORE), owned(Ownership.LEASED))

    assert "core data" in sentence


@pytest.mark.parametrize("data_class", STRICT)
def test_strict_data_stay_in_the_country(data_class: DataClass) -> None:
    abroad = replace(SITE, country="SG")

    assert list(data_stays_in_country(holding(data_class), abroad))
    assert not list(data_stays_in_country(holding(data_class), SITE))
    assert not list(data_stays_in_country(holding(DataClass.INTERNAL), abroad))


def test_every_rule_is_listed_once_with_both_titles() -> None:
    assert len(RULES) == 7
    assert all(rule.title.zh and rule.title.en and rule.clause.reference for rule in RULES.values())


def test_inferred_clauses_are_not_called_verified() -> None:
    assert not any(rule.clause.verified for rule in RULES.values() if rule.clause.units)


def test_a_policy_may_set_a_rules_level() -> None:
    rule = RULES["zone-served"]
    policy = Policy(rules=(RuleSetting(id="zone-served", level=RuleLevel.ADVISORY),))

    assert level_of(rule, Policy()) is RuleLevel.MANDATORY
    assert level_of(rule, policy) is RuleLevel.ADVISORY
