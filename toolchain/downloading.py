"""Fetches engine and plugins as their makers publish them, by a SHA-256 known before: named or pinned."""

from __future__ import annotations

import hashlib
import platform
import tarfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cmp.errors import Refused, TryLater
from cmp.sentences import Sentence
from toolchain.shelf import Report
from toolchain.versions import ARCHIVES, PROVIDER_ARCHIVES

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
PATIENCE = 8.0
"""Seconds without an answer after which a download is given up: closed networks may drop packets silently."""

_CHUNK = 1 << 20
_CHUNKS_PER_LINE = 25

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Official:
    """Where the official download is asked for, and which archive of it is believed.

    `sha256` is what the archive must have, in hex, learned elsewhere; empty: what `pinned` has for its name.
    What lies beside an archive is not asked: whoever forges the one forges the other. `tool` begins the names
    of archives, `machines` are the processors there are archives for, by Python's names; `hint` says what to
    do where no digest is known.
    """

    releases: str = RELEASES
    sha256: str = ""
    pinned: Mapping[str, str] = field(default_factory=lambda: ARCHIVES)
    tool: str = "pulumi"
    machines: Mapping[str, str] = field(default_factory=lambda: _MACHINES)
    hint: str = "learn it by another way, and name it: tricenter engine install --sha256 HEX"

    def archive(self, version: str, system: str, machine: str) -> str:
        """The file the makers publish for an operating system and a processor.

        Raises:
            TryLater: they publish none.
        """
        if system not in {"Linux", "Darwin"} or machine.lower() not in self.machines:
            raise TryLater(
                Sentence(
                    "there is no official {tool} for {system} on {machine}",
                    tool=self.tool,
                    system=system,
                    machine=machine,
                )
            )
        return f"{self.tool}-v{version}-{system.lower()}-{self.machines[machine.lower()]}.tar.gz"


OFFICIAL = Official()

OFFICIAL_PROVIDER = Official(
    releases="https://github.com/pulumi/pulumi-kubernetes/releases/download",
    pinned=PROVIDER_ARCHIVES,
    tool="pulumi-resource-kubernetes",
    machines={name: "amd64" if place == "x64" else place for name, place in _MACHINES.items()},
    hint="learn it by another way, and pin it in toolchain/versions.py",
)
"""The provider for Kubernetes; its makers name processors in another way than those of the engine."""


def download(version: str, staged: Path, report: Report, official: Official = OFFICIAL) -> None:
    """Put the official binaries of a version into `staged`.

    Raises:
        Refused: what came has not the SHA-256 that was asked for, or that is pinned.
        TryLater: nobody said which SHA-256 it must have, or the network refuses.
    """
    name = official.archive(version, platform.system(), platform.machine())
    wanted = (official.sha256 or official.pinned.get(name, "")).lower()
    if not wanted:
        raise TryLater(
            Sentence("nothing here says which SHA-256 {name} must have", name=name),
            hint=official.hint,
        )
    report(f"asking for the official download of {official.tool} {version}")
    folder = f"{official.releases}/v{version}"
    archive = staged.with_suffix(".tar.gz")
    try:
        with archive.open("wb") as target:
            for number, chunk in enumerate(_fetch(f"{folder}/{name}"), start=1):
                target.write(chunk)
                if number % _CHUNKS_PER_LINE == 0:
                    report(f"{name}: {number} MiB")
        _compare(archive, name, wanted)
        _unpack(archive, staged)
    except (OSError, tarfile.TarError) as problem:
        raise TryLater(
            Sentence(
                "the official download of {tool} {version} could not be unpacked: {problem}",
                tool=official.tool,
                version=version,
                problem=problem,
            )
        ) from problem
    finally:
        archive.unlink(missing_ok=True)


def _fetch(address: str) -> Iterator[bytes]:
    """What lies at an address, a MiB at a time."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as response:  # noqa: S310  # the scheme is ours
            while chunk := response.read(_CHUNK):
                yield chunk
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        raise TryLater(
            Sentence(
                "{split} cannot be reached: {reason}",
                split=address.split("/")[2] or "the disk",
                reason=reason,
            )
        ) from problem


def _compare(archive: Path, name: str, wanted: str) -> None:
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != wanted:
        raise Refused(
            Sentence(
                "{name} has the SHA-256 {found}, not {wanted}: not used",
                name=name,
                found=found,
                wanted=wanted,
            )
        )


def _unpack(archive: Path, staged: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                target = staged / PurePosixPath(member.name).name
                target.write_bytes(content.read())
                target.chmod(0o755)
