from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from cmp.errors import NotOurs, TryLater
from toolchain.shelf import Origin, Shelf

MakeProgram = Callable[[Path, str], Path]


def test_an_empty_shelf_has_nothing_installed(tmp_path: Path) -> None:
    assert Shelf(tmp_path).installed("pulumi") is None


def test_what_was_put_is_found_with_version_and_origin(tmp_path: Path, make_program: MakeProgram) -> None:
    shelf = Shelf(tmp_path)
    staged = shelf.stage("pulumi")
    make_program(staged / "pulumi", "echo v3.259.0")

    shelf.put("pulumi", "3.259.0", Origin.MODULES, staged)

    found = shelf.installed("pulumi")
    assert found is not None
    assert (found.version, found.origin) == ("3.259.0", Origin.MODULES)
    assert (shelf.bin / "pulumi").resolve() == found.binary == tmp_path / "versions/pulumi-3.259.0/pulumi"


def test_a_newer_version_takes_over_the_link(tmp_path: Path, make_program: MakeProgram) -> None:
    shelf = Shelf(tmp_path)
    for version in ("3.258.0", "3.259.0", "3.259.0"):
        staged = shelf.stage("pulumi")
        make_program(staged / "pulumi", f"echo v{version}")
        shelf.put("pulumi", version, Origin.DOWNLOAD, staged)

    found = shelf.installed("pulumi")
    assert found is not None
    assert found.version == "3.259.0"
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == [
        "pulumi-3.258.0",
        "pulumi-3.259.0",
    ]


def test_leftovers_of_a_killed_run_are_not_taken_for_a_tool(
    tmp_path: Path, make_program: MakeProgram
) -> None:
    shelf = Shelf(tmp_path)
    make_program(shelf.stage("pulumi") / "pulumi", "echo half")

    assert shelf.installed("pulumi") is None
    assert list(shelf.stage("pulumi").iterdir()) == []


def test_a_link_whose_files_are_gone_is_not_installed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.bin.mkdir()
    (shelf.bin / "pulumi").symlink_to("../versions/pulumi-3.259.0/pulumi")

    assert shelf.installed("pulumi") is None


def test_a_second_bootstrap_says_that_it_waits_for_the_first(tmp_path: Path) -> None:
    shelf, waiting, told = Shelf(tmp_path), Event(), []

    def report(line: str) -> None:
        told.append(line)
        waiting.set()

    def second() -> None:
        with shelf.locked(report):
            told.append("second inside")

    with (tmp_path / "lock").open("a") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        thread = Thread(target=second)
        thread.start()
        assert waiting.wait(timeout=30)
        assert told == [f"another bootstrap is at work in {tmp_path}: waiting for it"]
    thread.join(timeout=30)

    assert told[-1] == "second inside"


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(TryLater, match="cannot be written"),
        Shelf(tmp_path / "file" / ".toolchain").locked(print),
    ):
        raise AssertionError


@pytest.mark.parametrize(
    "opened", ["bin", "versions", "versions/pulumi-3.1.0", "versions/pulumi-3.1.0/pulumi"]
)
def test_a_program_that_others_may_have_put_there_is_not_run(
    opened: str, tmp_path: Path, make_program: MakeProgram
) -> None:
    shelf = Shelf(tmp_path / "kept")
    staged = shelf.stage("pulumi")
    make_program(staged / "pulumi", "exit 0")
    shelf.put("pulumi", "3.1.0", Origin.MODULES, staged)
    (shelf.folder / opened).chmod(0o777)

    with pytest.raises(NotOurs, match="others may write") as refusal:
        shelf.installed("pulumi")

    assert "XDG_DATA_HOME" in refusal.value.hint


def test_a_link_in_place_of_the_lock_makes_nothing_elsewhere(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "kept")
    shelf.folder.mkdir()
    (shelf.folder / "lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotOurs, match="is a link"), shelf.locked(print):
        pass

    assert not (tmp_path / "elsewhere").exists()
