"""Who stands together on a host, and in which form data lie, is checked from the environment alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.builders import (
    a_component,
    a_placement,
    a_pool,
    a_workload,
    amounts,
    an_accelerator,
    an_environment,
    an_estate,
    chips,
    needs,
)

from cmp.model.cards import Slice
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.wishes import AtMost, Replication
from cmp.model.workload import Data, Require, Spread, Workload
from cmp.verifier.checking import check

Assemble = Callable[..., Plan]


def codes(plan: Plan) -> set[str]:
    return {each.code for each in check(plan)}


def one_pool(*workloads: Workload, **changes: Any) -> Environment:
    """One pool for everything, without promises."""
    pool = a_pool("bj-a-hygon", hosts=1, **changes)
    return an_environment(*workloads, estate=an_estate(pools=(pool, a_pool("bj-b-hygon"))))


def a_lonely(name: str, **changes: Any) -> Workload:
    return a_workload(name, grade=1, components=(a_component("web", replicas=1, **changes),))


def rows(*names: str, **changes: Any) -> tuple[Any, ...]:
    usual = {"component": "web", "role": Role.PRIMARY, "replicas": 1, "replicas_on_takeover": 1}
    return tuple(a_placement("bj-a-hygon", workload=name, **usual | changes) for name in names)


def test_another_pool_than_the_required_one_is_found(assemble: Assemble) -> None:
    environment = one_pool(a_lonely("letters", require=Require(pools=("bj-b-hygon",))))

    assert codes(assemble(environment, rows("letters"))) == {"require"}


def test_more_on_a_host_than_allowed_are_found(assemble: Assemble) -> None:
    crowd = a_component("web", replicas=2, spread=Spread.NONE, at_most=AtMost(per_host=1))
    environment = one_pool(a_workload("letters", grade=1, components=(crowd,)))
    both = rows("letters", replicas=2, replicas_on_takeover=2)

    assert codes(assemble(environment, both)) == {"witness-at-most"}


@pytest.mark.parametrize(
    ("one", "two", "wrong"), [("half", "half", False), ("half", "", True), ("half", "third", True)]
)
def test_cards_of_a_host_are_used_in_one_way(assemble: Assemble, one: str, two: str, wrong: bool) -> None:
    card = an_accelerator("ascend-910b", slices=(Slice(id="half", per_card=2), Slice(id="third", per_card=3)))
    pool = a_pool("bj-a-hygon", hosts=1)
    host = pool.per_host.model_copy(update={"accelerators": {"ascend-910b": 2}})
    devices = ["/".join(filter(None, ("ascend-910b", each))) for each in (one, two)]
    asked = [
        a_lonely(name, needs=needs(2.0, 4.0, 20, **{device: 1}))
        for name, device in zip(("faces", "speech"), devices, strict=True)
    ]
    environment = an_environment(
        *asked,
        estate=an_estate(
            chips=(*(each for each in chips() if each.id != card.id), card),
            pools=(pool.model_copy(update={"per_host": host}), a_pool("bj-b-hygon")),
        ),
    )
    placed = [
        row.model_copy(update={"size": amounts(2000, 4096, 20, accelerators={device: 1})})
        for row, device in zip(rows("faces", "speech"), devices, strict=True)
    ]

    assert codes(assemble(environment, tuple(placed))) == ({"witness-cards"} if wrong else set())


@pytest.mark.parametrize("change", [{"page_kib": 64}, {"collation": "glibc-2.38"}])
def test_pages_and_collation_tell_forms_of_data_apart(assemble: Assemble, change: dict[str, Any]) -> None:
    keeper = a_component("web", replicas=1, data=Data(gib=1, replication=Replication.BYTEWISE))
    workload = a_workload("letters", grade=3, components=(keeper,))
    pools = a_pool("bj-a-hygon"), a_pool("bj-b-hygon").model_copy(update=change)
    placed = (
        *rows("letters"),
        a_placement(
            "bj-b-hygon",
            workload="letters",
            component="web",
            role=Role.COLD,
            replicas=0,
            replicas_on_takeover=1,
        ),
    )
    plan = assemble(an_environment(workload, estate=an_estate(pools=pools)), placed)

    assert codes(plan) == {"data-form"}
