"""Files that cannot be read, or should not be, are told by name and reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.environment_files import a_copy, codes_of, problems_of

from cmp.errors import Invalid
from cmp.loaders import reading
from cmp.loaders.composing import MOST_NODES, compose
from cmp.loaders.loading import load
from cmp.model.codes import Code


def test_a_missing_folder_is_told_with_its_nearest_neighbour(tmp_path: Path) -> None:
    a_copy(tmp_path)

    [problem] = problems_of(tmp_path / "tinny")

    assert problem.code == Code.NO_FOLDER
    assert "`tiny`" in problem.hint


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    assert codes_of(a_copy(tmp_path) / "estate.yaml") == [Code.NO_FOLDER]


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000], ids=["a null byte", "a name longer than any"])
def test_a_name_that_no_folder_can_have_is_told(name: str) -> None:
    assert codes_of(Path(name)) == [Code.UNREADABLE]


@pytest.mark.parametrize("name", ["estate", "network", "workloads", "policy", "environment"])
def test_a_file_that_is_not_there_is_missed_never_taken_for_empty(name: str, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / f"{name}.yaml").rename(folder / f"{name}s.txt")

    problem = next(problem for problem in problems_of(folder) if problem.code == Code.MISSING_FILE)

    assert problem.file == str(folder / f"{name}.yaml")


def test_no_workloads_at_all_is_an_error(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "workloads.yaml").write_text("workloads: []\n", encoding="utf-8")

    assert Code.NOTHING_DECLARED in codes_of(folder)


@pytest.mark.parametrize("content", ["", "\n", "# only words\n", "---\n", "null\n", "\ufeff"])
def test_an_empty_file_is_told(content: str, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "workloads.yaml").write_text(content, encoding="utf-8")

    assert codes_of(folder) == [Code.EMPTY_FILE]


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "estate.yaml").unlink()
    (folder / "estate.yaml").symlink_to("estate.yaml")

    problem = next(problem for problem in problems_of(folder) if problem.code == Code.UNREADABLE)

    assert "links" in problem.message


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "estate.yaml").unlink()
    (folder / "estate.yaml").symlink_to("vanished.yaml")

    assert Code.UNREADABLE in codes_of(folder)


def test_a_pipe_does_not_make_the_loader_wait(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "estate.yaml").unlink()
    os.mkfifo(folder / "estate.yaml")

    problem = next(problem for problem in problems_of(folder) if problem.code == Code.UNREADABLE)

    assert "a pipe, no plain file" in problem.message


def test_a_folder_where_a_file_is_meant_is_told(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "rescue-net.yaml").unlink()
    (folder / "rescue-net.yaml").mkdir()

    assert Code.UNREADABLE in codes_of(folder)


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    with (folder / "policy.yaml").open("wb") as file:
        file.truncate(reading.LARGEST + 1)

    assert codes_of(folder) == [Code.TOO_LARGE]


def test_a_huge_init_file_is_refused(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "cloud-init" / "web.yaml").write_text("#" * 20_000, encoding="utf-8")

    assert codes_of(folder) == [Code.TOO_LARGE]


def test_aliases_that_unfold_without_end_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]

    node, [problem] = compose("\n".join(lines), "bomb.yaml")

    assert node is None
    assert problem.code == Code.TOO_LARGE
    assert str(MOST_NODES) in problem.message


def test_aliases_do_not_hide_depth() -> None:
    deep = "[" * 30 + "x" + "]" * 30
    text = f"a: &a {deep}\nb: &b {'[' * 30}*a{']' * 30}\n"

    _, [problem] = compose(text, "deep.yaml")

    assert problem.code == Code.TOO_DEEP


def test_the_first_wrong_byte_is_pointed_at(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "policy.yaml").write_bytes("rules: []\nwaivers: 婚".encode() + b"\xff")

    [problem] = [problem for problem in problems_of(folder) if problem.code == Code.NOT_UTF8]

    assert (problem.line, problem.column) == (2, 11)


def test_a_byte_order_mark_is_taken(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    text = (folder / "policy.yaml").read_bytes()
    (folder / "policy.yaml").write_bytes(b"\xef\xbb\xbf" + text)

    assert problems_of(folder) == ()


def test_the_problems_of_all_files_come_at_once_and_sorted(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    for name in ("estate", "network", "policy", "workloads"):
        with (folder / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write("surplus: 1\n")

    with pytest.raises(Invalid, match="4 problems") as refusal:
        load(folder)

    problems = refusal.value.problems
    assert [Path(problem.file).stem for problem in problems] == ["estate", "network", "policy", "workloads"]
    assert {problem.code for problem in problems} == {Code.UNKNOWN_FIELD}
    assert refusal.value.exit_code == 2
