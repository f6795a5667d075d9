"""Files of hosts are written by handles: whole, with their mode at once, and past nobody's link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.plugin_files import plugin

placing = plugin("module_utils/placing.py")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_file_is_whole_and_has_its_mode_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    file = tmp_path / "new" / "deep" / "zone"
    before = os.umask(umask)
    try:
        assert placing.place(file, "text\n", 0o640)
        assert not placing.place(file, "text\n", 0o640)
        assert placing.place(file, "text\n", 0o600)
    finally:
        os.umask(before)

    assert placing.read(file) == "text\n"
    assert mode(file) == 0o600
    assert not mode(file.parent) & 0o022
    assert list(file.parent.iterdir()) == [file]
    assert placing.place(file, "", 0o600)
    assert not file.exists()
    assert not placing.place(file, "", 0o600)


def test_nothing_beside_a_file_is_used_for_writing_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o600)
    (tmp_path / "zone.tricenter-new").symlink_to(secret)

    placing.place(tmp_path / "zone", "text\n", 0o644)

    assert secret.read_text() == "secret"
    assert mode(secret) == 0o600


def test_a_link_in_the_place_of_a_file_is_refused_for_reading_and_writing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "zone").symlink_to(secret)

    for ask in (placing.read, placing.judge, lambda path: placing.place(path, "text", 0o644)):
        with pytest.raises(placing.InTheWay, match="is a link: name the file that is meant"):
            ask(tmp_path / "zone")
    with pytest.raises(placing.InTheWay):
        placing.place(tmp_path / "zone", "", 0o644)
    assert secret.read_text() == "secret"


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "etc")

    with pytest.raises(placing.InTheWay, match="link is a link or no folder"):
        placing.place(tmp_path / "link" / "below" / "zone", "text", 0o644)
    assert not list((tmp_path / "etc").iterdir())


def test_a_file_with_a_second_name_or_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    os.link(tmp_path / "secret", tmp_path / "zone")
    os.mkfifo(tmp_path / "pipe")

    for name in ("zone", "pipe"):
        with pytest.raises(placing.InTheWay, match="no plain file with one name"):
            placing.read(tmp_path / name)
    with pytest.raises(placing.InTheWay):
        placing.content(tmp_path / "pipe", 10)


@pytest.mark.parametrize("path", ["relative/zone", "/var/lib/tricenter/names/../../../../etc/x"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(placing.InTheWay, match=r"without `\.\.`"):
        placing.place(path, "text", 0o644)


def test_a_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)

    with pytest.raises(placing.InTheWay, match="may be written by everybody"):
        placing.place(tmp_path / "open" / "zone", "text", 0o644)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zone").write_text("old")

    def full(_handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        placing.place(tmp_path / "zone", "new", 0o644)

    assert list(tmp_path.iterdir()) == [tmp_path / "zone"]
    assert (tmp_path / "zone").read_text() == "old"
