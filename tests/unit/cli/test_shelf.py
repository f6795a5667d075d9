"""Commands are listed before they are imported: what lists say is what the commands say of themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from cli.commands import Commands
from cli.main import app

PROGRAM = Path(sys.executable).with_name("tricenter")
WIDE = 1000


def called(name: str) -> tuple[typer.Context, object]:
    group = get_command(app)
    context = typer.Context(group)
    _, command, rest = group.resolve_command(context, [name, "--json"])
    assert rest == ["--json"]
    return context, command


@pytest.mark.parametrize("name", Commands.offers)
def test_a_command_is_listed_by_its_own_sentence(name: str) -> None:
    context, command = called(name)

    listed = context.command.get_command(context, name)
    assert listed is not command
    assert listed.get_short_help_str(WIDE) == command.get_short_help_str(WIDE) != ""


@pytest.mark.parametrize("name", Commands.offers)
def test_a_command_is_brought_under_the_name_it_is_listed_by(name: str) -> None:
    _, command = called(name)

    assert command.name in {name, ""}


def completed(words: str) -> list[str]:
    """What the shell would offer after these words."""
    asked = {"_TRICENTER_COMPLETE": "complete_bash", "COMP_WORDS": words}
    asked["COMP_CWORD"] = str(len(words.split(" ")) - 1)
    ended = subprocess.run(
        [PROGRAM], env=os.environ | asked, capture_output=True, text=True, check=True, timeout=60
    )
    return ended.stdout.split()


def test_shells_complete_commands_and_the_options_of_one() -> None:
    assert completed("tricenter pre") == ["preview"]
    assert completed("tricenter plan --eff") == ["--effort"]
    assert completed("tricenter net ro") == ["rollback", "routers", "rotate-key"]


def test_a_misspelt_command_is_told_the_nearest(tmp_path: Path) -> None:
    ended = subprocess.run([PROGRAM, "validat"], capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 2
    assert "'validate'" in ended.stderr
