"""Offers the rules to the Pulumi engine as a policy pack, on at every preview and every change."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from cmp.errors import Invalid
from cmp.model.plan import Plan
from cmp.model.policy import RuleLevel
from cmp.sentences import Sentence
from cmp.store.plans import load
from policies.adapters.planned import Planned, judge
from policies.rules.registry import OPENINGS_RULES, PLACEMENT_RULES, OpeningsRule, PlacementRule, level_of

PLAN = "TRICENTER_PLAN"

LEVELS = {
    RuleLevel.MANDATORY: EnforcementLevel.MANDATORY,
    RuleLevel.ADVISORY: EnforcementLevel.ADVISORY,
    RuleLevel.DISABLED: EnforcementLevel.DISABLED,
}

Validate = Callable[[ResourceValidationArgs, ReportViolation], None]


def pack() -> PolicyPack:
    """Serve the pack for the plan that `TRICENTER_PLAN` names, until the engine ends.

    Raises:
        Invalid: no plan is named, or it cannot be read.
    """
    named = os.environ.get(PLAN)
    if not named:
        raise Invalid(Sentence("the policies have no plan to judge by: set {PLAN}=FILE", PLAN=PLAN))
    today = datetime.now(UTC).date()  # noqa: TID251 - the edge: waivers end by the real calendar
    return PolicyPack("tricenter", list(policies_for(load(Path(named)), today)))


def policies_for(plan: Plan, today: date) -> Sequence[Policy]:
    """One policy a rule at the level of the environment, and one more for findings that are waived."""
    rules: tuple[PlacementRule | OpeningsRule, ...] = (*PLACEMENT_RULES, *OPENINGS_RULES)
    policies: list[Policy] = []
    for rule in rules:
        level = LEVELS[level_of(rule, plan.environment.policy)]
        policies.append(_policy(rule, rule.id, level, _validate(rule, plan, today, waived=False)))
        if any(waiver.rule == rule.id for waiver in plan.environment.policy.waivers):
            notes = _validate(rule, plan, today, waived=True)
            policies.append(_policy(rule, f"{rule.id}-waived", EnforcementLevel.ADVISORY, notes))
    return policies


def _policy(
    rule: PlacementRule | OpeningsRule, name: str, level: EnforcementLevel, validate: Validate
) -> ResourceValidationPolicy:
    clause = rule.clause
    framework = PolicyComplianceFramework(clause.standard, "", clause.reference, ", ".join(clause.units))
    return ResourceValidationPolicy(
        name=name,
        description=rule.title.en,
        validate=validate,
        enforcement_level=level,
        framework=framework,
    )


def _validate(rule: PlacementRule | OpeningsRule, plan: Plan, today: date, *, waived: bool) -> Validate:
    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        for finding in judge(rule, _planned(args), plan, today):
            if finding.waived is waived:
                report_violation(finding.sentence, None)

    return validate


def _planned(args: ResourceValidationArgs) -> Planned:
    """The resource with its cloud; reading what is not known yet raises, and the SDK notes that."""
    settings = args.provider.props if args.provider else {}
    cloud = settings.get("cloud") or settings.get("clusterIdentifier") or ""
    return Planned(args.resource_type, args.name, str(cloud), args.props)
