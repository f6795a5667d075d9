"""What people and programs get of address management on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("tricenter")


@pytest.fixture
def tricenter(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--state", tmp_path / "state", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        )

    return run


@pytest.fixture
def site(tricenter):
    """A container in each family, of one zone in one center."""
    for prefix in ("198.51.0.0/16", "2001:db8::/48"):
        place = ("--zone", "public", "--center", "bj-a")
        added = tricenter("ipam", "add", "site", prefix, "--container", *place)
        assert added.returncode == 0, added.stderr
    return tricenter


def test_both_families_are_taken_at_once_and_shown(site) -> None:
    took = site(
        "--json", "ipam", "allocate", "office", "--zone", "public", "--center", "bj-a", "--owner", "it"
    )

    again = site("--json", "ipam", "allocate", "office", "--zone", "public", "--center", "bj-a")
    shown = site("--json", "ipam", "show", "--owner", "it")

    allocations = json.loads(took.stdout)["allocations"]
    assert [each["prefix"] for each in allocations] == ["198.51.0.0/24", "2001:db8::/64"]
    assert {(each["zone"], each["center"], each["owner"]) for each in allocations} == {
        ("public", "bj-a", "it")
    }
    assert json.loads(again.stdout)["allocations"] == allocations
    assert json.loads(shown.stdout)["allocations"] == allocations


def test_what_is_given_back_can_be_taken_again(site) -> None:
    first = site("ipam", "allocate", "one", "--within", "198.51.0.0/16", "--length", "24")
    back = site("ipam", "release", "one")
    second = site("ipam", "allocate", "two", "--within", "198.51.0.0/16", "--length", "24")

    assert [ended.returncode for ended in (first, back, second)] == [0, 0, 0]
    assert "198.51.0.0/24" in second.stdout


def test_documentation_prefixes_are_for_labs(site) -> None:
    assert site("ipam", "lint", "--lab").returncode == 0
    refused = site("--json", "ipam", "lint")

    assert refused.returncode == 2
    assert {each["code"] for each in json.loads(refused.stdout)["problems"]} == {"documentation-prefix"}


def test_what_was_exported_is_imported_elsewhere(site, tmp_path: Path) -> None:
    assert site("ipam", "export", str(tmp_path / "out")).returncode == 0
    (tmp_path / "state" / "ipam.sqlite").unlink()

    dry = site("--json", "ipam", "import", str(tmp_path / "out"), "--dry-run")
    real = site("--json", "ipam", "import", str(tmp_path / "out"))

    assert json.loads(dry.stdout)["new"] == json.loads(real.stdout)["new"] == 2


def test_problems_of_a_file_are_told_with_their_lines(site, tmp_path: Path) -> None:
    file = tmp_path / "prefixes.csv"
    file.write_text("prefix,status\n198.51.0.0/33,active\n2001:db8::/129,active\n")

    refused = site("ipam", "import", str(file))

    assert refused.returncode == 2
    assert f"{file}:2:1: import:" in refused.stderr
    assert f"{file}:3:1: import:" in refused.stderr


def test_reverse_zones_are_written(site, tmp_path: Path) -> None:
    site("ipam", "allocate", "lan", "--within", "198.51.0.0/16", "--length", "24")
    site("ipam", "allocate", "mail", "--within", "198.51.0.0/24", "--dns-name", "Mail.example.")

    written = site("ipam", "reverse", "--out", str(tmp_path / "zones"))

    assert written.returncode == 0
    text = (tmp_path / "zones" / "0.51.198.in-addr.arpa.zone").read_text()
    assert "2 IN PTR mail.example." in text


def test_people_read_it_in_chinese_too(site) -> None:
    assert "容器" in site("--lang", "zh", "ipam", "show").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("allocate", "x"),
        ("allocate", "x", "--within", "nonsense"),
        ("allocate", "x,y", "--within", "198.51.0.0/16", "--length", "24"),
        ("add", "x", "198.51.0.0/24", "--gateway", "nonsense"),
        ("release", "nobody"),
        ("export", "out", "--format", "xml"),
    ],
)
def test_what_makes_no_sense_is_invalid(site, words: tuple[str, ...]) -> None:
    ended = site("ipam", *words)

    assert ended.returncode == 2
    assert ended.stderr.startswith("tricenter: ")


def test_names_gateways_and_quarantine_are_shown(tricenter) -> None:
    lan = ("ipam", "add", "lan", "198.51.0.0/24", "--gateway", "198.51.0.254")
    mail = ("ipam", "allocate", "mail", "--within", "198.51.0.0/24", "--dns-name", "mail.example")
    gone = ("ipam", "allocate", "gone", "--within", "198.51.0.0/24")
    for words in (lan, mail, gone, ("ipam", "release", "gone", "--quarantine", "2")):
        assert tricenter(*words).returncode == 0

    told = tricenter("--lang", "zh", "ipam", "show").stdout

    assert "域名" in told
    assert "mail.example" in told
    assert "198.51.0.254" in told
    assert told.index("隔离中") < told.index("198.51.0.2 ")
