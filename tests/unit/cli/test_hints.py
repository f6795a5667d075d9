"""Hints lead home: they carry the program, the state folder and the language of the call they answer."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands import Commands
from cli.hints import PLAIN, Call, call_of

PROGRAM = Path(sys.executable).with_name("tricenter")
STARTER = Path(__file__).resolve().parents[3] / "inventories" / "starter"


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--state", "s t", "--json", "plan", "e"], ("--state", "s t")),
        (["--state=s", "--lang=zh", "drift", "e"], ("--state=s", "--lang=zh")),
        (["--quiet", "plan", "e", "--", "--state", "x"], ()),
        (["--ipam", "sqlite:///a", "plan"], ("--ipam", "sqlite:///a")),
    ],
)
def test_what_decides_what_a_command_is_about_is_kept(arguments: list[str], kept: tuple[str, ...]) -> None:
    assert call_of("tricenter", arguments).options == kept


@pytest.mark.parametrize("command", Commands.offers)
def test_every_command_is_told_as_it_has_to_be_typed(command: str) -> None:
    call = Call("bin/tricenter", ("--state", "s t"))

    assert call.told(f"run `tricenter {command} ENV`") == f"run `bin/tricenter --state 's t' {command} ENV`"


@pytest.mark.parametrize(
    "text",
    [
        "tricenter is a toolkit",
        "install tricenter with its extra",
        "/usr/bin/tricenter plan",
        "xtricenter up",
    ],
)
def test_what_is_no_command_to_type_stays(text: str) -> None:
    assert Call("bin/tricenter").told(text) == text


def test_a_plain_call_changes_nothing() -> None:
    assert PLAIN.told("run `tricenter up ENV` first") == "run `tricenter up ENV` first"


def test_a_program_of_another_name_is_no_way_to_start_this_one() -> None:
    assert call_of("/usr/lib/python3/pytest/__main__.py", []).program == "tricenter"


def test_the_command_that_a_refusal_tells_can_be_typed(tmp_path: Path) -> None:
    state = tmp_path / "a state"
    told = subprocess.run(
        [PROGRAM, "--state", state, "drift", STARTER],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    command = shlex.split(told.stderr.split("`")[1])
    assert Path(command[0]).resolve() == PROGRAM.resolve() or command[0] == "tricenter"
    assert command[1:] == ["--state", str(state), "up", str(STARTER)]
