"""Keeps one minimal Debian as an archive, and unpacks it into a tree that is gone afterwards."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cmp.errors import Conflict, Refused, TryLater
from cmp.sentences import Sentence
from toolchain.fresh.entering import ALONE
from toolchain.programs import answer, follow
from toolchain.shelf import Report

INCLUDED = ("ca-certificates", "make", "python3", "python3-venv")
"""What README and Makefile ask of a machine; the rest has to come by itself."""

_KEY_LENGTH = 16


@contextmanager
def fresh_tree(cache: Path, report: Report) -> Iterator[Path]:
    """The root folder of a Debian with nothing but `INCLUDED`; it is removed when the block ends.

    What an earlier run left behind, killed halfway, is removed first. One run at a time uses a cache.

    Args:
        cache: a folder of the user's, which keeps the archive for the next run (350 MB).
        report: takes each line of progress.

    Raises:
        Conflict: another run uses this cache.
        TryLater: the Debian cannot be had; the sentence carries what debootstrap said.
    """
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    tree = cache / "tree"
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as holder:
            raise Conflict(
                Sentence("another run uses {cache}", cache=cache), hint="wait until it has ended"
            ) from holder
        remove(tree)
        try:
            archive = _archive(cache, report)
            tree.mkdir(mode=0o755)
            follow(["tar", "--numeric-owner", "-xpf", archive, "-C", tree], cache, os.environ, report)
            yield tree
        finally:
            remove(tree)


def remove(tree: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Remove a tree, unless something is mounted below it, which would be emptied with it.

    Raises:
        Refused: something is mounted there.
    """
    mounted = [line.split()[1] for line in mounts.read_text(encoding="utf-8").splitlines()]
    if inside := [place for place in mounted if Path(place).is_relative_to(tree)]:
        raise Refused(
            Sentence("{tree} cannot be removed: {names} are mounted", tree=tree, names=", ".join(inside)),
            hint="unmount them first",
        )
    if tree.exists():
        shutil.rmtree(tree)


def key(suite: str, mirror: str, architecture: str) -> str:
    """What an archive is kept under: everything that decides what is in it."""
    text = "\n".join((suite, mirror, architecture, *INCLUDED))
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]


def _archive(cache: Path, report: Report) -> Path:
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    mirror = mirror_of(suite)
    archive = cache / f"debian-{key(suite, mirror, platform.machine())}.tar"
    if not archive.exists():
        report(f"making a minimal Debian {suite}, once")
        _bootstrap(suite, mirror, cache, archive)
        for older in set(cache.glob("debian-*.tar")) - {archive}:
            older.unlink()
    return archive


def mirror_of(suite: str) -> str:
    """Where this machine's apt gets the main component of a suite.

    Raises:
        TryLater: apt knows no source for it.
    """
    wanted = ("Created-By: Packages", "Component: main", f"Codename: {suite}")
    said = answer(["apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted]) if suite else None
    if not said:
        raise TryLater("apt names no source of this Debian", hint="run it on Debian, after apt-get update")
    return said.splitlines()[0]


def proxies(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables for a downloader that does not read apt's settings: apt's proxy where it has one."""
    said = answer(["apt-config", "dump", "Acquire::http::Proxy", "--format", "%v"])
    return dict(environment) | ({"http_proxy": said} if said else {})


def _bootstrap(suite: str, mirror: str, cache: Path, archive: Path) -> None:
    """Let debootstrap make the tree, with mounts that end with it, and keep it once it is whole."""
    making = cache / "making"
    remove(making)
    chosen = ("--variant=minbase", f"--include={','.join(INCLUDED)}")
    try:
        follow([*ALONE, "debootstrap", *chosen, suite, making, mirror], cache, proxies(), _quiet)
        for fetched in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(making / fetched)
        new = archive.with_suffix(".new")
        follow(["tar", "--numeric-owner", "-cf", new, "-C", making, "."], cache, os.environ, _quiet)
        new.rename(archive)
    finally:
        remove(making)


def _quiet(_line: str) -> None:
    """Progress that nobody reads; what fails tells its last lines anyway."""
