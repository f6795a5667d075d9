"""Where native code cannot be kept, or is not ours, it is compiled for the run, and a sentence says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.command_line import Site, an_environment_of
from support.needs import needs, needs_mounts
from support.toys import RESULT, Toys

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

NOBODY = 65534


def mounted(mount: str) -> tuple[str, ...]:
    """What runs a process with something mounted that nobody else sees."""
    return ("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")


@pytest.fixture
def toys(tmp_path: Path) -> Toys:
    (tmp_path / "cache").mkdir()
    return Toys(tmp_path / "clone", tmp_path / "cache").written()


def told(toys: Toys) -> str:
    """Why nothing is kept; what is computed is right all the same."""
    said = toys.run()

    assert (said.code, said.result, said.err) == (0, RESULT, "")
    assert said.compiled
    (line,) = (line for line in said.lines if line.startswith("the toy is compiled for this run only: "))
    return line


@needs_mounts()
@pytest.mark.parametrize("size", ["4k", "12k"])
def test_a_full_cache_folder_is_told(toys: Toys, size: str) -> None:
    """A disk of a page has no room for the folder, one of three pages none for the code."""
    full = Toys(toys.folder, toys.cache, mounted(f"mount -t tmpfs -o size={size} tmpfs {toys.cache}"))

    assert "the disk is full" in told(full)


@needs_mounts()
def test_a_cache_folder_that_cannot_be_written_is_told(toys: Toys) -> None:
    bound = f"mount --bind {toys.cache} {toys.cache} && mount -o remount,ro,bind {toys.cache}"

    assert "read-only" in told(Toys(toys.folder, toys.cache, mounted(bound)))


@needs_mounts()
def test_what_was_compiled_before_is_used_from_a_folder_that_cannot_be_written(toys: Toys) -> None:
    toys.run()
    bound = f"mount --bind {toys.cache} {toys.cache} && mount -o remount,ro,bind {toys.cache}"

    assert Toys(toys.folder, toys.cache, mounted(bound)).run().lines == (RESULT,)


@needs_mounts()
def test_an_installation_that_cannot_be_written_compiles_into_the_users_folder(toys: Toys) -> None:
    bound = f"mount --bind {toys.folder} {toys.folder} && mount -o remount,ro,bind {toys.folder}"
    shipped = Toys(toys.folder, toys.cache, mounted(bound))

    assert shipped.run().compiled
    assert shipped.run().lines == (RESULT,)


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that every user may read, as pytest's are not."""
    with TemporaryDirectory(prefix="tricenter-readable-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@needs("setpriv")
def test_code_in_another_users_folder_is_not_run(readable: Path) -> None:
    """Nobody finds what root has compiled, in a folder that all may read."""
    roots = Toys(readable / "clone", readable / "cache").written()
    roots.run()
    for folder in (roots.cache, roots.cache / "tricenter", roots.cache / "tricenter" / "native"):
        folder.chmod(0o755)
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

    assert "belongs to another user" in told(Toys(roots.folder, roots.cache, nobody))


@needs()
def test_root_leaves_nothing_in_another_users_folder(toys: Toys) -> None:
    os.chown(toys.cache, NOBODY, NOBODY)

    assert "belongs to another user" in told(toys)
    assert list(toys.cache.iterdir()) == []


def test_code_in_a_folder_that_everybody_may_write_to_is_not_run(toys: Toys) -> None:
    toys.run()
    (toys.cache / "tricenter" / "native").chmod(0o777)

    assert "chmod go-w" in told(toys)


@needs_mounts()
def test_a_plan_is_the_same_where_nothing_can_be_kept(tmp_path: Path) -> None:
    environment = an_environment_of(tmp_path / "small", ["policy-library"])
    words = ("plan", environment, "--at", "2026-01-01T00:00:00+00:00", "--seed", "1", "--effort", "10")
    usual = Site(tmp_path / "usual")
    assert usual.run(*words).code == 0
    cache = tmp_path / "cache"
    cache.mkdir()
    mount = mounted(f"mount -t tmpfs -o size=64k tmpfs {cache}")
    full = Site(tmp_path / "full", {"XDG_CACHE_HOME": str(cache)}, (*mount, *usual.program))

    answer = full.run(*words)

    assert answer.code == 0, answer.err
    assert "the search is compiled for this run only" in answer.err
    plans = [site.state / "plans" / "small.json" for site in (usual, full)]
    assert plans[0].read_bytes() == plans[1].read_bytes()
