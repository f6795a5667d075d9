"""The wheel is all that is needed: it runs outside of the repository, without git, engine or root."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.command_line import ROOT
from support.installing import Installed, cache

from cmp.installation import IN_WHEEL, NO_PACKAGES
from cmp.words.languages import LANGUAGES

PACKAGES = ("cli", "cmp", "lab", "policies", "stacks", "toolchain")
LATER, REFUSED = 5, 3
FOR_WORK = ("bench", "fresh/", "gates/", "supply/", "words/")
CLOSED = {"GOPROXY": "off", "PIP_NO_INDEX": "1", "https_proxy": "http://127.0.0.1:9"}
"""Nothing can be fetched."""

PLAY = """
import json, os, sys
from cmp.plays.runner import PLAYBOOKS, Host, play
local = {"ansible_connection": "local", "ansible_become": False, "ansible_remote_tmp": os.getcwd()}
here = Host("here", {**local, "ansible_python_interpreter": sys.executable})
outcome = play("extranet/10-assess.yml", [here], {})
print(json.dumps([str(PLAYBOOKS), dict(outcome.trouble(["here"])), sorted(outcome.results.get("here", []))]))
"""
"""Looks at this machine as a play looks at a host."""


def tracked() -> set[str]:
    """What of the repository belongs into the wheel, by its place there."""
    ours = ("git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES, *NO_PACKAGES)
    listing = subprocess.run(ours, cwd=ROOT, check=True, capture_output=True, text=True)
    there = {name for name in listing.stdout.splitlines() if (ROOT / name).exists()}
    for_work = {name for name in there if name.startswith(tuple(f"toolchain/{kind}" for kind in FOR_WORK))}
    for_work |= {name for name in there if name.endswith(".po")}
    there |= {f"cmp/words/catalogues/{language}.mo" for language in LANGUAGES}
    return {
        f"{IN_WHEEL}/{name}" if name.partition("/")[0] in NO_PACKAGES else name for name in there - for_work
    }


def test_the_wheel_holds_every_file_that_ships_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name or name.startswith("lab/")}

    assert names == tracked()


def test_an_environment_is_begun_validated_planned_and_proved(installed: Installed, tmp_path: Path) -> None:
    """Compiled loops come from the cache of whoever runs the tests, who has no other home than ours."""
    begun = installed.run("--json", "init", "mine", cwd=tmp_path)
    valid = installed.run("validate", "mine", cwd=tmp_path)
    planned = installed.run("plan", "mine", "--effort", "0", cwd=tmp_path, variables=cache())
    proved = installed.run("--json", "prove", "mine", cwd=tmp_path, variables=cache())

    assert begun.document["files"] == sorted(
        path.relative_to(tmp_path / "mine").as_posix()
        for path in (tmp_path / "mine").rglob("*")
        if path.is_file()
    )
    assert "mine: valid: 3 workloads" in valid.out, valid.err
    assert planned.code == 0, planned.said
    assert (tmp_path / ".tricenter" / "plans" / "mine.json").is_file()
    assert proved.code == 0, proved.said


def test_what_runs_is_the_wheel(installed: Installed, tmp_path: Path) -> None:
    ask = "from cmp.installation import HERE; print(HERE.packages, HERE.checkout, HERE.scripts)"

    said = installed.start((installed.python, "-P", "-c", ask), cwd=tmp_path).out.split()

    assert Path(said[0]).is_relative_to(installed.folder)
    assert said[1:] == ["None", str(installed.folder / "bin")]


def test_a_move_of_a_network_is_planned_without_root(shared: Installed, own: Path) -> None:
    assert shared.run("init", "lab", "--from-example", "lab", cwd=own).code == 0

    planned = shared.run("net", "plan", "lab", "office-old-net", cwd=own)

    assert planned.code == 0, planned.said
    assert "192.168.42.0/23" in planned.out


def test_plays_run_from_where_nobody_can_write(shared: Installed, own: Path) -> None:
    on_hosts = {"PATH": "/usr/bin:/bin"}

    answered = shared.start((shared.python, "-c", PLAY), cwd=own, variables=on_hosts)

    folder, trouble, results = json.loads(answered.out.splitlines()[-1])
    assert Path(folder) == next(shared.folder.glob("lib/*/site-packages")) / IN_WHEEL / "playbooks"
    assert trouble == {}
    assert "assessment" in results


@pytest.mark.parametrize("given", [("--version",), ("--lang", "zh", "--version"), ("--json", "--version")])
def test_it_says_which_tricenter_it_is(shared: Installed, given: tuple[str, ...], own: Path) -> None:
    said = shared.run(*given, cwd=own).out.strip()

    assert said in {"tricenter 0.1.0", '{"version": "0.1.0"}'}


def test_the_doctor_misses_neither_git_nor_make(shared: Installed, own: Path) -> None:
    found = shared.run("--json", "doctor", cwd=own)

    checks = {check["name"]: check for check in found.document["checks"]}
    assert found.code == LATER
    assert not checks["pulumi"]["ok"]
    assert checks["pulumi"]["remedy"].startswith("run tricenter engine install")
    assert checks["engine plugins"]["ok"]
    assert "git" not in checks
    assert [check for check in checks.values() if "make " in check["remedy"]] == []


def test_an_engine_that_cannot_be_had_is_one_sentence_and_leaves_nothing_but_its_own_folder(
    shared: Installed, own: Path
) -> None:
    refused = shared.run("engine", "install", cwd=own, variables=CLOSED)

    assert refused.code == LATER
    assert "pulumi could not be had" in refused.refusal
    assert {path.name for path in own.iterdir()} == {".local"}


def test_an_engine_on_path_is_taken_and_nothing_is_brought(shared: Installed, own: Path) -> None:
    for name, said in (("pulumi", "v3.259.0"), ("pulumi-language-python", "")):
        (own / name).write_text(f"#!/bin/sh\necho {said}\n")
        (own / name).chmod(0o755)

    found = shared.run("--json", "engine", "install", cwd=own, variables=CLOSED | {"PATH": str(own)})

    assert found.code == 0, found.err
    assert found.document | {"version": "3.259.0", "brought": False, "engine": str(own / "pulumi")} == (
        found.document
    )
    assert not (own / ".local").exists()


def test_a_data_folder_that_cannot_be_written_is_said(shared: Installed, own: Path) -> None:
    (own / "file").touch()

    refused = shared.run("engine", "install", cwd=own, variables={"XDG_DATA_HOME": str(own / "file")})

    assert refused.code == LATER
    assert f"{own}/file/tricenter cannot be written" in refused.refusal


def test_a_lab_whose_services_cannot_be_had_says_what_is_missing(shared: Installed, own: Path) -> None:
    refused = shared.run("lab", "up", "openstack", cwd=own, variables=CLOSED)

    assert refused.code == LATER, refused.said
    assert "uv is missing and could not be installed" in refused.refusal


def test_a_shell_is_told_how_to_complete(shared: Installed, own: Path) -> None:
    shell = ("/bin/bash", "-c", '"$0" --show-completion; true', shared.folder / "bin" / "tricenter")

    script = shared.start(shell, cwd=own)

    assert "_TRICENTER_COMPLETE=complete_bash" in script.out, script.err


@pytest.mark.parametrize(
    ("typed", "offered"), [("tricenter eng", "engine"), ("tricenter engine ", "install")]
)
def test_a_shell_completes_commands(shared: Installed, own: Path, typed: str, offered: str) -> None:
    asked = {
        "_TRICENTER_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }

    assert shared.run(cwd=own, variables=asked).out.split() == [offered]


def test_a_folder_that_holds_something_is_left_alone(shared: Installed, own: Path) -> None:
    (own / "mine").mkdir(mode=0o777)
    (own / "mine" / "notes").touch()

    refused = shared.run("init", "mine", cwd=own)

    assert refused.code == REFUSED
    assert "is not empty: nothing was written" in refused.refusal
    assert [path.name for path in (own / "mine").iterdir()] == ["notes"]
