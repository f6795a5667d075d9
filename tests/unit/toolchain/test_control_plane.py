"""Programs of a cluster are taken where they answer the pinned version, and from nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cmp.errors import Invalid
from toolchain import control_plane, kept
from toolchain.control_plane import FOLDER, PROGRAMS
from toolchain.shelf import Origin, Shelf
from toolchain.versions import ETCD, KUBERNETES, KUBERNETES_CONTROL, KWOK

MakeProgram = Callable[[Path, str], Path]
SAID = {"etcd": f"etcd Version: {ETCD}", "kwok": f"kwok version {KWOK} (go1.26)"}


def programs(folder: Path, make: MakeProgram, others: Mapping[str, str] | None = None) -> Path:
    """Scripts that answer as the five programs do; `others` answer otherwise."""
    for name in PROGRAMS:
        said = SAID.get(name, f"Kubernetes v{KUBERNETES}") if name not in (others or {}) else others[name]  # type: ignore[index] # looked up above
        make(folder / name, f'test "$1" = --version && echo "{said}"')
    return folder


def test_programs_on_path_are_taken_where_all_answer_the_pinned_version(
    tmp_path: Path, make_program: MakeProgram
) -> None:
    folder = programs(tmp_path / "bin", make_program)

    found = control_plane.find(tmp_path / "kept", {"PATH": f"{folder}:/usr/bin:/bin"})

    assert found is not None
    assert found.origin is Origin.PATH
    assert found.command("etcd", "--data-dir=x") == [str(folder / "etcd"), "--data-dir=x"]


@pytest.mark.parametrize(
    "others",
    [{"etcd": "etcd Version: 3.4.23"}, {"kube-scheduler": "Kubernetes v1.35.0"}, {"kwok": "what?"}],
    ids=["etcd of Debian", "an older scheduler", "no version"],
)
def test_one_of_another_version_on_path_and_none_of_them_is_taken(
    tmp_path: Path, make_program: MakeProgram, others: Mapping[str, str]
) -> None:
    folder = programs(tmp_path / "bin", make_program, others)

    assert control_plane.find(tmp_path / "kept", {"PATH": f"{folder}:/usr/bin:/bin"}) is None


def test_a_folder_that_is_named_is_taken_or_refused_by_program_and_version(
    tmp_path: Path, make_program: MakeProgram
) -> None:
    right = programs(tmp_path / "right", make_program)
    wrong = programs(tmp_path / "wrong", make_program, {"etcd": "etcd Version: 3.4.23"})
    empty = tmp_path / "empty"

    found = control_plane.find(tmp_path / "kept", {FOLDER: str(right), "PATH": ""})
    assert found is not None
    assert found.origin is Origin.GIVEN
    with pytest.raises(Invalid, match=r"etcd is 3\.4\.23, not"):
        control_plane.find(tmp_path / "kept", {FOLDER: str(wrong), "PATH": str(right)})
    with pytest.raises(Invalid, match="etcd is missing"):
        control_plane.find(tmp_path / "kept", {FOLDER: str(empty), "PATH": str(right)})


def test_what_was_built_of_other_sources_is_not_taken(tmp_path: Path, make_program: MakeProgram) -> None:
    shelf = Shelf(tmp_path / "kept" / "kubernetes")
    name = KUBERNETES_CONTROL.name
    for version in (f"{KUBERNETES}+000000000000", f"{KUBERNETES}+{kept.key(KUBERNETES_CONTROL)}"):
        staged = shelf.stage(name)
        make_program(staged / name, "echo")
        shelf.put(name, version, Origin.MODULES, staged)

        found = control_plane.find(tmp_path / "kept", {"PATH": ""})

        assert (found is not None) == version.endswith(kept.key(KUBERNETES_CONTROL))


def test_what_was_built_once_is_had_by_other_clones(
    tmp_path: Path, make_program: MakeProgram, told: list[str]
) -> None:
    """The answers of five programs come from one binary, told apart by its first word."""
    said = {**dict.fromkeys(PROGRAMS, f"Kubernetes v{KUBERNETES}"), **SAID}
    cases = "\n".join(f'{name}) echo "{line}";;' for name, line in said.items())
    built = make_program(tmp_path / "built" / KUBERNETES_CONTROL.name, f'case "$1" in\n{cases}\nesac')
    variables = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": ""}
    kept.keep(KUBERNETES_CONTROL, built.parent, told.append, variables)

    found = control_plane.ensure(tmp_path / "clone", told.append, variables)

    assert found.origin is Origin.MODULES
    assert found.folder.is_relative_to(tmp_path / "clone")
    assert told == [str(found)]


def test_another_builds_key_follows_from_every_file_and_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.key(KUBERNETES_CONTROL)
    copied = tmp_path / "sources"
    source = Path(kept.SOURCES / KUBERNETES_CONTROL.folder)
    (copied / KUBERNETES_CONTROL.folder).mkdir(parents=True)
    for file in source.iterdir():
        (copied / KUBERNETES_CONTROL.folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(kept, "SOURCES", copied)
    assert kept.key(KUBERNETES_CONTROL) == before

    with (copied / KUBERNETES_CONTROL.folder / "go.sum").open("a") as sums:
        sums.write("\n")

    assert kept.key(KUBERNETES_CONTROL) != before
