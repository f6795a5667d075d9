"""Whoever waits for the compiler is told, in few lines or in one that lives; programs are not disturbed."""

from __future__ import annotations

from io import StringIO

import pytest

from cli.progress import Display
from cmp.model.events import Compiling, Unkept
from cmp.native.telling import heard_by, tell

OF = 100


class Terminal(StringIO):
    """A stream on which lines can be rewritten."""

    def isatty(self) -> bool:
        return True


def shown(stream: StringIO, *, quiet: bool = False) -> str:
    display = Display(stream, quiet)
    with heard_by(display.compiling):
        for done in range(OF + 1):
            tell(Compiling("search", done, OF))
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_it_takes_a_line_a_quarter() -> None:
    lines = shown(StringIO()).splitlines()

    assert lines == [
        f"compiling the search, once per machine and version: {done} of {OF}" for done in (0, 25, 50, 75, 100)
    ]


def test_on_a_terminal_one_line_is_rewritten() -> None:
    said = shown(Terminal())

    assert said.count("\n") == 2
    assert "42 of 100" in said


@pytest.mark.parametrize("stream", [StringIO(), Terminal()])
def test_quiet_is_quiet(stream: StringIO) -> None:
    assert shown(stream, quiet=True) == ""


def test_what_keeps_code_from_being_kept_is_a_line() -> None:
    display = Display(StringIO(), quiet=False)
    with heard_by(display.compiling):
        tell(Unkept("search", "the disk is full"))
    tell(Unkept("search", "nobody listens"))

    assert display.stream.getvalue() == "the search is compiled for this run only: the disk is full\n"  # type: ignore[attr-defined]
