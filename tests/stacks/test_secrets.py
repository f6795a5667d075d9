"""What servers run at first boot stands in no state, history, preview or log in clear, nor in base64."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pulumi import automation
from support.leased import Carrying, a_leased_plan
from support.open_files import open_to_others, under

from cmp.files import placing
from cmp.model.plan import Plan
from stacks.engine.operations import preview, refresh, stacks_of, up
from stacks.engine.workplace import Workplace, opened
from stacks.names import Project

pytestmark = pytest.mark.engine

PLANTED = "planted-pass-phrase-4711"
INIT = f"#cloud-config\nchpasswd: {{list: ['root:{PLANTED}']}}\n"


def a_plan_with_a_password() -> Plan:
    """One server whose first boot sets a password."""
    plan = a_leased_plan(1, centers=("bj-a",))
    [workload] = plan.environment.workloads
    [web] = workload.components
    told = web.model_copy(update={"init": "web.yaml"})
    environment = plan.environment.model_copy(
        update={
            "workloads": (workload.model_copy(update={"components": (told,)}),),
            "init_files": {"web.yaml": INIT},
        }
    )
    return plan.model_copy(update={"environment": environment}).sealed()


def shapes(text: str) -> Iterator[bytes]:
    """A text as it is, in hex, and in base64 wherever it begins in a longer text."""
    yield text.encode()
    yield text.encode().hex().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text.encode())
        yield encoded[4 if shift else 0 : -4]


def holding(folder: Path) -> list[str]:
    """The files that tell it."""
    told = list(shapes(PLANTED))
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(shape in path.read_bytes() for shape in told)
    ]


def test_a_planted_password_is_found_in_each_of_its_shapes(tmp_path: Path) -> None:
    for number, content in enumerate(
        (INIT.encode(), *(base64.b64encode(b"x" * shift + INIT.encode()) for shift in range(3)))
    ):
        (tmp_path / str(number)).write_bytes(content)

    assert sorted(holding(tmp_path)) == ["0", "1", "2", "3"]


def test_no_state_preview_or_log_tells_what_a_server_runs_or_is_open_to_others(
    carrying: Carrying, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    plan, heard = a_plan_with_a_password(), list[object]()

    with under(0o000):
        previewed = preview(carrying.place, plan, heard.append)
        results = up(carrying.place, plan, previewed, heard.append)
        seen = refresh(carrying.place, "engine", dry=True)
        again = preview(carrying.place, plan)

    assert [str(result.error) for result in (*results, *again) if result.error] == []
    assert sum(result.changes.total for result in again) == 0
    assert len(carrying.listed("bj-a")) == 1
    shown = capfd.readouterr()
    said = "".join(map(str, (shown, caplog.text, previewed, results, seen, again, heard)))
    assert PLANTED not in said
    assert holding(carrying.place.state) == []
    assert open_to_others(carrying.place.state) == {}
    assert restored_from_the_copies(carrying.place, plan, tmp_path / "after the fire") == 0


def restored_from_the_copies(place: Workplace, plan: Plan, state: Path) -> int:
    """How many changes a state needs that was made of nothing but the copies in a center's folder."""
    kept, fresh = place.copies / "bj-a", replace(place, state=state)
    placing.write_own(fresh.passphrase, (kept / "passphrase").read_bytes())
    for name in stacks_of(plan):
        told = json.loads((kept / name.project / f"{name.short}.json").read_text())
        assert "user_data" in str(told) or name.project is Project.FOUNDATION
        with opened(fresh, name) as stack:
            stack.import_stack(automation.Deployment(told["version"], told["deployment"]))
    return sum(result.changes.total for result in preview(fresh, plan))
