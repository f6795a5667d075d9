"""Fetches the engine as its makers publish it, checked against the checksums published beside it."""

from __future__ import annotations

import hashlib
import platform
import tarfile
import urllib.request
from pathlib import Path, PurePosixPath

from cmp.errors import TryLater
from toolchain.shelf import Report

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
PATIENCE = 8.0
"""Seconds without an answer after which a download is given up: closed networks may drop packets silently."""

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def archive_name(version: str, system: str, machine: str) -> str:
    """The file the makers publish for an operating system and a processor.

    Raises:
        TryLater: they publish none.
    """
    if system not in {"Linux", "Darwin"} or machine.lower() not in _MACHINES:
        raise TryLater(f"there is no official engine for {system} on {machine}")
    return f"pulumi-v{version}-{system.lower()}-{_MACHINES[machine.lower()]}.tar.gz"


def download(version: str, staged: Path, report: Report, releases: str = RELEASES) -> None:
    """Put the official binaries of a version into `staged`.

    Raises:
        TryLater: the network refuses, or what came is not what was published.
    """
    name = archive_name(version, platform.system(), platform.machine())
    report(f"asking for the official download of pulumi {version}")
    checksums = _fetch(f"{releases}/v{version}/pulumi-{version}-checksums.txt")
    archive = staged.with_suffix(".tar.gz")
    try:
        archive.write_bytes(_fetch(f"{releases}/v{version}/{name}"))
        _compare(archive, name, checksums.decode("ascii", "replace"))
        _unpack(archive, staged)
    except (OSError, tarfile.TarError) as problem:
        raise TryLater(
            f"the official download of pulumi {version} could not be unpacked: {problem}"
        ) from problem
    finally:
        archive.unlink(missing_ok=True)


def _fetch(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as response:  # noqa: S310  # the scheme is ours
            content: bytes = response.read()
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        raise TryLater(f"{address.split('/')[2] or 'the disk'} cannot be reached: {reason}") from problem
    return content


def _compare(archive: Path, name: str, checksums: str) -> None:
    published = {words[-1]: words[0] for line in checksums.splitlines() if (words := line.split())}
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if published.get(name) != found:
        raise TryLater(f"{name} does not have the checksum its makers published: not used")


def _unpack(archive: Path, staged: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                target = staged / PurePosixPath(member.name).name
                target.write_bytes(content.read())
                target.chmod(0o755)
