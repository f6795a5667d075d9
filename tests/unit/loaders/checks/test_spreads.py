"""More replicas or members than `spread` has places for: that nothing can hold them is said."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_component, a_workload, an_estate

from cmp.loaders.checks.spreads import check_spreads
from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.model.workload import Quorum, Require, Scaling, Spread


def told(**changes: Any) -> str:
    workload = a_workload(components=(a_component(**changes),))
    found = list(check_spreads(0, workload, an_estate()))
    assert {finding.code for finding in found} <= {Code.SPREAD_TOO_WIDE}
    assert {finding.severity for finding in found} <= {Severity.NOTE}
    assert {finding.path for finding in found} <= {("workloads", 0, "components", 0, "spread")}
    return " ".join(finding.message for finding in found)


def members(count: int, spread: Spread, per_center: int = 2, **changes: Any) -> dict[str, Any]:
    quorum = Quorum(members=count, per_center=per_center, needed=count // 2 + 1)
    return {"replicas": count, "spread": spread, "quorum": quorum} | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (members(5, Spread.CENTER), "5 members with `spread: center` find 3 places"),
        (members(3, Spread.CENTER, require=Require(centers=("bj-a", "bj-b"))), "find 2 places"),
        (members(3, Spread.CENTER, require=Require(clouds=("bj-a-gov",))), "find 1 places"),
        (members(7, Spread.POOL, per_center=4), "7 members with `spread: pool` find 6 places"),
        ({"replicas": 2, "spread": Spread.CENTER, "scaling": Scaling.FIXED}, "find 1 places"),
        ({"replicas": 3, "spread": Spread.POOL, "scaling": Scaling.VERTICAL}, "find 2 places"),
        ({"replicas": 4, "min_replicas": 2, "spread": Spread.CENTER}, "(`min_replicas`)"),
    ],
)
def test_what_spread_has_no_places_for_is_noted(changes: dict[str, Any], words: str) -> None:
    assert words in told(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        members(3, Spread.CENTER),
        members(5, Spread.HOST),
        members(6, Spread.POOL),
        {"replicas": 2, "spread": Spread.POOL},
        {"replicas": 1, "spread": Spread.CENTER, "scaling": Scaling.FIXED},
        {"replicas": 9},
    ],
)
def test_what_finds_its_places_is_not(changes: dict[str, Any]) -> None:
    assert told(**changes) == ""
