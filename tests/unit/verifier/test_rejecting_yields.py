"""Who gives way is derived again: a Plan that says otherwise is rejected, with that code alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.builders import (
    a_component,
    a_per_host,
    a_placement,
    a_pool,
    a_workload,
    amounts,
    an_environment,
    pools,
)

from cmp.model.environment import Environment
from cmp.model.estate import Overcommit
from cmp.model.plan import HostPacking, Packed, Placement, Plan, Yielding
from cmp.model.recovery import Role
from cmp.model.workload import Data, Scaling, Spread, Workload, Yields
from cmp.verifier.checking import check

Assemble = Callable[..., Plan]
FAILURES = ("center:bj-a", "cloud:bj-a-gov")
POOL = "bj-b-hygon"


def a_system(name: str, grade: int, yields: Yields = Yields.NEVER, **changes: Any) -> Workload:
    component = a_component(
        scaling=Scaling.FIXED, spread=Spread.NONE, **{"replicas": 2, "yields": yields} | changes
    )
    return a_workload(name, grade=grade, components=(component,))


def environment(vcpus: int = 8) -> Environment:
    """bj-b-hygon has two small hosts, full already; after the loss of bj-a eight vCPU more run there."""
    small = a_pool(POOL, hosts=2, per_host=a_per_host(vcpus=vcpus), overcommit=Overcommit())
    return an_environment(
        a_system("critical", 3, replicas=4),
        a_system("batch", 1, Yields.PREEMPTIBLE, data=Data(gib=10)),
        a_system("crowd", 2, Yields.ELASTIC, replicas=4, min_replicas=2),
        a_system("steady", 1),
        pools=tuple(small if pool.id == POOL else pool for pool in pools()),
    )


def a_row(workload: str, role: Role, pool: str, running: int, takeover: int, **changes: Any) -> Placement:
    values = {"workload": workload, "role": role, "replicas": running, "replicas_on_takeover": takeover}
    return a_placement(pool, **values | changes)


def rows() -> tuple[Placement, ...]:
    return (
        a_row("critical", Role.PRIMARY, "bj-a-hygon", 4, 4),
        a_row("critical", Role.COLD, POOL, 0, 4),
        a_row("batch", Role.PRIMARY, POOL, 2, 2),
        a_row("batch", Role.BACKUP, "gy-c-hygon", 0, 0, size=amounts(0, 0, 10), image=""),
        a_row("crowd", Role.PRIMARY, POOL, 4, 4),
        a_row("steady", Role.PRIMARY, POOL, 2, 2),
    )


def a_yielding(workload: str, left: int, failure: str = FAILURES[0], **changes: Any) -> Yielding:
    usual = {
        "failure": failure,
        "workload": workload,
        "component": "web",
        "role": Role.PRIMARY,
        "pool": POOL,
        "replicas": left,
    }
    return Yielding(**usual | changes)


def both(*left: tuple[str, int]) -> tuple[Yielding, ...]:
    """The same after both failures that make something grow."""
    return tuple(a_yielding(name, count, failure) for failure in FAILURES for name, count in left)


RIGHT = both(("batch", 0), ("crowd", 2))

LIES: dict[str, tuple[tuple[Yielding, ...], str]] = {
    "a workload that is not there": ((*RIGHT, a_yielding("ghost", 0)), "yield-row"),
    "a failure that is not there": ((*RIGHT, a_yielding("batch", 0, "center:ghost")), "yield-row"),
    "a row listed twice": ((*RIGHT, a_yielding("batch", 0)), "yield-row"),
    "a row that is left with what runs": ((*RIGHT, a_yielding("steady", 2)), "yield-row"),
    "one that never yields": ((*RIGHT, a_yielding("steady", 1)), "yield-forbidden"),
    "an elastic one below its smallest number": (both(("batch", 0), ("crowd", 1)), "yield-floor"),
    "an elastic one that keeps more than it must": (both(("batch", 0), ("crowd", 3)), "yield-floor"),
    "a preemptible one that keeps something": (both(("batch", 1), ("crowd", 2)), "yield-floor"),
    "an elastic one before a preemptible one": (both(("crowd", 2)), "yield-order"),
    "one where nothing grows": ((*RIGHT, a_yielding("batch", 0, "center:gy-c")), "yield-needless"),
}


@pytest.fixture(scope="module")
def accepted(assemble: Assemble) -> Plan:
    return assemble(environment(), rows(), yields=RIGHT)


def codes(plan: Plan) -> set[str]:
    return {finding.code for finding in check(plan)}


def test_those_that_give_way_in_order_and_to_their_floor_are_accepted(accepted: Plan) -> None:
    assert check(accepted) == ()


def test_room_is_what_is_left_after_giving_way(assemble: Assemble) -> None:
    found = codes(assemble(environment(), rows()))

    assert {"capacity-after", "witness-capacity"} <= found


@pytest.mark.parametrize(("yields", "code"), LIES.values(), ids=LIES)
def test_a_false_claim_is_found(assemble: Assemble, yields: tuple[Yielding, ...], code: str) -> None:
    """There is room enough: nobody would have to give way, which a Plan may do more than is needed."""
    plan = assemble(environment(vcpus=16), rows(), yields=yields)

    assert codes(plan) == {code}


def test_without_those_that_give_way_the_reservations_are_too_small(accepted: Plan) -> None:
    plan = accepted.model_copy(update={"yields": ()}).sealed()

    assert codes(plan) >= {"capacity-after", "reservation", "witness-stopped"}


def stopped_of(plan: Plan, *hosts: HostPacking) -> Plan:
    """The first packing in which something stops, with other replicas stopped."""
    place = next(number for number, packing in enumerate(plan.packings) if packing.stopped)
    packings = list(plan.packings)
    packings[place] = packings[place].model_copy(update={"stopped": hosts})
    return plan.model_copy(update={"packings": tuple(packings)}).sealed()


def a_stop(host: int, count: int, workload: str = "crowd") -> HostPacking:
    packed = Packed(workload=workload, component="web", role=Role.PRIMARY, count=count)
    return HostPacking(host=host, rows=(packed,))


@pytest.mark.parametrize(
    "hosts",
    [(), (a_stop(1, 1),), (a_stop(1, 5),), (a_stop(9, 2),), (a_stop(1, 2), a_stop(2, 2, "steady"))],
    ids=["nowhere", "too few", "more than stand there", "on no host", "one that stays"],
)
def test_the_replicas_that_stop_are_those_that_give_way(
    accepted: Plan, hosts: tuple[HostPacking, ...]
) -> None:
    assert "witness-stopped" in codes(stopped_of(accepted, *hosts))


def test_a_host_listed_twice_among_those_that_stop_is_found(accepted: Plan) -> None:
    assert "witness-host" in codes(stopped_of(accepted, a_stop(1, 1), a_stop(1, 1)))
