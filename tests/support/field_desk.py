"""Runs `tricenter` inside the tests' own process, where what was compiled once serves every command."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from support.command_line import Answer

from cli.main import run
from cmp.settings import Layout
from cmp.store import plans

PLACEMENT = Path(__file__).parents[1] / "field" / "placement"


@dataclass(frozen=True, slots=True)
class Desk:
    """A copy of one field case's environments, and a state folder for what is planned of them."""

    case: Path
    state: Path

    def run(self, command: str, environment: str = ".", *words: object) -> Answer:
        """Run a command on one of the case's environments; a crash is an answer too, with code 1."""
        return self.call(command, self.folder(environment), *words)

    def document(self, command: str, environment: str = ".", *words: object) -> Answer:
        """The same with `--json`."""
        return self.call("--json", command, self.folder(environment), *words)

    def call(self, *words: object) -> Answer:
        """Run a command as it stands."""
        front = ["tricenter", "--lang", "en", "--state", str(self.state)]
        return _called([*front, *map(str, words)])

    def folder(self, environment: str) -> Path:
        """The folder of one of the case's environments."""
        return self.case / environment

    def plan(self, name: str) -> Path:
        """The file of the latest Plan that was written under a name."""
        return Layout(self.state).plan(name)

    def apply(self, name: str) -> None:
        """Remember a Plan as applied, as `tricenter apply` would; no cloud is involved."""
        plan = plans.load(self.plan(name))
        file = Layout(self.state).applied_plan(plan.environment.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        plans.record_applied(plan, file, complete=True)


def a_desk(number: str, folder: Path) -> Desk:
    """A desk for one case, such as `F01`, below a fresh folder."""
    (case,) = PLACEMENT.glob(f"{number}-*")
    shutil.copytree(PLACEMENT / "base", folder / "base")
    return Desk(Path(shutil.copytree(case, folder / case.name)), folder / "state")


def _called(words: Sequence[str]) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", list(words)),
        patch.dict(os.environ),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _code()
    return Answer(code, out.getvalue(), err.getvalue())


def _code() -> int:
    try:
        run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
