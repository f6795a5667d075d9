"""A second rebalance finds nothing, and no proposal moves a server twice, on estates drawn by chance."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from support.builders import a_component, a_pool, a_workload, an_environment, clouds, needs, pools

from cmp.model.base import Fact
from cmp.model.environment import Environment
from cmp.model.estate import Pool, Power
from cmp.model.plan import Origin, Plan
from cmp.model.workload import Scaling, Spread
from cmp.scheduler.engine import Limits, schedule
from cmp.scheduler.moves.observed import after_steps, reality_of
from cmp.scheduler.moves.rebalance import Rebalanced, rebalance
from cmp.scheduler.survival.proving import prove
from stacks.programs.rows import server_names


def _power(chance: Random) -> Power:
    idle = chance.choice((60, 100, 200, 400))
    return Power(idle_watts=Fact(value=idle), peak_watts=Fact(value=3 * idle), boot_minutes=Fact(value=10))


def _pools(chance: Random) -> tuple[Pool, ...]:
    found = []
    for each in pools():
        for letter in "pq":
            hosts = chance.choice((2, 3, 4))
            name = f"{each.id}-{letter}"
            found.append(
                a_pool(
                    name, cloud=each.cloud, chip=each.chip, hosts=hosts, power=_power(chance), price_cny=None
                )
            )
    return tuple(found)


def _environment(chance: Random) -> Environment:
    workloads = []
    for number in range(chance.choice((3, 4, 6))):
        size = needs(chance.choice((1, 2, 3, 4)), 4.0, 10)
        spread, scaling = chance.choice((Spread.NONE, Spread.HOST)), chance.choice(list(Scaling))
        part = a_component(replicas=chance.choice((1, 2, 3, 4)), needs=size, spread=spread, scaling=scaling)
        workloads.append(a_workload(f"w{number}", grade=chance.choice((2, 3, 3)), components=(part,)))
    return an_environment(*workloads, clouds=clouds(), pools=_pools(chance))


def _changed(environment: Environment, chance: Random) -> Environment:
    changed = tuple(pool.changed(power=_power(chance)) for pool in environment.estate.pools)
    return environment.changed(estate=environment.estate.changed(pools=changed))


def _start(seed: int) -> Plan:
    """A Plan on an estate whose power has changed since it was made."""
    chance = Random(seed)  # noqa: S311 - an estate, no secret
    before = _environment(chance)
    first = schedule(before, seed=seed, limits=Limits(64)).to_prove(before, Origin(engine="test"))
    after = _changed(before, chance)
    decision = schedule(after, previous=first, limits=Limits(0))
    return decision.within(first, after).sealed()


def _again(plan: Plan, found: Rebalanced) -> Rebalanced:
    """What a second run proposes once the first was carried out."""
    if found.target is not None:
        return rebalance(found.target, reality_of(found.target, server_names))
    reality = after_steps(reality_of(plan, server_names), found.proposal.steps)
    return rebalance(plan, reality)


@pytest.mark.parametrize("seed", range(24))
def test_a_second_run_finds_nothing(seed: int) -> None:
    plan = _start(seed)
    found = rebalance(plan, reality_of(plan, server_names))

    second = _again(plan, found).proposal

    assert [move.subject for move in second.moves] == []
    assert second.steps == ()


@pytest.mark.parametrize("seed", range(24))
def test_no_server_moves_twice(seed: int) -> None:
    plan = _start(seed)
    found = rebalance(plan, reality_of(plan, server_names))

    moved = Counter(step.server for step in found.proposal.steps if step.server)

    assert set(moved.values()) <= {1}
    numbers = [number for move in found.proposal.moves for number in move.steps]
    assert sorted(numbers) == [step.number for step in found.proposal.steps]


@pytest.mark.parametrize("seed", range(0, 24, 4))
def test_the_plan_it_leads_to_keeps_every_promise(seed: int) -> None:
    plan = _start(seed)
    target = rebalance(plan, reality_of(plan, server_names)).target

    if target is not None:
        before = {each.lose for each in prove(plan, plan.environment.failures).broken}
        assert {each.lose for each in prove(target, plan.environment.failures).broken} <= before
        assert target.objective.total <= plan.objective.total
