"""How a call ends in a world that is not as it should be: a sentence, its exit code, JSON where asked for."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("tricenter")
STARTER = Path(__file__).resolve().parents[3] / "inventories" / "starter"


def run(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, words)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["validate"], "Missing argument 'ENV'"),
        (["bogus"], "No such command 'bogus'"),
        (["validate", "--nonsense"], "No such option: --nonsense"),
        (["prove"], "Missing argument"),
    ],
)
def test_a_wrong_call_is_a_document_where_json_was_asked_for(words: list[str], said: str) -> None:
    told = run("--json", *words)

    error = json.loads(told.stdout)["error"]
    assert told.returncode == 2
    assert error["code"] == "invalid"
    assert said in error["message"]
    assert error["hint"].startswith("Usage: tricenter")
    assert said in told.stderr


@pytest.mark.parametrize("wanted", ["fr", "english", "de_DE.UTF-8", "x"])
def test_a_language_that_nobody_speaks_here_is_refused(wanted: str) -> None:
    told = run("--lang", wanted, "validate", STARTER)

    assert told.returncode == 2
    assert "write en, zh_Hans (zh for short) or zh_Hant" in told.stderr


@pytest.mark.parametrize("wanted", ["zh", "zh_CN.UTF-8", "zh-Hans", "en", "en_US"])
def test_a_language_may_be_written_as_a_locale(wanted: str) -> None:
    assert run("--lang", wanted, "validate", STARTER).returncode == 0


def test_a_locale_of_another_language_is_answered_in_english() -> None:
    told = run("validate", STARTER, LC_ALL="fr_FR.UTF-8")

    assert told.returncode == 0
    assert "valid" in told.stdout


def test_a_terminal_of_ascii_gets_words_for_signs_of_a_table() -> None:
    told = run("--lang", "en", "prove", STARTER, "--lose", "center:bj-a", PYTHONIOENCODING="ascii")

    assert told.stdout.isascii()
    assert "\\u2713" not in told.stdout
    assert re.search(r"\byes\b", told.stdout.rpartition("takeover")[2])


def test_a_terminal_of_ascii_gets_every_sign_as_something() -> None:
    told = run("--lang", "zh", "validate", STARTER, PYTHONIOENCODING="ascii")

    assert told.returncode == 0, told.stderr
    assert told.stdout.isascii()
    assert "starter" in told.stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_a_sentence(options: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        told = subprocess.run(
            [PROGRAM, *options, "validate", STARTER],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=250,
        )

    assert told.returncode == 5
    assert told.stderr.splitlines()[-1].startswith("tricenter: standard output cannot be written: No space")


def test_a_reader_that_leaves_early_is_no_defect() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        told = subprocess.run(
            [PROGRAM, "validate", STARTER],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=250,
        )
    finally:
        os.close(writing)

    assert told.returncode == 5
    assert told.stderr == ""


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {}], ids=["asked for", "as usual"])
def test_who_wants_no_colour_gets_no_code_at_all(variables: dict[str, str], tmp_path: Path) -> None:
    inner, outer = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "--state", tmp_path / "state", "plan", STARTER],
        stdout=outer,
        stderr=outer,
        env={**os.environ, "TERM": "xterm", **variables},
    )
    os.close(outer)
    seen = b""
    try:
        while part := os.read(inner, 65536):
            seen += part
    except OSError:  # how Linux says that the other side is gone
        pass
    finally:
        os.close(inner)

    assert process.wait(timeout=250) == 0
    assert b"Placement" in seen
    assert (b"\x1b" in seen) is not bool(variables)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan"], "錯誤：缺少參數 'ENV'。"),
        (["plan", "x", "--effort", "-1"], "錯誤：'--effort' 的值無效：應不小於 0"),
        (["plan", "x", "--efort", "1"], "錯誤：沒有選項 --efort（可用的選項："),
        (["plan", "x", "y"], "錯誤：多餘的參數（y）"),
        (["plan", "x", "--out"], "錯誤：選項 '--out' 需要一個值。"),
        (["net", "bogus"], "錯誤：沒有命令 'bogus'。"),
    ],
)
def test_a_wrong_call_is_told_in_the_readers_language(words: list[str], said: str) -> None:
    told = run("--lang", "zh_TW", *words)

    assert told.returncode == 2
    assert said in told.stderr
    assert "Error" not in told.stderr


def test_help_in_a_language_that_nobody_speaks_is_refused() -> None:
    told = run("--lang", "fr", "plan", "--help", LC_ALL="C.UTF-8")

    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1
