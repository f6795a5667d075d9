"""Native code is run, so only what we wrote ourselves is taken; and what nobody uses goes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cmp.native.shelf import FORGOTTEN, UNUSED, CannotKeep, Shelf, Torn, usual


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "tricenter" / "native")


def old(file: Path, seconds: float) -> Path:
    moment = file.stat().st_mtime - seconds
    os.utime(file, (moment, moment))
    return file


def test_what_was_written_is_read(shelf: Shelf) -> None:
    assert shelf.read("search-1") is None

    shelf.write("search-1", b"code")

    assert shelf.read("search-1") == b"code"
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
    assert [file.name for file in shelf.folder.iterdir()] == ["search-1"]


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_that_others_may_write_to_is_not_used(shelf: Shelf, mode: int) -> None:
    shelf.write("search-1", b"code")
    shelf.folder.chmod(mode)

    with pytest.raises(CannotKeep, match="chmod go-w"):
        shelf.read("search-1")
    with pytest.raises(CannotKeep, match="chmod go-w"):
        shelf.write("search-1", b"more")


def test_a_file_that_others_may_write_to_is_not_run(shelf: Shelf) -> None:
    shelf.write("search-1", b"code")
    (shelf.folder / "search-1").chmod(0o666)

    with pytest.raises(Torn):
        shelf.read("search-1")


def test_a_link_in_place_of_the_folder_or_the_file_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    elsewhere = Shelf(tmp_path / "elsewhere")
    elsewhere.write("search-1", b"theirs")
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "search-1").symlink_to(elsewhere.folder / "search-1")
    (tmp_path / "link").symlink_to(elsewhere.folder)

    with pytest.raises(CannotKeep, match="symbolic link"):
        shelf.read("search-1")
    with pytest.raises(CannotKeep):
        Shelf(tmp_path / "link").read("search-1")


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "tricenter").write_text("")

    with pytest.raises(CannotKeep, match="folder"):
        Shelf(tmp_path / "tricenter" / "native").write("search-1", b"code")


def test_what_nobody_loaded_for_a_month_goes_and_what_is_in_use_stays(shelf: Shelf) -> None:
    for name in ("search-1", "search-2", ".search-1.half", ".search-3.half"):
        shelf.write(name.lstrip("."), b"code")
        (shelf.folder / name.lstrip(".")).rename(shelf.folder / name)
    old(shelf.folder / "search-1", UNUSED + 60)
    old(shelf.folder / "search-2", UNUSED - 60)
    old(shelf.folder / ".search-1.half", FORGOTTEN + 60)

    shelf.write("search-4", b"code")

    assert sorted(file.name for file in shelf.folder.iterdir()) == [".search-3.half", "search-2", "search-4"]


def test_loading_says_that_code_is_in_use(shelf: Shelf) -> None:
    shelf.write("search-1", b"code")
    old(shelf.folder / "search-1", UNUSED - 60)

    shelf.read("search-1")
    old(shelf.folder / "search-1", 120)
    shelf.write("search-2", b"code")

    assert shelf.read("search-1") == b"code"


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert usual({"XDG_CACHE_HOME": "/srv/mine"}).folder == Path("/srv/mine/tricenter/native")
    assert usual({"XDG_CACHE_HOME": "not/absolute"}).folder == tmp_path / ".cache/tricenter/native"
    assert usual({}).folder == tmp_path / ".cache/tricenter/native"
