"""Files of ours are for nobody else, and what somebody planted in their place is neither read nor written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.needs import needs

from cmp.errors import NotOurs
from cmp.files import placing

SECRET = b"not for us"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize(
    "write",
    [placing.write_own, placing.write_once, lambda path, _: placing.open_own(path).close(),
     lambda path, _: placing.claim_own(path)],
    ids=["written", "written once", "opened", "claimed"],
)  # fmt: skip
def test_what_is_ours_is_for_nobody_else_whatever_the_umask(
    umask: int, write: Callable[[Path, bytes], None], tmp_path: Path
) -> None:
    path = tmp_path / "state" / "plans" / "lab.json"

    write(path, b"text")

    assert mode_of(path) == 0o600
    assert {mode_of(path.parent), mode_of(path.parent.parent)} == {0o700}


def test_what_is_written_for_others_is_bounded_by_the_umask(umask: int, tmp_path: Path) -> None:
    placing.write_given(tmp_path / "export" / "zone", b"text", placing.READABLE)

    assert mode_of(tmp_path / "export" / "zone") == 0o644 & ~umask
    assert mode_of(tmp_path / "export") == 0o755 & ~umask


def test_a_named_file_keeps_the_permissions_that_somebody_gave_it(tmp_path: Path) -> None:
    path = tmp_path / "zone"
    path.write_bytes(b"old")
    path.chmod(0o640)

    placing.write_given(path, b"new", placing.READABLE)

    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o640)


def a_link(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def a_link_to_nowhere(path: Path, secret: Path) -> None:
    path.symlink_to(secret.with_name("nothing"))


def a_pipe(path: Path, _secret: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path, _secret: Path) -> None:
    path.mkdir()


def a_file_that_others_may_write(path: Path, _secret: Path) -> None:
    path.write_bytes(SECRET)
    path.chmod(0o666)


PLANTED = [a_link, a_link_to_nowhere, a_pipe, a_folder, a_file_that_others_may_write]
ACTIONS: dict[str, Callable[[Path], object]] = {
    "write": lambda path: placing.write_own(path, b"text"),
    "read": placing.read_own,
    "open": placing.open_own,
    "claim": placing.claim_own,
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.replace("_", " "))
@pytest.mark.parametrize("action", ACTIONS)
def test_what_somebody_planted_is_refused_by_name(
    plant: Callable[[Path, Path], None], action: str, tmp_path: Path
) -> None:
    secret, path = tmp_path / "secret", tmp_path / "lock"
    secret.write_bytes(SECRET)
    plant(path, secret)

    with pytest.raises(NotOurs, match=str(path)):
        ACTIONS[action](path)

    assert secret.read_bytes() == SECRET
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lock", "secret"]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_to_a_folder_on_the_way_is_not_followed(action: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_bytes(SECRET)
    (tmp_path / "state").symlink_to(elsewhere)

    with pytest.raises(NotOurs, match="state is a link"):
        ACTIONS[action](tmp_path / "state" / "lock")

    assert (elsewhere / "lock").read_bytes() == SECRET


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o722, 0o702], ids=oct)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_folder_that_others_may_write_is_refused_with_what_to_do(
    action: str, mode: int, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(mode)

    with pytest.raises(NotOurs, match="others may write to the folder") as refusal:
        ACTIONS[action](state / "deeper" / "lock")

    assert f"chmod go-w {state}" in refusal.value.hint
    assert list(state.iterdir()) == []


@needs()
def test_a_group_counts_as_others_unless_it_is_ours_alone(tmp_path: Path) -> None:
    """Many systems give each user a group of their own, and a umask of 002."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder, group in ((theirs, 1), (ours, os.getgid())):
        folder.mkdir()
        os.chown(folder, -1, group)
        folder.chmod(0o770)

    placing.write_own(ours / "lock", b"text")

    with pytest.raises(NotOurs, match="others may write"):
        placing.write_own(theirs / "lock", b"text")


def test_a_sticky_folder_on_the_way_is_taken_as_everybody_takes_tmp(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)

    placing.write_own(tmp_path / "tmp" / "state" / "lock", b"text")

    assert mode_of(tmp_path / "tmp" / "state") == 0o700


def test_a_file_with_a_second_name_is_not_opened_for_changing(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(SECRET)
    os.link(tmp_path / "theirs", tmp_path / "lock")

    with pytest.raises(NotOurs, match="second name"):
        placing.open_own(tmp_path / "lock")

    assert (tmp_path / "theirs").read_bytes() == SECRET


def test_a_link_in_place_of_a_named_file_is_replaced_not_followed(tmp_path: Path) -> None:
    secret, out = tmp_path / "secret", tmp_path / "out.json"
    secret.write_bytes(SECRET)
    out.symlink_to(secret)

    placing.write_given(out, b"text")

    assert (secret.read_bytes(), out.read_bytes(), out.is_symlink()) == (SECRET, b"text", False)


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "folder"])
def test_what_is_no_plain_file_is_never_waited_for(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="no plain file"):
        placing.read_given(tmp_path / name)


def test_of_two_who_write_once_the_first_one_stays(tmp_path: Path) -> None:
    placing.write_once(tmp_path / "passphrase", b"first")

    placing.write_once(tmp_path / "passphrase", b"second")

    assert (tmp_path / "passphrase").read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [tmp_path / "passphrase"]


def test_a_link_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(SECRET)
    (tmp_path / "applied").symlink_to("theirs")

    placing.remove_own(tmp_path / "applied")
    placing.remove_own(tmp_path / "applied")

    assert (tmp_path / "theirs").read_bytes() == SECRET
