"""Gives tests the files of a small valid environment, to be changed one thing at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

from cmp.errors import Invalid, Problem
from cmp.loaders.loading import load

TINY = Path(__file__).parents[1] / "data" / "tiny"
"""Three centers, five clouds of three kinds, two workloads, a private network: every file of the format."""


def a_copy(folder: Path) -> Path:
    """A fresh copy of the tiny environment under `folder`."""
    return Path(shutil.copytree(TINY, folder / "tiny"))


def replace_in(file: Path, old: str, new: str) -> None:
    """Replace the first `old` in a file; it must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with an environment; none if it loads."""
    try:
        load(folder)
    except Invalid as refusal:
        return refusal.problems
    return ()


def codes_of(folder: Path) -> list[str]:
    """The codes of what is wrong, in the order of places."""
    return [problem.code for problem in problems_of(folder)]
