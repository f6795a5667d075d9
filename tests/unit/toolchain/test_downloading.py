from __future__ import annotations

import hashlib
import io
import re
import tarfile
from pathlib import Path
from platform import machine, system

import pytest

from cmp.errors import Refused, TryLater
from toolchain.downloading import OFFICIAL, OFFICIAL_PROVIDER, Official, download
from toolchain.versions import ARCHIVES, PULUMI

VERSION = "3.259.0"


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """A folder that looks like the makers' releases, with an archive of two scripts."""
    folder = tmp_path / "releases" / f"v{VERSION}"
    folder.mkdir(parents=True)
    publish(folder, {"pulumi/pulumi": b"#!/bin/sh\n", "pulumi/pulumi-language-python": b"#!/bin/sh\n"})
    return tmp_path / "releases"


def publish(folder: Path, files: dict[str, bytes]) -> None:
    for kind in ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"):
        archive = folder / f"pulumi-v{VERSION}-{kind}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))


def known(releases: Path) -> Official:
    """What somebody knows who looked at the true archives."""
    archives = (releases / f"v{VERSION}").glob("*.tar.gz")
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in archives}
    return Official(releases.as_uri(), pinned=digests)


def staged_under(tmp_path: Path) -> Path:
    staged = tmp_path / "staged"
    staged.mkdir()
    return staged


def test_the_published_programs_arrive_executable(tmp_path: Path, releases: Path, told: list[str]) -> None:
    staged = staged_under(tmp_path)

    download(VERSION, staged, told.append, known(releases))

    assert {path.name: path.stat().st_mode & 0o777 for path in staged.iterdir()} == {
        "pulumi": 0o755,
        "pulumi-language-python": 0o755,
    }
    assert told == ["asking for the official download of pulumi 3.259.0"]


def test_an_archive_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    """Whoever forges the archive forges the list beside it as well: that list is not asked."""
    official = known(releases)
    publish(releases / f"v{VERSION}", {"pulumi/forged": b"#!/bin/sh\n"})
    staged = staged_under(tmp_path)

    with pytest.raises(Refused, match="not used"):
        download(VERSION, staged, told.append, official)

    assert list(staged.iterdir()) == []


def test_what_nobody_pinned_is_not_even_asked_for(tmp_path: Path, releases: Path, told: list[str]) -> None:
    with pytest.raises(TryLater, match="which SHA-256") as refusal:
        download(VERSION, staged_under(tmp_path), told.append, Official(releases.as_uri(), pinned={}))

    assert "--sha256" in refusal.value.hint
    assert told == []


def test_a_digest_that_is_named_goes_before_the_pinned_one(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    digests = known(releases).pinned
    true = digests[OFFICIAL.archive(VERSION, system(), machine())]
    wrong = dict.fromkeys(digests, "0" * 64)
    staged = staged_under(tmp_path)

    download(VERSION, staged, told.append, Official(releases.as_uri(), true.upper(), wrong))
    with pytest.raises(Refused, match=f"has the SHA-256 {true}, not {'1' * 64}"):
        download(VERSION, staged, told.append, Official(releases.as_uri(), "1" * 64, digests))

    assert sorted(path.name for path in staged.iterdir()) == ["pulumi", "pulumi-language-python"]


def test_what_is_pinned_is_a_digest_of_an_archive_of_the_pinned_engine() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in ARCHIVES.values())
    assert all(name.startswith(f"pulumi-v{PULUMI}-") for name in ARCHIVES)


def test_a_member_with_a_path_of_its_own_lands_in_the_folder(
    tmp_path: Path, releases: Path, told: list[str]
) -> None:
    publish(releases / f"v{VERSION}", {"../../escaped": b"x", "/etc/absolute": b"x"})
    staged = staged_under(tmp_path)

    download(VERSION, staged, told.append, known(releases))

    assert sorted(path.name for path in staged.iterdir()) == ["absolute", "escaped"]


def test_a_network_that_refuses_is_one_sentence(tmp_path: Path, told: list[str]) -> None:
    official = Official((tmp_path / "nowhere").as_uri(), "0" * 64)

    with pytest.raises(TryLater, match="cannot be reached"):
        download(VERSION, staged_under(tmp_path), told.append, official)


def test_a_processor_without_an_official_engine_is_named() -> None:
    with pytest.raises(TryLater, match="no official pulumi for Linux on loongarch64"):
        OFFICIAL.archive(VERSION, "Linux", "loongarch64")


def test_an_archive_is_named_as_its_makers_name_it() -> None:
    assert OFFICIAL.archive(VERSION, "Linux", "aarch64") == "pulumi-v3.259.0-linux-arm64.tar.gz"


def test_the_provider_is_named_as_its_makers_name_it() -> None:
    assert (
        OFFICIAL_PROVIDER.archive("4.25.0", "Linux", "x86_64")
        == "pulumi-resource-kubernetes-v4.25.0-linux-amd64.tar.gz"
    )
