from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmp.errors import TryLater
from toolchain.programs import answer, follow


def test_a_program_answers_on_standard_output() -> None:
    assert answer(["/bin/sh", "-c", "echo ' 1.2 '; echo noise >&2"]) == "1.2"


@pytest.mark.parametrize("argv", [["/bin/sh", "-c", "exit 3"], ["/nowhere/at-all"]])
def test_a_program_that_fails_or_is_missing_has_no_answer(argv: list[str]) -> None:
    assert answer(argv) is None


def test_a_program_that_hangs_has_no_answer() -> None:
    assert answer(["/bin/sh", "-c", "read forever < /dev/zero"], within=0.2) is None


def test_both_outputs_are_passed_on_line_by_line(tmp_path: Path) -> None:
    lines: list[str] = []

    follow(["/bin/sh", "-c", "echo out; echo err >&2; pwd"], tmp_path, os.environ, lines.append)

    assert lines == ["out", "err", str(tmp_path)]


def test_a_failing_program_is_quoted_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match=r"failed: no space left on device$"):
        follow(["/bin/sh", "-c", "echo no space left on device; exit 1"], tmp_path, os.environ, print)


def test_names_of_compiled_packages_do_not_hide_what_went_wrong(tmp_path: Path) -> None:
    body = "echo bucket.go:119: wrong type; for p in a/b c/d e/f g/h; do echo $p; done; exit 1"

    with pytest.raises(TryLater, match=r"failed: bucket.go:119: wrong type$"):
        follow(["/bin/sh", "-c", body], tmp_path, os.environ, [].append)


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="/nowhere/go cannot be started: No such file or directory"):
        follow(["/nowhere/go"], tmp_path, os.environ, print)
