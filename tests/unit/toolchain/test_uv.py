from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cmp.errors import TryLater
from cmp.installation import SCRIPT, Installation
from toolchain.shelf import Shelf
from toolchain.uv import ensure_uv, find_uv

MakeProgram = Callable[[Path, str], Path]


@pytest.fixture
def alone(tmp_path: Path, make_program: MakeProgram) -> Installation:
    """A Tricenter that has no uv beside its programs."""
    make_program(tmp_path / "bin" / SCRIPT, "")
    return Installation(tmp_path, tmp_path / "bin" / "python")


def test_the_uv_beside_our_programs_comes_before_one_on_path(
    tmp_path: Path, path_folder: Path, alone: Installation, make_program: MakeProgram
) -> None:
    make_program(path_folder / "uv", "")
    on_path = find_uv(Shelf(tmp_path), alone)
    beside = make_program(tmp_path / "bin" / "uv", "")

    assert (on_path, find_uv(Shelf(tmp_path), alone)) == (path_folder / "uv", beside)


@pytest.mark.usefixtures("path_folder")
def test_a_uv_that_was_brought_is_found_again(
    tmp_path: Path, alone: Installation, make_program: MakeProgram
) -> None:
    shelf = Shelf(tmp_path / "kept")
    brought = make_program(shelf.folder / "uv" / "bin" / "uv", "")

    assert find_uv(shelf, alone) == brought


@pytest.mark.usefixtures("path_folder")
def test_without_any_way_to_uv_the_sentence_says_why_and_what_to_do(
    tmp_path: Path, alone: Installation, told: list[str]
) -> None:
    with pytest.raises(TryLater, match="uv is missing and could not be installed") as refusal:
        ensure_uv(Shelf(tmp_path / "kept"), told.append, alone)

    assert refusal.value.hint
    assert find_uv(Shelf(tmp_path / "kept"), alone) is None
