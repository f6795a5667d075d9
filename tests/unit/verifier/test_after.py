"""Seeded wrong Plans for the time after a loss: each is sealed anew, and found by what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.builders import a_component, a_plan, a_workload, an_environment

from cmp.loaders.loading import load
from cmp.model.plan import Placement, Plan
from cmp.model.plan_after import Becomes, PlanAfter, Spent, SpentKind
from cmp.model.recovery import Failure, Role
from cmp.model.workload import Data
from cmp.network.addresses.allocation import allocate
from cmp.network.flows import security_groups
from cmp.scheduler.engine import schedule
from cmp.scheduler.horizon.after import plan_after
from cmp.verifier.after import check_after

ROOT = Path(__file__).parents[3]
LOST = "center:bj-a"
SEEDS = range(3)
Mutation = Callable[[PlanAfter, Random], PlanAfter]


@pytest.fixture(scope="module")
def before() -> Plan:
    """The shipped lab as the engine plans it, with its networks and rules."""
    environment = load(ROOT / "inventories" / "lab").environment
    decision, networks = schedule(environment), allocate(environment, {})
    groups = security_groups(environment, networks, decision.placements)
    plan = decision.to_prove(environment, a_plan().origin)
    return plan.model_copy(update={"networks": networks, "security_groups": groups}).sealed()


def sealed(found: PlanAfter, **changes: Any) -> PlanAfter:
    """The document with another Plan in it, whose rules follow from its rows."""
    plan = found.plan.model_copy(update=changes)
    groups = security_groups(plan.environment, plan.networks, plan.placements)
    plan = plan.model_copy(update={"security_groups": groups, "hash": ""}).sealed()
    return found.model_copy(update={"plan": plan, "hash": ""}).sealed()


@pytest.fixture(scope="module")
def right(before: Plan) -> PlanAfter:
    """What stands after the loss of the center where most is at home."""
    return sealed(plan_after(before, [Failure.parse(LOST)]))


@pytest.fixture(scope="module")
def slight(before: Plan) -> PlanAfter:
    """What stands after the loss of a cloud that carries little: most promises hold as before."""
    return sealed(plan_after(before, [Failure.parse("cloud:gy-c-pub")]))


def a_row(found: PlanAfter, chance: Random, *ends: Becomes, role: Role | None = None) -> Placement:
    wanted = {(r.workload, r.component, r.pool) for r in found.rows if r.becomes in ends}
    return chance.choice(
        [
            row
            for row in found.plan.placements
            if (row.workload, row.component, row.pool) in wanted and role in {None, row.role}
        ]
    )


def with_rows(found: PlanAfter, old: Placement, *new: Placement) -> PlanAfter:
    """Another row, or none, instead of one; the list of rows says so too."""
    rows = tuple(each for row in found.plan.placements for each in (new if row is old else (row,)))
    listed = []
    for each in found.rows:
        if (each.workload, each.component, each.pool) != (old.workload, old.component, old.pool):
            listed.append(each)
            continue
        gone = {"role": None, "replicas": 0, "becomes": Becomes.STOPS}
        listed.append(each.model_copy(update=gone if not new else {"replicas": new[0].replicas}))
    return sealed(found.model_copy(update={"rows": tuple(listed)}), placements=rows)


def a_survivor_dropped(found: PlanAfter, chance: Random) -> PlanAfter:
    return with_rows(found, a_row(found, chance, Becomes.STAYS))


def a_takeover_dropped(found: PlanAfter, chance: Random) -> PlanAfter:
    return with_rows(found, a_row(found, chance, Becomes.TAKES_OVER))


def a_takeover_too_small(found: PlanAfter, chance: Random) -> PlanAfter:
    rows = [r for r in found.plan.placements if r.role is Role.PRIMARY and r.replicas > 1]
    old = chance.choice(rows)
    return with_rows(found, old, old.model_copy(update={"replicas": old.replicas - 1}))


def a_row_on_what_is_lost(found: PlanAfter, chance: Random) -> PlanAfter:
    estate = found.plan.environment.estate
    old = a_row(found, chance, Becomes.TAKES_OVER)
    lost = [pool for pool in estate.pools if estate.cloud[pool.cloud].center == "bj-a"]
    pool = chance.choice(lost)
    there = {"pool": pool.id, "cloud": pool.cloud, "center": "bj-a", "chip": pool.chip}
    return with_rows(found, old, old.model_copy(update=there))


def a_survivor_elsewhere(found: PlanAfter, chance: Random) -> PlanAfter:
    estate = found.plan.environment.estate
    old = a_row(found, chance, Becomes.STAYS)
    pools = [p for p in estate.pools if estate.cloud[p.cloud].center == old.center and p.id != old.pool]
    pool = chance.choice(pools)
    there = {"pool": pool.id, "cloud": pool.cloud, "chip": pool.chip}
    return with_rows(found, old, old.model_copy(update=there))


def a_cordon_forgotten(found: PlanAfter, _chance: Random) -> PlanAfter:
    return sealed(found, environment=found.plan.environment.changed(cordons=()))


def a_promise_changed(found: PlanAfter, chance: Random) -> PlanAfter:
    environment = found.plan.environment
    old = chance.choice([each for each in environment.workloads if each.recovery.grade > 1])
    low = old.changed(recovery=old.recovery.changed(grade=1))
    names = tuple(low if each is old else each for each in environment.workloads)
    return sealed(found, environment=environment.changed(workloads=names))


def spending(kind: SpentKind, what: str, *, side: bool = False) -> Mutation:
    """One more promise that is said to be consumed, of a workload that the loss took nothing of."""

    def change(found: PlanAfter, chance: Random) -> PlanAfter:
        taken = {row.workload for row in found.rows if row.becomes is not Becomes.STAYS}
        grown = {row.pool for row in found.rows if row.replicas > row.before or row.was is not row.role}
        near = {row.workload for row in found.plan.placements if row.pool in grown}
        free = [
            row
            for row in found.plan.placements
            if row.role is Role.PRIMARY and row.workload not in (taken if side else taken | near)
        ]
        row = chance.choice(free)
        more = Spent(kind=kind, workload=row.workload, component=row.component if side else "", what=what)
        return sealed(found.model_copy(update={"spent": (*found.spent, more)}))

    return change


def a_promise_kept_quiet(found: PlanAfter, chance: Random) -> PlanAfter:
    """A side that is not there, and nobody says so."""
    gone = chance.choice([each for each in found.spent if each.kind is SpentKind.SIDE])
    return sealed(found.model_copy(update={"spent": tuple(e for e in found.spent if e is not gone)}))


def a_loss_kept_quiet(found: PlanAfter, chance: Random) -> PlanAfter:
    """A further loss that is not survived, and nobody says so."""
    gone = chance.choice([e for e in found.spent if e.kind is SpentKind.FAILURE and e.what == "center"])
    return sealed(found.model_copy(update={"spent": tuple(e for e in found.spent if e is not gone)}))


def another_before(found: PlanAfter, _chance: Random) -> PlanAfter:
    return sealed(found.model_copy(update={"before": "0" * 64}))


def a_row_left_out_of_the_list(found: PlanAfter, chance: Random) -> PlanAfter:
    gone = chance.choice(found.rows)
    return sealed(found.model_copy(update={"rows": tuple(each for each in found.rows if each is not gone)}))


def a_list_that_lies(found: PlanAfter, chance: Random) -> PlanAfter:
    lies = chance.choice([each for each in found.rows if each.becomes is Becomes.LOST])
    rows = tuple(e.model_copy(update={"becomes": Becomes.STOPS}) if e is lies else e for e in found.rows)
    return sealed(found.model_copy(update={"rows": rows}))


def an_unsealed_document(found: PlanAfter, _chance: Random) -> PlanAfter:
    return found.model_copy(update={"lost": ("center:bj-b",)})


def a_reservation_forgotten(found: PlanAfter, chance: Random) -> PlanAfter:
    gone = chance.choice(found.plan.reservations)
    return sealed(found, reservations=tuple(e for e in found.plan.reservations if e is not gone))


def something_else_lost(found: PlanAfter, _chance: Random) -> PlanAfter:
    return sealed(found.model_copy(update={"lost": ("center:gy-c",)}))


def who_never_yields_gives_way(found: PlanAfter, chance: Random) -> PlanAfter:
    from cmp.model.plan import GivingWay  # noqa: PLC0415 - of this case alone

    workload = chance.choice(found.plan.environment.workloads)
    part = workload.components[0]
    told = GivingWay(workload=workload.id, component=part.id, declared=part.replicas, replicas=0)
    return sealed(found, gives_way=(told,))


def another_side_takes_over(found: PlanAfter, chance: Random) -> PlanAfter:
    """The side of the other location runs, though the one in the same city stands whole."""
    taken = {row.workload for row in found.rows if row.becomes is Becomes.TAKES_OVER}
    warm = sorted({row.workload for row in found.plan.placements if row.role is Role.WARM} & taken)
    name, roles = chance.choice(warm), {Role.PRIMARY: Role.WARM, Role.WARM: Role.PRIMARY}
    rows = tuple(
        row.model_copy(update={"role": roles.get(row.role, row.role)}) if row.workload == name else row
        for row in found.plan.placements
    )
    return sealed(found, placements=rows)


MUTATIONS: dict[str, tuple[Mutation, set[str]]] = {
    "a row that survived is dropped": (a_survivor_dropped, {"after-row"}),
    "what takes over is dropped": (a_takeover_dropped, {"after-row", "side-missing", "missing"}),
    "what takes over runs too little": (a_takeover_too_small, {"running"}),
    "a row stands on what is lost": (a_row_on_what_is_lost, {"drained"}),
    "a survivor stands elsewhere": (a_survivor_elsewhere, {"after-row"}),
    "what is lost is not drained": (a_cordon_forgotten, {"after-environment"}),
    "a grade is another": (a_promise_changed, {"after-environment"}),
    "a missing side is not told": (a_promise_kept_quiet, {"side-missing", "quorum-members"}),
    "a broken promise is not told": (
        a_loss_kept_quiet,
        {"takeover-none", "quorum-alive", "rpo-after", "rto-after"},
    ),
    "it follows another Plan": (another_before, {"after-document"}),
    "a row is not in the list": (a_row_left_out_of_the_list, {"after-list"}),
    "the list says what is not so": (a_list_that_lies, {"after-list"}),
    "the document was changed": (an_unsealed_document, {"after-document"}),
    "a reservation is forgotten": (a_reservation_forgotten, {"reservation"}),
    "something else was lost": (something_else_lost, {"after-environment"}),
    "another side takes over": (another_side_takes_over, {"after-takeover"}),
    "who never yields gives way": (who_never_yields_gives_way, {"after-yield"}),
}


OVERSPENT: dict[str, Mutation] = {
    "a whole side": spending(SpentKind.SIDE, "primary", side=True),
    "that somebody runs": spending(SpentKind.RUNS, ""),
    "that a center may be lost": spending(SpentKind.FAILURE, "center"),
    "that a cloud may be lost": spending(SpentKind.FAILURE, "cloud"),
    "what nobody promises": spending(SpentKind.FAILURE, "war"),
    "a side that is none": spending(SpentKind.SIDE, "lead", side=True),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", OVERSPENT)
def test_a_promise_that_the_loss_did_not_consume_is_not_given_up(
    slight: PlanAfter, before: Plan, name: str, seed: int
) -> None:
    assert check_after(slight, before).findings == ()
    wrong = OVERSPENT[name](slight, Random(f"{name} {seed}"))  # noqa: S311 - a mutation is no secret

    assert "after-spent" in {each.code for each in check_after(wrong, before).findings}


def test_what_the_engine_plans_after_a_loss_is_accepted(right: PlanAfter, before: Plan) -> None:
    checked = check_after(right, before)

    assert checked.findings == ()
    assert checked.consumed == right.spent != ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_plan_after_a_loss_is_found(right: PlanAfter, before: Plan, name: str, seed: int) -> None:
    mutate, codes = MUTATIONS[name]
    chance = Random(f"{name} {seed}")  # noqa: S311 - a mutation is no secret

    found = {each.code for each in check_after(mutate(right, chance), before).findings}

    assert found & codes, found


def test_data_without_a_copy_are_not_started_anew() -> None:
    store = a_component("store", stateful=True, data=Data(gib=10))
    environment = an_environment(a_workload("archive", grade=2, components=(store,)))
    plan = schedule(environment).to_prove(environment, a_plan().origin).sealed()
    row = next(each for each in plan.placements if each.role is Role.PRIMARY)
    centers = sorted({each.center for each in plan.placements})
    found = plan_after(plan, [Failure.parse(f"center:{center}") for center in centers])
    estate = environment.estate
    pool = next(each for each in estate.pools if estate.cloud[each.cloud].center not in centers)
    there = {"pool": pool.id, "cloud": pool.cloud, "center": estate.cloud[pool.cloud].center}

    wrong = sealed(found, placements=(row.model_copy(update=there),), networks=plan.networks)

    assert "after-data" in {each.code for each in check_after(wrong, plan).findings}


@pytest.mark.parametrize("lost", ["center:atlantis", "cloud", "host:bj-a-hygon", "link:bj-a/bj-b"])
def test_what_names_no_loss_is_found(right: PlanAfter, before: Plan, lost: str) -> None:
    wrong = sealed(right.model_copy(update={"lost": (lost,)}))

    assert {each.code for each in check_after(wrong, before).findings} == {"after-document"}


@pytest.mark.parametrize("lost", ["location:beijing", "location:guiyang", "cloud:bj-a-gov", "center:gy-c"])
def test_each_loss_of_the_lab_is_planned_for(before: Plan, lost: str) -> None:
    found = sealed(plan_after(before, [Failure.parse(lost)]))

    assert check_after(found, before).findings == ()
