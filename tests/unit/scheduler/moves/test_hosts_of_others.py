"""Where a cloud moves no servers and switches no hosts, nothing of the kind is proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.builders import a_cloud, a_per_host, a_plan, an_environment, clouds
from support.hosted import a_service, a_small_pool, planned, server_names, standing

from cmp.errors import Refused
from cmp.model.abilities import ABILITIES
from cmp.model.environment import Environment
from cmp.model.estate import Cloud, CloudKind, Pool, Power
from cmp.model.moves import StepKind
from cmp.model.workload import Needs
from cmp.scheduler.engine import schedule
from cmp.scheduler.moves.maintenance import drain_of, maintain
from cmp.scheduler.moves.observed import reality_of
from cmp.scheduler.moves.rebalance import rebalance

POOL = "bj-a-hygon"
OTHERS = pytest.mark.parametrize("kind", [CloudKind.AWS, CloudKind.KUBERNETES])
MOVED_HERE = {StepKind.MIGRATE, StepKind.POWER_OFF, StepKind.POWER_ON}


def of(kind: CloudKind) -> tuple[Cloud, ...]:
    """The usual clouds, the first of another kind."""
    first, *rest = clouds()
    return (a_cloud(first.id, kind=kind), *rest)


def estate(kind: CloudKind, *pools: Pool, replicas: int = 4) -> Environment:
    """A service on a cloud of a kind, on pools whose hosts draw power."""
    work = a_service(replicas=replicas, runs_as=ABILITIES[kind].runs)
    return an_environment(work, clouds=of(kind), pools=pools or (a_small_pool(POOL),))


@OTHERS
def test_no_host_is_emptied_or_switched_off_to_save_power(kind: CloudKind) -> None:
    plan = planned(estate(kind))

    scattered = standing(plan, POOL, {"tax-api": [1, 2, 3, 4]})
    found = rebalance(plan, scattered, proposed=()).proposal

    assert found.moves == ()
    assert found.steps == ()


@OTHERS
def test_a_packing_alone_takes_no_host_for_switched_off(kind: CloudKind) -> None:
    assert not reality_of(planned(estate(kind)), server_names).off


@OTHERS
def test_a_host_cannot_be_drained_and_the_sentence_says_whose_it_is(kind: CloudKind) -> None:
    plan = planned(estate(kind))
    scattered = standing(plan, POOL, {"tax-api": [1, 2, 3, 4]})

    with pytest.raises(Refused, match="the hosts of bj-a-hygon are not ours") as refusal:
        maintain(plan, scattered, [drain_of(plan.environment, f"host:{POOL}/2")])

    assert f"drain pool:{POOL}" in (refusal.value.hint or "")


@OTHERS
def test_a_pool_is_drained_by_a_plan_and_no_host_is_touched(kind: CloudKind) -> None:
    plan = planned(estate(kind, a_small_pool(f"{POOL}-1"), a_small_pool(f"{POOL}-2", 8)))
    (pool,) = {row.pool for row in plan.placements}

    found = maintain(plan, reality_of(plan, server_names), [drain_of(plan.environment, f"pool:{pool}")])

    assert {step.kind for step in found.proposal.steps} == {StepKind.TRANSFER}


@OTHERS
def test_what_arrives_makes_no_server_step_aside(kind: CloudKind) -> None:
    """Two of the hosts have room together, none has it alone: only a move inside the pool would make some."""
    keys = {"sm-crypto": 4}
    small = a_small_pool(f"{POOL}-1", 1)
    other = a_small_pool(f"{POOL}-2", 2, per_host=a_per_host(vcpus=8, memory_gib=32, accelerators=keys))
    work = {"runs_as": ABILITIES[kind].runs}
    large = a_service("tax-api", 1, 8, **work)
    signer = a_service("signer", 2, needs=Needs(vcpus=2, memory_gib=4, accelerators={"sm-crypto": 1}), **work)
    alone = planned(an_environment(large, clouds=of(kind), pools=(small,)))
    plan = planned(an_environment(large, signer, clouds=of(kind), pools=(small, other)), alone)
    spread = standing(plan, other.id, {"signer": [1, 2]})
    reality = replace(
        spread, standings=(*standing(plan, small.id, {"tax-api": [1]}).standings, *spread.standings)
    )

    with pytest.raises(Refused, match="have no room for it as servers stand there now") as refusal:
        maintain(plan, reality, [drain_of(plan.environment, f"pool:{small.id}")])

    assert "moves no servers" in (refusal.value.hint or "")


@OTHERS
def test_hosts_that_are_never_switched_off_save_no_watts(kind: CloudKind) -> None:
    """A pool of frugal hosts has come: where hungry ones go on drawing what they draw, nothing is gained."""
    hungry = a_small_pool(f"{POOL}-1", 2, power=Power(idle_watts=500, peak_watts=600))
    frugal = a_small_pool(f"{POOL}-2", 2, power=Power(idle_watts=100, peak_watts=200))
    before = planned(estate(kind, hungry, replicas=2))
    now = a_plan(environment=estate(kind, hungry, frugal, replicas=2), networks=())
    plan = schedule(before.environment).within(now)

    found = rebalance(plan, reality_of(plan, server_names))

    assert found.target is None
    assert not {step.kind for step in found.proposal.steps} & MOVED_HERE
