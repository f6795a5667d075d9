"""Every command that a page shows is one that there is; those that are run here print what is shown.

What no test runs stands in `NOT_RUN` with its reason. That list may only become shorter: what is added to a
page is run here, or argued for.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import app, hoisted
from cmp.model.plan import Placement, Plan, SecurityGroup
from cmp.model.workload import RunsAs
from cmp.network.addresses.netbox import COLUMNS
from cmp.store import plans
from cmp.words.catalogue import say

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("tricenter")
READMES = ("README.md", "README.zh.md")
PAGES = (
    *READMES,
    "CONTRIBUTING.md",
    "lab/README.md",
    *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(tricenter [^`\n]+)`")
OTHERS = ("make ", "pip ", "pulumi ", "ansible-playbook ", "openssl ", "python ", "cd ", "export ")
SHORTENED = "…"
USAGE: Any = typer.BadParameter.__mro__[1]
"""What typer raises for a command that it cannot read."""
FORM = re.compile(r"(^|[ =/:])[A-Z][A-Z_]*\b(?!=)|\[|…")
"""A word in capitals stands for what a reader puts there: such a command is a form, and is read, not run."""

UP = "tricenter up inventories/lab"
TRIED = {"docs/ipam.md"}
"""Pages whose sessions are run here, in their order. test_readme.py runs those of the READMEs."""

CLOUDS = "needs the lab's clouds: tests/lab runs `up`, `down`, `preview`, `apply`, moves and drains"
HOSTS = "needs root and the host lab: tests/lab runs it"
WHEEL = "tests/wheel runs it from the installed wheel"
ENGINE = "needs the engine, its provider and a stack: tests/stacks runs the programs"
SETS_UP = "sets a working copy up, which runs these tests"
NOT_RUN = {
    "README.md": {
        "pip install": WHEEL,
        "tricenter init my-estate": WHEEL,
        "tricenter plan my-estate": WHEEL,
        "tricenter engine install": ENGINE,
        "tricenter up": CLOUDS,
        "tricenter lab up hosts": HOSTS,
        "tricenter net rehearse": HOSTS,
        "tricenter net migrate": HOSTS,
    },
    "CONTRIBUTING.md": {"make ": SETS_UP},
    "lab/README.md": {"tricenter lab": CLOUDS},
    "docs/carrying_out.md": {
        "cd stacks": ENGINE,
        "export ": ENGINE,
        "pulumi ": ENGINE,
        "tricenter maintain": CLOUDS,
    },
    "docs/environment.md": {"tricenter ": "test_environment_pages.py runs it on the example of that page"},
    "docs/network-measuring.md": {
        "python -m cmp.probes": "speaks with the prober: tests/unit/probes runs it"
    },
    "docs/network-migration.md": {
        "openssl ": "needs a pack of a move: tests/unit/network runs it on one",
        "cd playbooks": HOSTS,
        "ansible-playbook ": HOSTS,
    },
}
NOT_RUN["README.zh.md"] = NOT_RUN["README.md"]


def shown(page: str) -> Iterator[tuple[str, str, list[str]]]:
    """Kind of block, command and the lines under it, of each command in a block of a page."""
    for kind, block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        found: list[tuple[str, list[str]]] = []
        for line in block.replace("\\\n", " ").splitlines():
            bare = line.removeprefix("$ ")
            if line.startswith("$ ") or bare.startswith(("tricenter ", *OTHERS)):
                found.append((shlex.join(shlex.split(bare, comments=True)), []))
            elif found:
                found[-1][1].append(line)
        yield from ((kind, command, lines) for command, lines in found)


EVERY = [(page, *each) for page in PAGES for each in shown(page)]


def mentioned() -> Iterator[tuple[str, str]]:
    """Each command of ours that stands in a block or in the middle of a sentence."""
    for page, _, command, _ in EVERY:
        if command.startswith("tricenter "):
            yield page, command
    for page in PAGES:
        text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
        yield from ((page, command) for command in INLINE.findall(text))


def misread(command: str) -> str:
    """What the command line says against a command; a form may leave out what a reader fills in."""
    words = [word for word in re.sub(r"[\[\]']", " ", command).split()[1:] if not word.startswith("#")]
    words = ["4" if word == "N" else word for word in words]
    told: Any = get_command(app)
    if words[0].startswith("--"):  # such an option acts by itself, and shows completion or writes it
        return "" if words[0] in {name for option in told.params for name in option.opts} else words[0]
    try:
        context = told.make_context("tricenter", hoisted(words))
        while isinstance(told, TyperGroup) and (rest := [*context._protected_args, *context.args]):
            name, told, rest = told.resolve_command(context, rest)
            if isinstance(told, TyperGroup) and not rest:
                return ""
            context = told.make_context(name, rest, parent=context)
    except USAGE as error:
        return "" if type(error).__name__ == "MissingParameter" else error.format_message()
    return ""


@pytest.mark.parametrize(("page", "command"), sorted(set(mentioned())))
def test_a_command_that_is_shown_is_one_that_there_is(page: str, command: str) -> None:
    assert misread(command) == "", f"{page}: {command}"


@pytest.mark.parametrize(
    "command",
    [
        "tricenter ipam show ENV",
        "tricenter plan ENV --when now",
        "tricenter ipam give",
        "tricenter proof ENV",
    ],
)
def test_one_that_there_is_not_is_told(command: str) -> None:
    assert misread(command)


def test_every_command_is_run_or_its_reason_is_named() -> None:
    """`console` blocks of the READMEs are run by test_readme.py."""
    left = [
        f"{page}: {command}"
        for page, kind, command, _ in EVERY
        if page not in TRIED
        and not (page in READMES and kind == "console")
        and not FORM.search(command)
        and not any(command.startswith(begin) for begin in NOT_RUN.get(page, ()))
    ]

    assert left == []


def test_no_reason_is_left_of_a_command_that_is_gone() -> None:
    commands = {page: [command for where, _, command, _ in EVERY if where == page] for page in PAGES}

    idle = [
        f"{page}: {begin}"
        for page, reasons in NOT_RUN.items()
        for begin in reasons
        if not any(command.startswith(begin) for command in commands[page])
    ]

    assert idle == []


@pytest.mark.parametrize("page", sorted(TRIED))
def test_a_page_is_run_from_its_first_command_to_its_last(page: str, tmp_path: Path) -> None:
    session = [
        (command, lines) for where, kind, command, lines in EVERY if where == page and kind == "console"
    ]

    assert session
    for command, lines in session:
        ended = subprocess.run(
            [PROGRAM, "--state", tmp_path / "state", *shlex.split(command)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
        assert ended.returncode == 0, f"{command}: {ended.stderr}"
        printed = [line.split() for line in ended.stdout.splitlines()]
        wanted = [line.split() for line in lines if line.split() and line != SHORTENED]
        assert [line for line in wanted if line not in printed] == [], command


def test_what_is_shown_of_up_is_what_plan_and_prove_say_of_the_lab(tmp_path: Path) -> None:
    """All but which labs are up already: that line needs them."""
    (lines,) = [lines for page, _, command, lines in EVERY if (page, command) == ("README.md", UP)]
    rows = [line.split() for line in lines if line.startswith(" ") and "──" not in line]
    promise = next(line for line in lines if line.startswith("every promise holds"))

    plan, prove = (
        subprocess.run(
            [PROGRAM, "--state", tmp_path, verb, "inventories/lab"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        ).stdout
        for verb in ("plan", "prove")
    )

    printed = [line.split() for line in plan.splitlines()]
    assert len(rows) > 3
    assert [row for row in rows if row not in printed] == []
    assert promise in prove.splitlines()
    kept = plans.load(tmp_path / "plans" / "lab.json")
    servers = sum(row.replicas for row in kept.placements if not is_a_container(row, kept))
    pods = sum(row.replicas for row in kept.placements if is_a_container(row, kept) and row.role.runs)
    rules = sum(len(group.rules) for group in kept.security_groups if not is_a_container(group, kept))
    assert say("verified", "en", {"servers": servers, "pods": pods, "rules": rules}) in lines


def is_a_container(row: Placement | SecurityGroup, plan: Plan) -> bool:
    return plan.environment.find(row.workload, row.component)[1].runs_as is RunsAs.CONTAINER


def test_the_columns_of_imported_tables_are_listed() -> None:
    page = (ROOT / "docs" / "ipam.md").read_text(encoding="utf-8")

    for table, columns in COLUMNS.items():
        assert f"| `{table}` | {', '.join(f'`{column}`' for column in columns)} |" in page
