"""`tricenter after` says what a loss leaves, in both languages and as JSON, and keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cmp.errors import Invalid, Refused
from cmp.model.plan_after import PlanAfter

LAB = str(Path(__file__).parents[3] / "inventories" / "starter")
Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask with options in front of the command and behind it; the state's folder is `tmp_path/state`."""

    def run(*words: str, front: tuple[str, ...] = ()) -> Result:
        return CliRunner().invoke(app, ["--state", str(tmp_path / "state"), *front, "after", LAB, *words])

    return run


def test_json_is_the_document_and_nothing_is_kept(ask: Ask, tmp_path: Path) -> None:
    ended = ask("--lose", "center:bj-a", "--why", "fire", front=("--json",))

    found = PlanAfter.model_validate_json(json.dumps(json.loads(ended.stdout)))
    assert ended.exit_code == 0
    assert found.is_sealed
    assert found.plan.is_sealed
    assert found.lost == ("center:bj-a",)
    assert [each.why for each in found.plan.environment.cordons] == ["fire"]
    assert list(tmp_path.glob("state/plans/*")) == []


def test_people_read_what_takes_over_and_what_is_promised_no_more(ask: Ask) -> None:
    told, said = (ask("--lose", "bj-a", front=("--lang", lang)).stdout for lang in ("en", "zh"))

    assert "takes over" in told
    assert "Promises that the loss consumed" in told
    assert "the independent verifier accepts it" in told
    assert "接管" in said
    assert "{" not in told + said


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        ("center:atlantis", "there is no center `atlantis`"),
        ("link:bj-a/bj-b", "no Plan for the time after"),
        ("all", "`all` names no loss"),
    ],
)
def test_what_cannot_be_lost_is_refused_with_what_can(ask: Ask, lost: str, sentence: str) -> None:
    refused = ask("--lose", lost).exception

    assert isinstance(refused, Invalid)
    assert sentence in str(refused)
    assert refused.hint


def test_with_everything_lost_nothing_is_left(ask: Ask) -> None:
    refused = ask("--lose", "location:beijing", "--lose", "location:guiyang").exception

    assert isinstance(refused, Refused)
    assert "nothing is left" in str(refused)
