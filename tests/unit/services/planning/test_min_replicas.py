"""At least `min_replicas` run at every moment, however a component scales, and the verifier says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.field_desk import a_desk

from cmp.store import plans
from cmp.verifier.checking import check

MOMENTS = ("2027-05-19T12:00", "2027-05-22T00:00", "2027-05-22T12:00", "2027-05-23T23:59")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("scaling", ["fixed", "vertical", "horizontal"])
@pytest.mark.parametrize("factor", ["0.25", "0.01", "0.8"])
def test_no_moment_runs_fewer(scaling: str, moment: str, factor: str, tmp_path: Path) -> None:
    desk = a_desk("F12", tmp_path)
    workloads = desk.folder(".") / "workloads.yaml"
    text = workloads.read_text(encoding="utf-8").replace("scaling: fixed", f"scaling: {scaling}")
    workloads.write_text(text.replace("factor: 0.25", f"factor: {factor}"), encoding="utf-8")

    plan = desk.document("plan", ".", "--at", moment, "--effort", 0).document

    for row in plan["placements"]:
        assert row["replicas_on_takeover"] >= 3
        assert row["role"] != "primary" or row["replicas"] >= 3


def test_a_plan_with_fewer_is_rejected(tmp_path: Path) -> None:
    desk = a_desk("F12", tmp_path)
    desk.run("plan", ".", "--at", MOMENTS[2])
    (file,) = [each for each in desk.state.glob("plans/*.json") if "horizon" not in each.name]
    plan = plans.load(file)
    fewer = [
        row.model_copy(update={"replicas": min(row.replicas, 1), "replicas_on_takeover": 1})
        for row in plan.placements
    ]
    wrong = plan.model_copy(update={"placements": tuple(fewer), "hash": ""}).sealed()

    assert "replica-count" in {finding.code for finding in check(wrong)}
