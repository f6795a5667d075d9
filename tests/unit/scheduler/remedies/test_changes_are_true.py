"""Whatever estate is drawn: every change that is offered helps once it is made, and one less does not."""

from __future__ import annotations

from hypothesis import assume, given, settings
from support.builders import a_plan
from support.random_estates import environments, tiny_environments

from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.scheduler.engine import schedule
from cmp.scheduler.remedies.changes.candidates import knobs
from cmp.scheduler.remedies.changes.change import applied
from cmp.scheduler.remedies.fixes import Basis, found_for, miss_of


def planned(environment: Environment) -> Plan:
    decision = schedule(environment)
    return a_plan(
        environment=environment, placements=decision.placements, unplaced=decision.unplaced, networks=()
    )


def missing(environment: Environment) -> set[str]:
    return {each.workload for each in schedule(environment).unplaced}


def helps(environment: Environment, before: set[str], workload: str) -> bool:
    after = missing(environment)
    return workload not in after and after <= before


def hold_true(environment: Environment) -> None:
    plan = planned(environment)
    assume(plan.unplaced)
    workload, before = plan.unplaced[0].workload, missing(environment)
    offered = knobs(miss_of(plan, workload))

    found, _ = found_for(Basis(plan, budget=80), workload)

    for each in found:
        assert helps(applied(each.changes, environment), before, workload)
        for place, change in enumerate(each.changes):
            knob = next(knob for knob in offered if change in map(knob.make, knob.amounts))
            less = [amount for amount in knob.amounts if amount < change.amount]
            if less and each.smallest:
                smaller = list(each.changes)
                smaller[place] = knob.make(less[-1])
                assert not helps(applied(smaller, environment), before, workload)


@given(environment=tiny_environments())
@settings(max_examples=25)
def test_changes_of_tiny_estates_are_true_and_smallest(environment: Environment) -> None:
    hold_true(environment)


@given(environment=environments())
@settings(max_examples=10)
def test_changes_of_random_estates_are_true_and_smallest(environment: Environment) -> None:
    hold_true(environment)
