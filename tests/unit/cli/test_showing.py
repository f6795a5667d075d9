"""What others wrote steers no terminal: not in tables, lines, refusals, progress or JSON."""

from __future__ import annotations

import io
import json

import pytest

from cli import leaving
from cli.hints import PLAIN
from cli.progress import Display
from cli.session import Session
from cli.showing import visible, visible_cell, visible_json
from cmp.errors import Invalid, Problem
from cmp.model.events import Operation, OperationPhase, ResourceProgress

STEERING = (
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\x90q\x9c",
    "a\rb",
    "a\x08b",
    "\x7f",
    "\x00",
    "\x0b",
    "\x0c",
    "\u202etxt.exe",
    "\u2066a\u2069",
    "\u200f",
    "\u061c",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ud800",
)


def steers(text: str) -> bool:
    return any(not sign.isprintable() and sign not in "\n\t " for sign in text)


@pytest.fixture
def session() -> Session:
    return Session(None, json=False, quiet=False, color=False, language="en", display=Display())  # type: ignore[arg-type]


@pytest.mark.parametrize("text", STEERING)
def test_what_a_terminal_obeys_is_spelt_out(text: str) -> None:
    assert steers(text)
    assert not steers(visible(text))
    assert "\\" in visible(text)


@pytest.mark.parametrize(
    "text", ["婚姻登记", "naïve café", "a\nb", "a\tb", "✓ 3 min 40 s", "─" * 3, "👍", "e\u0301"]
)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text


def test_a_tab_moves_nothing_in_a_table() -> None:
    assert visible_cell("a\tb") == "a\\x09b"


@pytest.mark.parametrize("text", STEERING)
def test_no_table_or_line_holds_it(text: str, session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.table(("name", "pointers"), [(text, 1), ("plain", f"{text}\n{text}")], title=text)
    session.line(f"before {text} after")

    shown = capsys.readouterr().out
    assert not steers(shown)
    assert "plain" in shown


@pytest.mark.parametrize("text", STEERING)
def test_a_refusal_spells_it_out_and_json_says_the_same(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(f"{text}.yaml", 1, 1, "bad-form", text, text)

    leaving.answer(Invalid(text, (problem,), hint=text), PLAIN, json=True)

    shown = capsys.readouterr()
    assert not steers(shown.err)
    assert not steers(shown.out)
    assert json.loads(shown.out)["error"]["message"] == text


@pytest.mark.parametrize("text", STEERING)
def test_progress_spells_it_out(text: str) -> None:
    stream = io.StringIO()
    display = Display(stream)

    display.line(text)
    display.resource(ResourceProgress(text, Operation.CREATE, "server", text, OperationPhase.DONE))

    assert not steers(stream.getvalue())


@pytest.mark.parametrize("text", STEERING)
def test_json_means_what_it_meant(text: str) -> None:
    document = json.dumps({text: [text]}, ensure_ascii=False, indent=2)

    assert json.loads(visible_json(document)) == {text: [text]}
    assert not steers(visible_json(document))
