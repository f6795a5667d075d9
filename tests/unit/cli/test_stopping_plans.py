"""`tricenter plan` that somebody ends, by a clock or by Ctrl-C: a Plan that is right comes out, and soon."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from support.command_line import Site

from cmp.model.plan import Plan
from cmp.verifier.checking import check

REFERENCE = Path(__file__).parents[3] / "inventories" / "reference"
FIGURE = re.compile(r"objective ([\d,.]+\d)")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "state")


def test_ctrl_c_ends_a_search_with_a_plan_as_good_as_was_told(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"

    with site.start("plan", REFERENCE, "--fresh", "--seconds", 3600, "--out", out) as running:
        assert running.until("attempts to improve")
        os.kill(running.process.pid, signal.SIGINT)
        answer = running.finish()

    plan = Plan.model_validate_json(out.read_bytes())
    assert answer.code == 5
    assert plan.origin.stopped
    assert plan.unplaced == ()
    assert check(plan) == ()
    told = [float(figure.replace(",", "")) for figure in FIGURE.findall(answer.said)]
    assert plan.objective is not None
    assert plan.objective.total <= min(told) + 1
