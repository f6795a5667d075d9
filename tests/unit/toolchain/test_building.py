"""Go builds by what is committed: every version has a go.sum of its own, and nothing may bend that."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cmp.errors import Refused
from toolchain.building import build, settings
from toolchain.golang import SOURCES
from toolchain.versions import ENGINE, KUBERNETES_CONTROL, PROVIDER, PYTHON_HOST, ToolSet

EVERY = [(tool, version) for tool in (ENGINE, PYTHON_HOST) for version in tool.versions]


@pytest.mark.parametrize(("tool", "version"), EVERY, ids=lambda value: str(getattr(value, "name", value)))
def test_every_version_that_may_be_built_has_its_own_sums(tool: ToolSet, version: str) -> None:
    folder = SOURCES / tool.modules_of(version)
    module, sums = (folder / "go.mod").read_text(), (folder / "go.sum").read_text()

    assert f"tool {tool.package}\n" in module
    required = set(re.findall(r"^\t(\S+ v\S+)", module, re.MULTILINE))
    assert {f"{each} v{version}" for each in tool.modules} <= required
    replaced = set(re.findall(r"^replace (\S+)", module, re.MULTILINE))
    unsummed = {
        each for each in required if each.split()[0] not in replaced and f"{each}/go.mod h1:" not in sums
    }
    assert unsummed == set()


@pytest.mark.parametrize("tool", [KUBERNETES_CONTROL, PROVIDER], ids=lambda tool: tool.name)
def test_every_module_that_ours_is_built_with_is_summed(tool: ToolSet) -> None:
    """A module that a folder of the build replaces is none; whence its files are borrowed is summed apart."""
    folder = SOURCES / tool.folder
    module, sums = (folder / "go.mod").read_text(), (folder / "go.sum").read_text()
    pairs = re.findall(r"^(?:replace |\t)(\S+) => (\S+)(?: (v\S+))?$", module, re.MULTILINE)
    instead = {old: f"{new} {version}" for old, new, version in pairs}

    required = re.findall(r"^(?:require |\t)(\S+) (v\S+)(?: // indirect)?$", module, re.MULTILINE)
    taken = {instead.get(name, f"{name} {version}") for name, version in required}

    assert len(taken) > 100
    assert {each for each in taken if not each.startswith("./") and f"{each}/go.mod h1:" not in sums} == set()
    assert {"./sdk "} >= {each for each in taken if each.startswith("./")}
    for borrowed in tool.borrowed:
        named = SOURCES / (borrowed.summed or tool.folder)
        assert re.search(rf"{re.escape(borrowed.module)} v\S+ h1:", (named / "go.sum").read_text())


@pytest.mark.parametrize("tool", [KUBERNETES_CONTROL, PROVIDER], ids=lambda tool: tool.name)
def test_what_ours_is_built_from_is_committed(tool: ToolSet) -> None:
    assert [file for file, _ in tool.sources if not (SOURCES / tool.folder / file).is_file()] == []
    assert tool.patient


@pytest.mark.parametrize(
    "flags", ["-mod=mod", "-insecure", "-modfile=/tmp/other.mod", "-toolexec=/tmp/x", ""]
)
def test_flags_of_the_machine_do_not_bend_a_build(monkeypatch: pytest.MonkeyPatch, flags: str) -> None:
    monkeypatch.setenv("GOFLAGS", flags)

    assert settings()["GOFLAGS"] == "-mod=readonly"


def test_what_the_machine_says_of_mirrors_and_of_the_checksum_database_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {
        "GOPROXY": "https://go.example.net",
        "GOSUMDB": "sum.example.net+abc",
        "GONOSUMDB": "corp.example",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    assert {name: settings()[name] for name in said} == said


def test_a_module_that_is_not_the_summed_one_ends_the_build(
    tmp_path: Path, make_program: Callable[[Path, str], Path], told: list[str]
) -> None:
    """Also no older version is tried then: somebody serves forged modules."""
    go = make_program(
        tmp_path / "go",
        """
echo "verifying example.org/m@v1.0.0: checksum mismatch"
echo "SECURITY ERROR"
echo "For more information, see 'go help module-auth'."
exit 1
""",
    )

    with pytest.raises(
        Refused, match=r"pulumi 3\.259\.0: verifying example\.org/m@v1\.0\.0: checksum mismatch"
    ):
        build(ENGINE, go, tmp_path / "staged", told.append)

    assert not any("3.250.0" in line for line in told)


def test_every_word_for_go_leaves_the_committed_files_as_they_are(
    tmp_path: Path, make_program: Callable[[Path, str], Path], told: list[str]
) -> None:
    """Go is never told to get anything: `get` and `-mod=mod` write sums of whatever is served."""
    go = make_program(
        tmp_path / "go", f'echo "$GOFLAGS $*" >> {tmp_path}/asked\n[ "$1" = build ] || exit 0\nexit 0'
    )

    assert build(ENGINE, go, tmp_path / "staged", told.append) == ENGINE.versions[0]

    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[:2] for line in asked] == [["-mod=readonly", "list"], ["-mod=readonly", "build"]]
