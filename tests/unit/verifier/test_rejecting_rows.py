"""A row that breaks a constraint is rejected with its code, even where all claims are derived anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from support.builders import a_placement, amounts

from cmp.model.environment import Environment
from cmp.model.estate import Isa
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.verifier.checking import check

Rows = tuple[Placement, ...]
Assemble = Callable[..., Plan]


def name_of(row: Placement) -> str:
    return f"{row.component} {row.role} {row.pool}"


def changed(name: str, **values: Any) -> Callable[[Rows], Rows]:
    """The row of that name with other values."""

    def change(rows: Rows) -> Rows:
        assert any(name_of(row) == name for row in rows)
        return tuple(row.model_copy(update=values) if name_of(row) == name else row for row in rows)

    return change


def moved(name: str, pool: str, **values: Any) -> Callable[[Rows], Rows]:
    """The row of that name on another pool, consistent with it."""
    there = a_placement(pool)
    of_pool = {field: getattr(there, field) for field in ("pool", "cloud", "center", "chip", "isa")}
    return changed(name, **of_pool | values)


def without(*names: str) -> Callable[[Rows], Rows]:
    return lambda rows: tuple(row for row in rows if name_of(row) not in names)


def also(pool: str, **values: Any) -> Callable[[Rows], Rows]:
    return lambda rows: (*rows, a_placement(pool, **values))


def one_after_the_other(*changes: Callable[[Rows], Rows]) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        for step in changes:
            rows = step(rows)
        return rows

    return change


CASES: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "a workload that is not there": (also("gy-c-hygon", workload="ghost"), "row-unknown"),
    "a component that is not there": (also("gy-c-hygon", component="ghost"), "row-unknown"),
    "a pool that is not there": (also("gy-c-ghost"), "row-unknown"),
    "a variant that is not there": (also("gy-c-hygon", variant="gpu"), "row-unknown"),
    "a row twice": (lambda rows: (*rows, rows[0]), "row-duplicate"),
    "a row on the wrong cloud": (changed("web warm bj-b-hygon", cloud="bj-a-gov"), "row-estate"),
    "a row in the wrong center": (changed("web warm bj-b-hygon", center="gy-c"), "row-estate"),
    "a row on the wrong chip": (changed("web warm bj-b-hygon", chip="kunpeng-920"), "row-estate"),
    "a row with the wrong instruction set": (changed("web warm bj-b-hygon", isa=Isa.ARM64), "row-estate"),
    "another image": (changed("web warm bj-b-hygon", image="web:2.0"), "row-image"),
    "a thousandth of a vCPU too small": (changed("web warm bj-b-hygon", size=amounts(1999)), "row-size"),
    "a copy smaller than the data": (
        changed("db backup gy-c-kunpeng", size=amounts(0, 0, 99)),
        "row-size",
    ),
    "a vertical size not scaled to its chip": (
        changed("app active bj-b-kunpeng", size=amounts(4000, 8192, 40)),
        "row-size",
    ),
    "a backup that runs": (
        changed("db backup gy-c-kunpeng", replicas=1, replicas_on_takeover=1),
        "row-counts",
    ),
    "a backup that takes over": (changed("db backup gy-c-kunpeng", replicas_on_takeover=1), "row-counts"),
    "a member that takes over": (changed("node member bj-a-hygon", replicas_on_takeover=3), "row-counts"),
    "a row that takes nothing over": (
        also(
            "gy-c-hygon",
            workload="portal",
            component="front",
            role=Role.COLD,
            image="front:1.0",
            replicas=0,
            replicas_on_takeover=0,
        ),
        "row-counts",
    ),
    "no backup": (without("db backup gy-c-kunpeng"), "side-missing"),
    "no warm side": (without("db warm bj-b-hygon"), "side-missing takeover-none"),
    "no primary": (without("db primary bj-a-hygon"), "side-missing takeover-none"),
    "a side too many": (
        also(
            "gy-c-hygon",
            component="web",
            workload="tax-api",
            role=Role.COLD,
            replicas=0,
            replicas_on_takeover=3,
        ),
        "side-unexpected",
    ),
    "members without a quorum": (
        also("gy-c-hygon", component="web", workload="tax-api", role=Role.MEMBER),
        "side-unexpected",
    ),
    "a backup of a quorum": (
        also(
            "gy-c-hygon",
            workload="ledger",
            component="node",
            role=Role.BACKUP,
            size=amounts(0, 0, 10),
            replicas=0,
            replicas_on_takeover=0,
        ),
        "side-unexpected",
    ),
    "a side in two centers": (
        one_after_the_other(
            changed("front cold gy-c-kunpeng", replicas_on_takeover=4),
            also(
                "bj-a-kunpeng",
                workload="portal",
                component="front",
                role=Role.COLD,
                image="front:1.0",
                replicas=0,
                replicas_on_takeover=1,
            ),
        ),
        "side-center takeover-none",
    ),
    "a backup in the home's location": (moved("db backup gy-c-kunpeng", "bj-b-kunpeng"), "side-place"),
    "a copy beside the original": (moved("store backup bj-a-kunpeng", "gy-c-kunpeng"), "side-place"),
    "an active side in the other location": (
        one_after_the_other(
            moved("app warm gy-c-hygon", "bj-b-hygon"), moved("app active bj-b-kunpeng", "gy-c-kunpeng")
        ),
        "side-place side-link",
    ),
    "a group that goes apart": (
        one_after_the_other(
            moved("cache cold gy-c-hygon", "bj-a-hygon"), moved("cache cold gy-c-kunpeng", "bj-a-kunpeng")
        ),
        "group-center takeover-none",
    ),
    "replicas that share a pool": (
        one_after_the_other(
            without("cache primary bj-b-kunpeng"),
            changed("cache primary bj-b-hygon", replicas=2, replicas_on_takeover=2),
        ),
        "spread",
    ),
    "too little work": (changed("web primary bj-a-hygon", replicas=1, replicas_on_takeover=1), "work"),
    "a replica too many": (changed("web warm bj-b-hygon", replicas_on_takeover=4), "surplus"),
    "a replica too few": (changed("app warm gy-c-hygon", replicas_on_takeover=1), "replica-count"),
    "a warm side that runs too little": (changed("web warm bj-b-hygon", replicas=1), "running"),
    "a warm side that runs too much": (changed("web warm bj-b-hygon", replicas=3), "running"),
    "a cold side that runs": (changed("cache cold gy-c-hygon", replicas=1), "running"),
    "a stateful warm side that runs nothing": (changed("db warm bj-b-hygon", replicas=0), "running"),
    "a primary that does not run all": (changed("web primary bj-a-hygon", replicas=1), "running"),
    "a member too many": (
        also(
            "gy-c-hygon",
            workload="ledger",
            component="node",
            image="node:1.0",
            role=Role.MEMBER,
            replicas=1,
            replicas_on_takeover=1,
        ),
        "quorum-members",
    ),
    "a member too few": (without("node member gy-c-kunpeng"), "quorum-members quorum-alive"),
    "three members in a center": (
        moved("node member bj-b-kunpeng", "bj-a-kunpeng"),
        "quorum-per-center quorum-alive",
    ),
}


@pytest.mark.parametrize(("change", "codes"), CASES.values(), ids=CASES)
def test_a_wrong_row_is_found(
    estate_in_use: tuple[Environment, Rows],
    assemble: Assemble,
    change: Callable[[Rows], Rows],
    codes: str,
) -> None:
    environment, rows = estate_in_use

    findings = check(assemble(environment, change(rows)))

    assert {finding.code for finding in findings} == set(codes.split())


def test_split_running_replicas_go_to_rows_in_order_of_pool(
    estate_in_use: tuple[Environment, Rows], assemble: Assemble
) -> None:
    environment, rows = estate_in_use
    split = one_after_the_other(
        changed("web warm bj-b-hygon", replicas=1, replicas_on_takeover=2),
        also(
            "bj-b-kunpeng",
            workload="tax-api",
            component="web",
            role=Role.WARM,
            replicas=1,
            replicas_on_takeover=2,
        ),
    )

    findings = check(assemble(environment, split(rows)))

    assert told(findings) == [
        "running: tax-api/web warm: runs 1 replicas on bj-b-hygon in normal time; must run 2",
        "running: tax-api/web warm: runs 1 replicas on bj-b-kunpeng in normal time; must run 0",
    ]


def told(findings: Iterable[object]) -> list[str]:
    return [str(finding) for finding in findings]
