"""The command line offers the examples that there are, and speaks both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.beginning import Example
from cli.main import app
from cmp.services.beginning import EXAMPLES


def test_every_example_is_offered_and_no_other() -> None:
    assert tuple(Example) == EXAMPLES


@pytest.mark.parametrize(
    ("language", "said"), [("en", "nothing was written"), ("zh", "未写入任何文件")], ids=["en", "zh"]
)
def test_a_dry_run_says_so_in_the_language_that_was_asked_for(
    tmp_path: Path, language: str, said: str
) -> None:
    ended = CliRunner().invoke(app, ["--lang", language, "init", str(tmp_path / "mine"), "--dry-run"])

    assert ended.exit_code == 0, ended.output
    assert said in ended.output
    assert "environment.yaml" in ended.output
    assert not (tmp_path / "mine").exists()
