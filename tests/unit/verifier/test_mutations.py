"""Seeded wrong Plans: each breaks one promise by construction, is sealed anew, and is found by that code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.builders import a_plan

from cmp.loaders.loading import load
from cmp.model.estate import CloudKind
from cmp.model.plan import Amounts, FirstMove, HostPacking, Packing, Placement, Plan, Reason, Unplaced
from cmp.model.recovery import Role
from cmp.model.wishes import Apart, AtMost, Near, Place, Replication
from cmp.model.workload import Data, Workload
from cmp.network.addresses.allocation import allocate
from cmp.network.flows import security_groups
from cmp.scheduler.engine import schedule
from cmp.verifier.checking import check
from cmp.verifier.findings import CODES

HERE = Path(__file__).parent
SEEDS = range(3)
Mutation = Callable[[Plan, Random], dict[str, Any]]


@pytest.fixture(scope="module")
def right() -> Plan:
    """The shipped lab as the engine plans it, with its networks and rules."""
    environment = load(HERE.parents[2] / "inventories" / "lab").environment
    decision, networks = schedule(environment), allocate(environment, {})
    return (
        decision.to_prove(environment, a_plan().origin)
        .model_copy(
            update={
                "networks": networks,
                "security_groups": security_groups(environment, networks, decision.placements),
            }
        )
        .sealed()
    )


def replaced(plan: Plan, field: str, old: Any, *new: Any) -> dict[str, Any]:
    """One entry of a list with others in its place."""
    return {
        field: tuple(each for entry in getattr(plan, field) for each in (new if entry is old else (entry,)))
    }


def a_row(plan: Plan, chance: Random, *roles: Role) -> Placement:
    return chance.choice([row for row in plan.placements if not roles or row.role in roles])


def row(*roles: Role, **values: Any) -> Mutation:
    """A row with other values; a function of the row gives some that follow from it."""

    def change(plan: Plan, chance: Random) -> dict[str, Any]:
        old = a_row(plan, chance, *roles)
        new = {name: value(old) if callable(value) else value for name, value in values.items()}
        return replaced(plan, "placements", old, old.model_copy(update=new))

    return change


def without_side(plan: Plan, chance: Random) -> dict[str, Any]:
    """A whole side of a component that has others."""
    old = a_row(plan, chance, Role.COLD, Role.WARM, Role.ACTIVE)
    side = old.workload, old.component, old.role
    rows = plan.placements
    return {"placements": tuple(each for each in rows if (each.workload, each.component, each.role) != side)}


def without_component(plan: Plan, chance: Random) -> dict[str, Any]:
    old = a_row(plan, chance)
    name = old.workload, old.component
    return {"placements": tuple(each for each in plan.placements if (each.workload, each.component) != name)}


def torn(plan: Plan, chance: Random) -> dict[str, Any]:
    """One more row of a side, in another center."""
    estate = plan.environment.estate
    old = a_row(plan, chance, *SIDES)
    pool = chance.choice([each for each in estate.pools if estate.cloud[each.cloud].center != old.center])
    there = {"pool": pool.id, "cloud": pool.cloud, "center": estate.cloud[pool.cloud].center}
    return replaced(plan, "placements", old, old, old.model_copy(update=there))


def without_network(plan: Plan, chance: Random) -> dict[str, Any]:
    """The network that a server stands in."""
    kinds = {cloud.id: cloud.kind for cloud in plan.environment.estate.clouds}
    rows = [each for each in plan.placements if each.replicas and kinds[each.cloud] is CloudKind.OPENSTACK]
    old = chance.choice(rows)
    zone = plan.environment.workload[old.workload].zone_of(
        plan.environment.find(old.workload, old.component)[1]
    )
    there = plan.networks
    return {"networks": tuple(each for each in there if (each.cloud, each.zone) != (old.cloud, zone))}


def unplaced(plan: Plan, name: str, *, explained: bool) -> Unplaced:
    old = plan.placements[0]
    pools = plan.environment.estate.pools if explained else plan.environment.estate.pools[1:]
    return Unplaced(
        workload=old.workload,
        component=name or old.component,
        role=Role.PRIMARY,
        summary="nothing fits",
        reasons=tuple(Reason(pool=pool.id, constraint="capacity", message="full") for pool in pools),
    )


def packing(change: Callable[[Packing, Random], tuple[HostPacking, ...] | None]) -> Mutation:
    """A packing of normal time with other hosts."""

    def change_one(plan: Plan, chance: Random) -> dict[str, Any]:
        old = chance.choice([each for each in plan.packings if not each.failure and each.hosts])
        return replaced(plan, "packings", old, old.model_copy(update={"hosts": change(old, chance)}))

    return change_one


def one_less(old: Packing, chance: Random) -> tuple[HostPacking, ...]:
    """One replica is packed nowhere."""
    host = chance.choice(old.hosts)
    first, *others = host.rows
    rows = (first.model_copy(update={"count": first.count + 1}), *others)
    return tuple(each.model_copy(update={"rows": rows}) if each is host else each for each in old.hosts)


def heaped(old: Packing, _: Random) -> tuple[HostPacking, ...]:
    """A host that is not there."""
    first, *others = old.hosts
    return (first.model_copy(update={"host": 100_000}), *others)


def entry(field: str, **values: Any) -> Mutation:
    """An entry of a list with other values."""

    def change(plan: Plan, chance: Random) -> dict[str, Any]:
        old = chance.choice(getattr(plan, field))
        new = {name: value(old) if callable(value) else value for name, value in values.items()}
        return replaced(plan, field, old, old.model_copy(update=new))

    return change


def left_out(field: str) -> Mutation:
    def change(plan: Plan, chance: Random) -> dict[str, Any]:
        return replaced(plan, field, chance.choice(getattr(plan, field)))

    return change


def twice(field: str) -> Mutation:
    def change(plan: Plan, chance: Random) -> dict[str, Any]:
        old = chance.choice(getattr(plan, field))
        return replaced(plan, field, old, old, old)

    return change


def bigger(old: Placement) -> Amounts:
    return old.size.model_copy(update={"disk_gib": old.size.disk_gib + 1})


def to_nowhere(plan: Plan, chance: Random) -> dict[str, Any]:
    """A server that is to move first, to a host on which nothing of it is packed."""
    old = a_row(plan, chance, Role.PRIMARY)
    move = FirstMove(
        pool=old.pool,
        server="ghost",
        workload=old.workload,
        component=old.component,
        role=old.role,
        host=1,
        to=100_000,
        minutes=1,
    )
    return {"moves_first": (move,)}


SIDES = (Role.PRIMARY, Role.COLD, Role.WARM, Role.ACTIVE)


def asking(plan: Plan, old: Placement, **wishes: Any) -> dict[str, Any]:
    """The Plan's environment where the component of a row asks for something besides."""

    def changed(workload: Workload) -> Workload:
        parts = tuple(
            part.model_copy(update=wishes) if part.id == old.component else part
            for part in workload.components
        )
        return workload.changed(components=parts) if workload.id == old.workload else workload

    workloads = tuple(changed(workload) for workload in plan.environment.workloads)
    return {"environment": plan.environment.changed(workloads=workloads)}


