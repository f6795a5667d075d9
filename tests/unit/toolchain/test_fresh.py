"""A fresh tree: what it takes over, what it removes, and what counts as missing in it."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from cmp.errors import Conflict, Refused
from toolchain.doctor import Check
from toolchain.fresh.inside import findings
from toolchain.fresh.settings import take_over
from toolchain.fresh.tree import INCLUDED, fresh_tree, key, remove

ROOT = Path(__file__).parents[3]


def test_variables_of_package_tools_go_along_and_others_stay(tmp_path: Path) -> None:
    given = {
        "PIP_INDEX_URL": "https://192.0.2.1/simple",
        "GOPROXY": "https://192.0.2.2",
        "https_proxy": "http://192.0.2.3",
    }

    taken = taken_over(tmp_path, given | {"GOPATH": "/nowhere", "EDITOR": "vi", "TOKEN": "x"})

    assert taken == given


def test_a_bundle_of_certificates_goes_along_with_its_variable(tmp_path: Path) -> None:
    bundle = tmp_path / "machine" / "etc" / "ca.pem"
    bundle.parent.mkdir(parents=True)
    bundle.write_text("certificates")

    taken = taken_over(tmp_path, {"SSL_CERT_FILE": "/etc/ca.pem", "PIP_CERT": "/nowhere.pem"})

    assert taken == {"SSL_CERT_FILE": "/etc/ca.pem"}
    assert (tmp_path / "tree" / "etc" / "ca.pem").read_text() == "certificates"


def test_a_folder_of_the_machine_alone_stays_behind(tmp_path: Path) -> None:
    (tmp_path / "machine" / "wheels").mkdir(parents=True)

    assert taken_over(tmp_path, {"PIP_FIND_LINKS": "/wheels"}) == {}


def test_personal_settings_land_in_the_home_folder_of_the_tree(tmp_path: Path) -> None:
    settings = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\ntimeout = 60\n")

    taken_over(tmp_path, {})

    assert (tmp_path / "tree/root/.config/pip/pip.conf").read_text() == "[global]\ntimeout = 60\n"


def test_sources_of_the_tree_give_way_to_those_of_the_machine(tmp_path: Path) -> None:
    for place, name in (("machine", "debian.sources"), ("tree", "sources.list")):
        (tmp_path / place / "etc" / "apt").mkdir(parents=True)
        (tmp_path / place / "etc" / "apt" / name).touch()

    taken_over(tmp_path, {})

    assert [path.name for path in (tmp_path / "tree/etc/apt").iterdir()] == ["debian.sources"]


def taken_over(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    return take_over(folder / "tree", folder / "home", variables, folder / "machine")


def test_a_tree_with_a_mount_below_it_is_not_removed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "proc").mkdir(parents=True)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"proc {tree}/proc proc rw 0 0\ntmpfs {tmp_path}/treehouse tmpfs rw 0 0\n")

    with pytest.raises(Refused, match=f"{tree}/proc are mounted"):
        remove(tree, mounts)

    assert (tree / "proc").is_dir()


def test_a_tree_goes_whole_and_may_be_gone(tmp_path: Path) -> None:
    (tmp_path / "tree" / "etc").mkdir(parents=True)

    remove(tmp_path / "tree")
    remove(tmp_path / "tree")

    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_removed_when_what_ran_in_it_fails(archived: Path) -> None:
    def fail() -> None:
        with fresh_tree(archived, print) as tree:
            assert (tree / "etc" / "hostname").read_text() == "fresh"
            (tree / "nothing").read_text()

    with pytest.raises(FileNotFoundError):
        fail()

    assert not (archived / "tree").exists()


def test_what_a_killed_run_left_is_not_in_the_next_tree(archived: Path) -> None:
    (archived / "tree").mkdir()
    (archived / "tree" / "left").touch()

    with fresh_tree(archived, print) as tree:
        assert [path.name for path in tree.iterdir()] == ["etc"]


def test_two_runs_do_not_share_a_tree(archived: Path) -> None:
    with fresh_tree(archived, print) as tree:
        with pytest.raises(Conflict, match="another run"), fresh_tree(archived, print):
            pass
        assert tree.exists()


@pytest.fixture
def archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache whose archive holds one file, for a machine that says so of itself."""
    (tmp_path / "bin").mkdir()
    said = tmp_path / "bin" / "apt-get"
    said.write_text("#!/bin/sh\necho http://192.0.2.1/debian\n")
    said.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    cache, source = tmp_path / "cache", tmp_path / "source" / "etc"
    cache.mkdir()
    source.mkdir(parents=True)
    (source / "hostname").write_text("fresh")

    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    archive = cache / f"debian-{key(suite, 'http://192.0.2.1/debian', platform.machine())}.tar"
    subprocess.run(["tar", "-cf", archive, "-C", source.parent, "etc"], check=True)
    return cache


def test_another_suite_mirror_or_machine_is_another_archive() -> None:
    first = key("bookworm", "http://192.0.2.1", "x86_64")

    others = {key("trixie", "http://192.0.2.1", "x86_64"), key("bookworm", "http://192.0.2.2", "x86_64")}
    assert first not in others | {key("bookworm", "http://192.0.2.1", "aarch64")}
    assert "git" not in INCLUDED


def test_a_missing_program_and_a_gate_that_could_not_run_are_named() -> None:
    lab = Check("host lab", ok=False, found="missing: frr", needed_for="moves", remedy="install frr")
    engine = Check("pulumi", ok=False, found="none", needed_for="apply", remedy="run make engine")

    found = findings(["iperf3"], [lab, engine])

    assert found[0] == "iperf3 is missing, though iperf3 was installed"
    assert "gate hosts could not run: host lab: missing: frr (install frr)" in found
    assert not any("pulumi" in sentence for sentence in found)


@pytest.mark.parametrize(("condition", "code"), [("True", 4), ("False", 0)])
def test_a_test_that_would_be_skipped_fails_the_collection(tmp_path: Path, condition: str, code: int) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(f"import pytest\n@pytest.mark.skipif({condition}, reason='no dig')\ndef test_it(): ...\n")

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--collect-only",
            "-p",
            "toolchain.fresh.nothing_skipped",
            str(test),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stdout + done.stderr
    assert ("test_it: no dig" in done.stderr) == bool(code)
