"""A state folder is looked at before it is used: ours, reached without planted links, closed to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.needs import needs

from cmp.errors import NotOurs
from cmp.files import placing
from cmp.files.settling import settle


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.iterdir())}


def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    state = tmp_path / ".tricenter"
    (state / "plans").mkdir(parents=True)
    (state / "pulumi").mkdir()
    for each in (state, state / "plans", state / "pulumi"):
        each.chmod(0o755)

    assert settle(state) == state

    assert modes(state) == {0o700}


def test_a_folder_that_holds_no_state_is_left_as_it_is(tmp_path: Path) -> None:
    """Whoever names their home folder keeps it readable for whom they want."""
    (tmp_path / "letters").mkdir()
    tmp_path.chmod(0o755)

    settle(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    assert settle(tmp_path / "deep" / ".tricenter") == tmp_path / "deep" / ".tricenter"

    assert list(tmp_path.iterdir()) == []


def test_a_link_of_ours_above_the_state_is_settled_once(tmp_path: Path) -> None:
    """Where /home is a link, people go on naming their folders below it."""
    (tmp_path / "var" / "home").mkdir(parents=True)
    (tmp_path / "home").symlink_to("var/home")

    assert settle(tmp_path / "home" / ".tricenter") == tmp_path / "var" / "home" / ".tricenter"


@pytest.mark.parametrize("name", [".", "plans", "keys", "apply.lock", "ipam.sqlite"])
def test_a_link_in_a_state_folder_is_refused_also_where_it_is_our_own(name: str, tmp_path: Path) -> None:
    """A repository that somebody cloned may bring one along."""
    state, elsewhere = tmp_path / ".tricenter", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if name != ".":
        state.mkdir()
    (state / name if name != "." else state).symlink_to(elsewhere)

    with pytest.raises(NotOurs, match="is a link"):
        settle(state)

    assert list(elsewhere.iterdir()) == []


@needs()
def test_where_there_is_no_state_yet_what_keeps_nothing_works_in_any_folder(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65533, 65533)

    assert settle(theirs / ".tricenter") == theirs / ".tricenter"

    with pytest.raises(NotOurs, match="belongs to user 65533"):
        placing.write_own(theirs / ".tricenter" / "apply.lock", b"")


@needs()
def test_a_state_folder_of_another_user_is_refused_with_a_way_out(tmp_path: Path) -> None:
    state = tmp_path / ".tricenter"
    state.mkdir()
    os.chown(state, 65533, 65533)

    with pytest.raises(NotOurs, match="belongs to user 65533") as refusal:
        settle(state)

    assert "--state" in refusal.value.hint


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(NotOurs, match="circle"):
        settle(tmp_path / "a" / "state")