def pairs(plan: Plan, chance: Random, fits: Callable[[Placement, Placement], bool]) -> list[Placement]:
    """Two rows of different workloads that stand to each other as asked."""
    rows = [each for each in plan.placements if each.role is Role.PRIMARY]
    there = [(one, two) for one in rows for two in rows if one.workload < two.workload and fits(one, two)]
    return list(chance.choice(there))


def copied_byte_by_byte(plan: Plan, chance: Random) -> dict[str, Any]:
    """A component whose sides lie on two instruction sets says that its data are copied as they lie."""
    sides = [each for each in plan.placements if each.role in SIDES]
    torn = [
        one
        for one in sides
        for two in sides
        if (one.workload, one.component) == (two.workload, two.component) and one.isa != two.isa
    ]
    return asking(plan, chance.choice(torn), data=Data(replication=Replication.BYTEWISE))


def of_another_owner(plan: Plan, chance: Random) -> dict[str, Any]:
    """The pool of a row is dedicated to somebody else."""
    old, estate = a_row(plan, chance), plan.environment.estate
    pools = tuple(
        each.changed(dedicated_to=("nobody",)) if each.id == old.pool else each for each in estate.pools
    )
    return {"environment": plan.environment.changed(estate=estate.changed(pools=pools))}


def away(plan: Plan, chance: Random) -> dict[str, Any]:
    """A component is to be near one that stands on another pool."""
    one, two = pairs(plan, chance, lambda one, two: one.pool != two.pool)
    return asking(plan, one, near=(Near(workload=two.workload, component=two.component),))


def beside(place: Place) -> Mutation:
    """A component keeps apart from one that shares a pool or center with it."""

    def change(plan: Plan, chance: Random) -> dict[str, Any]:
        shares = (lambda row: row.center) if place is Place.CENTER else (lambda row: row.pool)
        one, two = pairs(plan, chance, lambda one, two: shares(one) == shares(two))
        return asking(plan, one, apart_from=(Apart(workload=two.workload, place=place),))

    return change


def crowded(plan: Plan, chance: Random) -> dict[str, Any]:
    """A component has more replicas on a pool than it allows."""
    old = chance.choice([each for each in plan.placements if each.replicas_on_takeover > 1])
    return asking(plan, old, at_most=AtMost(per_pool=1))


