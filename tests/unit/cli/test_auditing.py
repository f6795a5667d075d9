"""The audit is listed in the reader's language, and a pipeline is in it under its own name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.at_hand import Heard
from typer.testing import CliRunner

from cli.main import app, hoisted
from cmp.services.changes.changing import changing
from cmp.wiring import Asker, means_of


@pytest.fixture
def state(tmp_path: Path) -> Path:
    means = means_of(tmp_path / "state", None, Heard(), asker=Asker("deploy@pipeline", "ticket 7"))
    for name in ("lab", "other"):
        with changing(means, means.actor, name, "apply"):
            pass
    return tmp_path / "state"


def test_changes_of_one_environment_are_listed(state: Path) -> None:
    told = CliRunner().invoke(app, hoisted(["--state", str(state), "--lang", "zh_TW", "audit", "lab"])).stdout

    assert "變更記錄" in told
    assert told.count("deploy@pipeline") == told.count("ticket 7") == 2
    assert "other" not in told


def test_json_has_every_entry(state: Path) -> None:
    told = CliRunner().invoke(app, hoisted(["--state", str(state), "--json", "audit"])).stdout

    entries = json.loads(told)["entries"]
    assert [each["number"] for each in entries] == [1, 2, 3, 4]
    assert {each["asked"]["kind"] for each in entries} == {"program"}


def test_nobody_is_no_actor(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, hoisted(["--state", str(tmp_path), "--actor", " ", "audit"]))

    assert "nobody can be called" in str(ended.exception)
