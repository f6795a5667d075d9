from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from platform import machine, system

import pytest

from cmp.errors import Refused, TryLater
from toolchain.downloading import Official, archive_name, download

VERSION = "3.259.0"


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """A folder that looks like the makers' releases, with an archive of two scripts."""
    folder = tmp_path / "releases" / f"v{VERSION}"
    folder.mkdir(parents=True)
    publish(folder, {"pulumi/pulumi": b"#!/bin/sh\n", "pulumi/pulumi-language-python": b"#!/bin/sh\n"})
    return tmp_path / "releases"


def publish(folder: Path, files: dict[str, bytes]) -> None:
    listing = []
    for kind in ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"):
        archive = folder / f"pulumi-v{VERSION}-{kind}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        listing.append(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}")
    (folder / f"pulumi-{VERSION}-checksums.txt").write_text("\n".join(listing), encoding="utf-8")


def staged_under(tmp_path: Path) -> Path:
    staged = tmp_path / "staged"
    staged.mkdir()
    return staged


def test_the_published_programs_arrive_executable(tmp_path: Path, releases: Path, told: list[str]) -> None:
    staged = staged_under(tmp_path)

    download(VERSION, staged, told.append, Official(releases.as_uri()))

    assert {path.name: path.stat().st_mode & 0o777 for path in staged.iterdir()} == {
        "pulumi": 0o755,
        "pulumi-language-python": 0o755,
    }
    assert told == ["asking for the official download of pulumi 3.259.0"]


def test_an_archive_that_is_not_the_published_one_is_not_used(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    for archive in (releases / f"v{VERSION}").glob("*.tar.gz"):
        archive.write_bytes(archive.read_bytes() + b"!")
    staged = staged_under(tmp_path)

    with pytest.raises(TryLater, match="does not have the checksum its makers published"):
        download(VERSION, staged, told.append, Official(releases.as_uri()))

    assert list(staged.iterdir()) == []


def test_a_checksum_from_elsewhere_is_believed_and_the_published_one_is_not(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    """Whoever forges the archive forges the list beside it as well."""
    folder = releases / f"v{VERSION}"
    true = hashlib.sha256((folder / archive_name(VERSION, system(), machine())).read_bytes()).hexdigest()
    staged = staged_under(tmp_path)
    download(VERSION, staged, told.append, Official(releases.as_uri(), true.upper()))
    publish(folder, {"pulumi/forged": b"#!/bin/sh\n"})

    with pytest.raises(Refused, match="not the one that was asked for"):
        download(VERSION, staged, told.append, Official(releases.as_uri(), true))

    assert sorted(path.name for path in staged.iterdir()) == ["pulumi", "pulumi-language-python"]


def test_a_member_with_a_path_of_its_own_lands_in_the_folder(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    publish(releases / f"v{VERSION}", {"../../escaped": b"x", "/etc/absolute": b"x"})
    staged = staged_under(tmp_path)

    download(VERSION, staged, told.append, Official(releases.as_uri()))

    assert sorted(path.name for path in staged.iterdir()) == ["absolute", "escaped"]


def test_a_network_that_refuses_is_one_sentence(tmp_path: Path, told: list[str]) -> None:
    with pytest.raises(TryLater, match="cannot be reached"):
        download(VERSION, staged_under(tmp_path), told.append, Official((tmp_path / "nowhere").as_uri()))


def test_a_processor_without_an_official_engine_is_named() -> None:
    with pytest.raises(TryLater, match="no official engine for Linux on loongarch64"):
        archive_name(VERSION, "Linux", "loongarch64")


def test_an_archive_is_named_as_its_makers_name_it() -> None:
    assert archive_name(VERSION, "Linux", "aarch64") == "pulumi-v3.259.0-linux-arm64.tar.gz"