def neighbours(plan: Plan, chance: Random, fits: Callable[[Any, Any], bool]) -> tuple[Any, Any]:
    """Two rows of other workloads that are packed on one host."""
    hosts = [host for packing in plan.packings if not packing.failure for host in packing.hosts]
    there = [
        (one, two)
        for host in hosts
        for one in host.rows
        for two in host.rows
        if one.workload < two.workload and Role.BACKUP not in {one.role, two.role} and fits(one, two)
    ]
    return chance.choice(there)


def on_one_host(plan: Plan, chance: Random) -> dict[str, Any]:
    """A component keeps apart from one on the same host."""
    one, two = neighbours(plan, chance, lambda *_: True)
    return asking(plan, one, apart_from=(Apart(workload=two.workload, component=two.component),))


def with_hosts_of_its_own(plan: Plan, chance: Random) -> dict[str, Any]:
    """A workload has hosts of its own and shares one with another owner."""
    owner = {each.id: each.owner for each in plan.environment.workloads}
    old, _ = neighbours(plan, chance, lambda one, two: owner[one.workload] != owner[two.workload])
    workloads = tuple(
        each.changed(own_hosts=True) if each.id == old.workload else each
        for each in plan.environment.workloads
    )
    return {"environment": plan.environment.changed(workloads=workloads)}


MUTATIONS: dict[str, Mutation] = {
    "schema": lambda plan, _: {"schema_version": plan.schema_version + 1},
    "objective": lambda plan, _: {
        "objective": plan.objective.model_copy(update={"total": plan.objective.total + 1})
    },
    "row-unknown": row(workload="ghost"),
    "row-duplicate": twice("placements"),
    "row-estate": row(chip="ghost"),
    "row-image": row(*SIDES, image="another:1"),
    "row-size": row(size=bigger),
    "row-counts": row(*SIDES, replicas_on_takeover=0),
    "missing": without_component,
    "side-missing": without_side,
    "side-center": torn,
    "side-unexpected": row(Role.COLD, role=Role.ACTIVE),
    "running": row(*SIDES, replicas=lambda old: old.replicas + 1),
    "capacity": row(Role.PRIMARY, replicas=100_000, replicas_on_takeover=100_000),
    "capacity-after": row(Role.COLD, replicas_on_takeover=100_000),
    "placed-and-unplaced": lambda plan, _: {"unplaced": (unplaced(plan, "", explained=True),)},
    "unplaced-unexplained": lambda plan, _: {"unplaced": (unplaced(plan, "", explained=False),)},
    "unplaced-unknown": lambda plan, _: {"unplaced": (unplaced(plan, "ghost", explained=True),)},
    "takeover": entry("takeovers", center="ghost"),
    "reservation": entry("reservations", disk_gib=lambda old: old.disk_gib + 1),
    "witness-count": packing(one_less),
    "witness-host": packing(heaped),
    "witness-row": twice("packings"),
    "witness-moves": to_nowhere,
    "witness-order": entry("packings", any_order=lambda old: not old.any_order),
    "data-form": copied_byte_by_byte,
    "dedicated": of_another_owner,
    "near": away,
    "apart": beside(Place.POOL),
    "apart-after": beside(Place.CENTER),
    "at-most": crowded,
    "witness-apart": on_one_host,
    "witness-owner": with_hosts_of_its_own,
    "network-missing": without_network,
    "network-unknown": entry("networks", zone="ghost"),
    "network-overlap": twice("networks"),
    "rules-missing": left_out("security_groups"),
    "rules-undeclared": entry("security_groups", component="ghost"),
}
"""By code, what breaks that promise whatever the seed chooses."""

UNREACHABLE: dict[str, str] = {}
"""Codes that no Plan can be given, and why: none."""


def test_a_right_plan_has_no_findings(right: Plan) -> None:
    assert check(right) == ()


def test_a_plan_that_is_not_sealed_anew_is_found(right: Plan) -> None:
    found = check(right.model_copy(update={"inputs_hash": "0" * 64}))

    assert {each.code for each in found} == {"hash"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("code", MUTATIONS)
def test_a_broken_promise_is_found_by_its_code(code: str, seed: int, right: Plan) -> None:
    chance = Random(f"{code}{seed}")  # noqa: S311 - a mutation is no secret

    wrong = right.model_copy(update=MUTATIONS[code](right, chance)).sealed()

    assert wrong.hash != right.hash
    assert code in {each.code for each in check(wrong)}


def test_every_code_is_hit_by_a_mutation_or_a_plan_made_by_hand() -> None:
    """What needs an environment of its own is broken in the files beside this one, which assert its code."""
    beside = [file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py") if file != Path(__file__)]
    told = {code for code in CODES if any(re.search(rf"(?<![\w-]){code}(?![\w-])", text) for text in beside)}

    assert set(CODES) - set(MUTATIONS) - {"hash"} - told == set(UNREACHABLE)
