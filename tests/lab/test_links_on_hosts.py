"""Whoever owns a folder of a host gets nothing of root's by planting links in it while root writes there."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from support.attacker import SERVER, a_folder_of_theirs, a_secret, meanwhile, tried, untouched
from support.needs import skip_without
from support.plugin_files import plugin

placing = plugin("module_utils/placing.py")

pytestmark = [pytest.mark.lab, pytest.mark.hosts]


@pytest.fixture
def root() -> None:
    skip_without()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return a_secret(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that belongs to the server, below one that lets it in."""
    return a_folder_of_theirs(tmp_path, "zones")


@pytest.mark.usefixtures("root")
def test_a_zone_that_turns_into_a_link_and_back_is_never_followed(folder: Path, secret: Path) -> None:
    zone, link, plain = folder / "zone", folder / "link", folder / "plain"

    def swap() -> None:
        link.unlink(missing_ok=True)
        link.symlink_to(secret)
        link.rename(zone)
        plain.write_text("a zone\n")
        plain.rename(zone)

    with meanwhile(swap):
        tried(lambda: placing.read(zone, guest=True), both=True)
        tried(lambda: placing.place(zone, f"{time.monotonic_ns()}\n", 0o644, guest=True), both=True)

    assert untouched(secret)


@pytest.mark.usefixtures("root")
def test_names_that_are_guessed_beside_a_zone_lead_nowhere(folder: Path, secret: Path) -> None:
    def swap() -> None:
        for name in (*(each.name for each in folder.iterdir()), "zone.tricenter-new"):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
            with contextlib.suppress(OSError):
                (folder / name).symlink_to(secret)

    with meanwhile(swap):
        tried(lambda: placing.place(folder / "zone", f"{time.monotonic_ns()}\n", 0o644, guest=True))

    assert untouched(secret)


@pytest.mark.usefixtures("root")
def test_a_folder_that_turns_into_a_link_is_never_entered(folder: Path, secret: Path) -> None:
    """Below the server's folder lies another one, which it swaps for a link to a folder of root."""
    inner, kept, link = folder / "inner", folder / "kept", folder / "link"
    target = secret.parent / "of-root"
    target.mkdir(mode=0o700)

    def swap() -> None:
        if kept.exists():  # a turn that failed half-way, since root had made the folder anew, is laid aside
            kept.rename(folder / f"left-{time.monotonic_ns()}")
        for each in (link, inner):
            if each.is_symlink():
                each.unlink()
        inner.mkdir(exist_ok=True)
        link.symlink_to(target)
        inner.rename(kept)
        link.rename(inner)
        inner.unlink()
        kept.rename(inner)

    with meanwhile(swap):
        tried(lambda: placing.place(inner / "zone", f"{time.monotonic_ns()}\n", 0o644, guest=True), both=True)

    assert not list(target.iterdir())


@pytest.mark.usefixtures("root")
def test_a_folder_of_somebody_else_is_refused_where_only_root_has_business(folder: Path) -> None:
    with pytest.raises(placing.InTheWay, match=f"belongs to user {SERVER}"):
        placing.place(folder / "deadman.py", "text", 0o644)

    assert not list(folder.iterdir())


@pytest.mark.usefixtures("root")
def test_a_zone_keeps_the_owner_that_it_has(folder: Path) -> None:
    zone = folder / "zone"
    zone.write_text("old\n")
    os.chown(zone, SERVER, SERVER)

    placing.place(zone, "new\n", 0o640, guest=True)

    assert (zone.stat().st_uid, zone.stat().st_gid) == (SERVER, SERVER)


@pytest.mark.usefixtures("root")
def test_a_file_that_a_third_one_put_into_the_folder_is_refused(folder: Path) -> None:
    zone = folder / "zone"
    zone.write_text("old\n")
    os.chown(zone, SERVER - 1, SERVER - 1)

    with pytest.raises(placing.InTheWay, match=f"belongs to user {SERVER - 1}"):
        placing.place(zone, "new\n", 0o644, guest=True)
