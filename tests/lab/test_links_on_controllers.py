"""A neighbour on the operator's machine gains nothing by planting links where root keeps its own files."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.attacker import (
    SECRET,
    TRIES,
    a_folder_of_theirs,
    a_secret,
    a_way_in,
    meanwhile,
    tried,
    untouched,
)
from support.needs import skip_without

from cmp.files import placing
from cmp.files.settling import settle
from cmp.store import files, keys, lock
from cmp.store.sql import alone, url_of

pytestmark = [pytest.mark.lab, pytest.mark.hosts]

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def held(path: Path) -> None:
    with lock.hold(path, command="tricenter apply", run="first", now=NOON):
        pass


def prepared(path: Path) -> None:
    with alone(url_of(None, path)):
        pass


ACTIONS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a plan": ("plans/lab.json", lambda path: files.write_atomically(path, b"text")),
    "what was applied": ("applied/lab.json", lambda path: files.read_if_there(path, "it")),
    "a key": ("keys/acceptance.key", lambda path: keys.signing_key(path.parent)),
    "a pass phrase": ("pulumi/passphrase", lambda path: files.write_once(path, b"text")),
    "a lock": ("apply.lock", held),
    "the addresses": ("ipam.sqlite", prepared),
    "a crash": ("crashes/now.txt", lambda path: placing.write_own(path, b"text")),
    "the state folder": ("", settle),
}
"""Every kind of file that root keeps for itself, below its state folder, and what reads or writes it."""


@pytest.fixture
def root() -> None:
    skip_without()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    a_way_in(tmp_path)
    return a_secret(tmp_path)


@pytest.fixture
def victim(secret: Path) -> Path:
    """A folder of root with files of the names that root writes elsewhere."""
    folder = secret.parent / "victim"
    for name, _ in ACTIONS.values():
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(SECRET)
            (folder / name).chmod(0o600)
    folder.chmod(0o711)
    return folder


def is_untouched(victim: Path) -> bool:
    there = {str(path.relative_to(victim)) for path in victim.rglob("*") if path.is_file()}
    return there == {name for name, _ in ACTIONS.values() if name} and all(
        untouched(victim / name) for name in there
    )


def planted(place: Path, link: Path, target: Path) -> None:
    """Put a link in a place, then nothing, then a plain folder, and nothing again."""
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    link.rename(place)
    place.unlink()
    place.mkdir()
    place.rmdir()


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_in_a_folder_where_everybody_writes_is_never_followed(
    action: str, victim: Path, secret: Path
) -> None:
    """As in /tmp: whoever comes first has the name, and root's is for nobody else."""
    name, act = ACTIONS[action]
    common = victim.parent / "common"
    common.mkdir()
    common.chmod(0o1777)
    state = common / "state"

    def ask() -> None:
        try:
            act(state / name)
        finally:
            with contextlib.suppress(OSError):
                if state.lstat().st_uid == 0:
                    shutil.rmtree(state)

    with meanwhile(lambda: planted(state, common / "link", victim)):
        tried(ask)

    assert is_untouched(victim)
    assert untouched(secret)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("action", ACTIONS)
def test_a_folder_of_somebody_else_is_refused_whatever_lies_in_it(
    action: str, victim: Path, secret: Path
) -> None:
    name, act = ACTIONS[action]
    theirs = a_folder_of_theirs(victim.parent, "theirs")

    with meanwhile(lambda: planted(theirs / "state", theirs / "link", victim)):
        well, refused = tried(lambda: act(theirs / "state" / name))

    assert well + refused >= TRIES
    assert well == 0 or not name  # where there is no state at the moment, nothing has to be refused yet
    assert is_untouched(victim)
    assert untouched(secret)
    assert {each.stat(follow_symlinks=False).st_uid for each in theirs.iterdir()} <= {theirs.stat().st_uid}


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("writes", [True, False], ids=["written", "read"])
def test_a_file_that_root_names_in_a_folder_of_theirs_leads_nowhere(
    writes: bool, secret: Path, tmp_path: Path
) -> None:
    """`--out` and a Plan to apply are where somebody said: there too only links of root's count."""
    theirs = a_folder_of_theirs(tmp_path, "theirs")
    inner, kept, link, file = theirs / "inner", theirs / "kept", theirs / "link", theirs / "inner" / "secret"

    def swap() -> None:
        if kept.exists():  # a turn that failed half-way is laid aside
            kept.rename(theirs / f"left-{time.monotonic_ns()}")
        for each in (link, inner):
            if each.is_symlink():
                each.unlink()
        inner.mkdir(exist_ok=True)
        (theirs / "to-secret").unlink(missing_ok=True)
        (theirs / "to-secret").symlink_to(secret)
        (theirs / "to-secret").rename(file)
        file.unlink()
        file.write_text("a text of theirs")
        link.symlink_to(secret.parent)
        inner.rename(kept)
        link.rename(inner)
        inner.unlink()
        kept.rename(inner)

    def ask() -> str | None:
        if writes:
            placing.write_given(file, f"{time.monotonic_ns()}".encode())
            return None
        return placing.read_given(file).decode()

    with meanwhile(swap):
        tried(ask)

    assert untouched(secret)


@pytest.mark.usefixtures("root")
def test_a_lock_with_a_second_name_empties_nothing(secret: Path, tmp_path: Path) -> None:
    """Where the kernel lets people link files of others, a lock in a common folder would be root's file."""
    common = tmp_path / "common"
    common.mkdir()
    common.chmod(0o1777)
    os.link(secret, common / "apply.lock")

    with pytest.raises(lock.NotOurs, match="second name"):
        held(common / "apply.lock")

    assert secret.read_text() == SECRET
