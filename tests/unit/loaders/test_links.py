"""What an environment names lies in it or in what it extends; nothing leads out or makes us wait."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.environment_files import a_copy, codes_of, problems_of, replace_in

from cmp.loaders.loading import load
from cmp.model.codes import Code

SECRET = "root:a hash of roots pass word"  # noqa: S105 - what must not be told
FILES = (
    "environment.yaml",
    "estate.yaml",
    "network.yaml",
    "workloads.yaml",
    "policy.yaml",
    "rescue-net.yaml",
)
INIT = "cloud-init/web.yaml"
PLACES = {"rescue-net.yaml": "network.yaml", INIT: "workloads.yaml"}
"""Files that another one names: that is where it is told, with its line."""


def outside(tmp_path: Path) -> Path:
    file = tmp_path / "shadow"
    file.write_text(SECRET)
    return file


def to_a_file(path: Path, tmp_path: Path) -> None:
    path.symlink_to(outside(tmp_path))


def to_a_file_by_a_way_up(path: Path, tmp_path: Path) -> None:
    path.symlink_to(os.path.relpath(outside(tmp_path), path.parent))


def over_another_link(path: Path, tmp_path: Path) -> None:
    (path.parent / "beside").symlink_to(outside(tmp_path))
    path.symlink_to("beside")


def to_a_place_that_is_not_there(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "nothing")


LEADING_OUT = [to_a_file, to_a_file_by_a_way_up, over_another_link, to_a_place_that_is_not_there]


@pytest.mark.parametrize("link", LEADING_OUT, ids=lambda link: link.__name__.replace("_", " "))
@pytest.mark.parametrize("name", [*FILES, INIT])
def test_a_link_that_leads_out_is_refused_with_its_place(
    name: str, link: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    folder = a_copy(tmp_path)
    (folder / name).unlink()
    link(folder / name, tmp_path)

    found = [problem for problem in problems_of(folder) if problem.code == Code.OUTSIDE]

    assert [Path(problem.file).name for problem in found] == [PLACES.get(name, name)]
    assert found[0].line > (1 if name in PLACES else 0)
    assert "extend the environment" in found[0].hint
    assert SECRET not in str(problems_of(folder))


def test_a_folder_of_documents_that_leads_out_is_not_even_listed(tmp_path: Path) -> None:
    folder, elsewhere = a_copy(tmp_path), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "letter-to-nobody.txt").write_text(SECRET)
    (folder / "workloads.yaml").rename(elsewhere / "all.yaml")
    (folder / "workloads").symlink_to(elsewhere)

    assert Code.OUTSIDE in codes_of(folder)
    assert "letter-to-nobody" not in str(problems_of(folder))


def test_a_folder_of_init_files_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "cloud-init").rename(tmp_path / "elsewhere")
    (folder / "cloud-init").symlink_to(tmp_path / "elsewhere")

    assert set(codes_of(folder)) == {Code.OUTSIDE}


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "cloud-init" / "web.yaml").rename(folder / "cloud-init" / "shared.yaml")
    (folder / "cloud-init" / "web.yaml").symlink_to("shared.yaml")

    assert problems_of(folder) == ()


def test_an_environment_that_is_named_by_a_link_is_read(tmp_path: Path) -> None:
    a_copy(tmp_path)
    (tmp_path / "link").symlink_to("tiny")

    assert load(tmp_path / "link").environment == load(tmp_path / "tiny").environment


def _extending(tmp_path: Path) -> Path:
    below, folder = a_copy(tmp_path), tmp_path / "above"
    folder.mkdir()
    header = (below / "environment.yaml").read_text(encoding="utf-8")
    (folder / "environment.yaml").write_text(header + "extends: ../tiny\n", encoding="utf-8")
    return folder


def test_a_link_into_what_is_extended_is_followed(tmp_path: Path) -> None:
    folder = _extending(tmp_path)
    (folder / "estate.yaml").symlink_to("../tiny/estate.yaml")

    assert problems_of(folder) == ()


def test_an_environment_is_not_extended_by_a_link(tmp_path: Path) -> None:
    folder = _extending(tmp_path)
    (tmp_path / "tiny").rename(tmp_path / "other")
    (tmp_path / "tiny").symlink_to("other")

    [problem] = [problem for problem in problems_of(folder) if problem.code == Code.BAD_EXTENDS]

    assert problem.line > 1
    assert "is a link" in problem.message


@pytest.mark.parametrize("path", ["/etc/shadow", "../shadow", "cloud-init/../../shadow", "./../shadow"])
def test_an_init_file_elsewhere_is_refused_where_it_is_named(path: str, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    outside(tmp_path)
    replace_in(folder / "workloads.yaml", "cloud-init/web.yaml", path)

    found = [problem for problem in problems_of(folder) if Path(problem.file).name == "workloads.yaml"]

    assert found
    assert all(problem.line > 1 and problem.hint for problem in found)
    assert SECRET not in str(found)


@pytest.mark.parametrize("name", [*FILES, INIT])
@pytest.mark.parametrize(
    "plant", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"]
)
def test_nothing_makes_us_wait(name: str, plant: Callable[[Path], None], tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / name).unlink()
    plant(folder / name)

    told = [each for each in problems_of(folder) if each.code in {Code.UNREADABLE, Code.OUTSIDE}]
    assert told
    assert all(each.line and each.hint for each in told)
