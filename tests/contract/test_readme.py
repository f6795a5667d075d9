"""The READMEs show real output: their offline commands run here and print what is shown."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("tricenter")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
SHORTENED = "…"


def sessions() -> list[tuple[str, str, list[str]]]:
    """Each command of each README with the lines that are shown under it."""
    found = []
    for name in ("README.md", "README.zh.md"):
        for block in CONSOLE.findall((ROOT / name).read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *shown = part.splitlines()
                found.append((name, command, shown))
    return found


def words(text: str) -> list[list[str]]:
    """The lines of an output, without the space that tables are filled up with."""
    return [line.split() for line in text.splitlines() if line.split()]


@pytest.mark.parametrize(("name", "command", "shown"), sessions())
def test_a_command_prints_what_the_readme_shows(
    name: str, command: str, shown: list[str], tmp_path: Path
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "tricenter"

    ended = subprocess.run(
        [PROGRAM, "--state", tmp_path, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )

    assert ended.returncode == 0, ended.stderr
    printed = words(ended.stdout)
    assert [line for line in words("\n".join(shown)) if line != [SHORTENED] and line not in printed] == []


def test_both_readmes_show_sessions() -> None:
    assert {name for name, _, _ in sessions()} == {"README.md", "README.zh.md"}
