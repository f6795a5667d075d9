"""The door: global options anywhere, refusals in one line with the class's exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.hints import PLAIN
from cli.leaving import answer, unexpected
from cli.main import hoisted, state_of
from cmp.errors import Invalid, Problem, Refused

PROGRAM = Path(sys.executable).with_name("tricenter")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["plan", "lab", "--json"], ["--json", "plan", "lab"]),
        (["plan", "lab", "--state", "s", "--fresh"], ["--state", "s", "plan", "lab", "--fresh"]),
        (["plan", "--state=s", "lab"], ["--state=s", "plan", "lab"]),
        (["adopt", "--", "--json"], ["adopt", "--", "--json"]),
        (["plan", "lab", "--state"], ["--state", "plan", "lab"]),
    ],
)
def test_global_options_may_stand_anywhere(given: list[str], expected: list[str]) -> None:
    assert hoisted(given) == expected


def test_a_refusal_is_a_sentence_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    answer(Refused("no pool takes it", hint="add hosts"), PLAIN, json=False)

    said = capsys.readouterr()
    assert said.err == "tricenter: no pool takes it (add hosts)\n"
    assert said.out == ""


def test_json_gets_every_problem_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    answer(Invalid("2 problems", [Problem("a.yaml", 3, 1, "unknown-field", "no `foo`")]), PLAIN, json=True)

    document = json.loads(capsys.readouterr().out)
    assert document["error"]["code"] == "invalid"
    assert document["problems"][0] | {"hint": ""} == {
        "file": "a.yaml",
        "line": 3,
        "column": 1,
        "code": "unknown-field",
        "message": "no `foo`",
        "hint": "",
    }


def test_a_folder_that_does_not_exist_is_invalid_input(tmp_path: Path) -> None:
    ended = run("validate", "nowhere", cwd=tmp_path)

    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_option_is_invalid_input(tmp_path: Path) -> None:
    assert run("plan", "--colour", cwd=tmp_path).returncode == 2


def test_a_moment_that_is_none_is_invalid_input(tmp_path: Path) -> None:
    ended = run("plan", "lab", "--at", "tomorrow", cwd=tmp_path)

    assert ended.returncode == 2
    assert "--at tomorrow is no moment" in ended.stderr


def test_a_file_that_is_no_plan_is_invalid_input(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")

    ended = run("preview", "plan.json", cwd=tmp_path)

    assert ended.returncode == 2
    assert "is no plan that this version reads" in ended.stderr


def test_a_defect_of_ours_is_a_sentence_with_its_details_in_the_state_folder(tmp_path: Path) -> None:
    state = state_of(["--state", str(tmp_path), "plan"])

    said = unexpected(RuntimeError("odd"), state)

    (details,) = (tmp_path / "crashes").iterdir()
    assert said == f"tricenter: unexpected RuntimeError: odd (details: {details})"
    assert "RuntimeError: odd" in details.read_text(encoding="utf-8")


def test_help_names_every_command(tmp_path: Path) -> None:
    said = run("--help", cwd=tmp_path).stdout

    commands = "validate plan explain prove preview apply destroy up down inventory drift lab doctor"
    assert [word for word in commands.split() if word not in said] == []
