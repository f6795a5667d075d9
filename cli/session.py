"""Carries the global options of one call, and how it speaks: language, colour, progress, JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import typer

from cli.progress import Display
from cli.words import say
from cmp.errors import CmpError
from cmp.settings import Layout


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line.

    `json` wants one JSON document on standard output and all else on standard error; `quiet` leaves out
    progress; `language` is `en` or `zh`.
    """

    layout: Layout
    json: bool
    quiet: bool
    color: bool
    language: str
    display: Display

    def report(self, line: str) -> None:
        """Say how far long work has come."""
        self.display.line(line)

    def answer(self, document: Mapping[str, Any]) -> None:
        """Print the one JSON document, if JSON was asked for."""
        self.display.end()
        if self.json:
            print(json.dumps(document, ensure_ascii=False, indent=2))

    def line(self, text: str = "") -> None:
        """Print a line for people; nothing where JSON was asked for."""
        if not self.json:
            print(text, flush=True)

    def word(self, key: str, **values: object) -> str:
        """A heading or sentence in the session's language."""
        return say(key, self.language, values)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
        """Print a table for people; nothing where JSON was asked for."""
        if self.json:
            return
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - `--help` has to be quick
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415

        table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            table.add_column(self.word(column), overflow="fold")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        width = None if sys.stdout.isatty() else 160
        Console(width=width, no_color=not self.color, highlight=False, markup=False, emoji=False).print(table)


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    found = context.find_object(Session)
    if found is None:  # the callback of the application always makes one
        raise RuntimeError("no session")
    return found


def leave(kind: type[CmpError]) -> NoReturn:
    """End the command with the exit code of a kind of refusal, whose reasons were shown already."""
    raise typer.Exit(kind.exit_code)


def language(wanted: str | None) -> str:
    """The language to speak: the one asked for, else that of the locale, else English."""
    chosen = (
        wanted
        or os.environ.get("TRICENTER_LANG")
        or os.environ.get("LC_ALL")
        or os.environ.get("LANG")
        or "en"
    )
    return "zh" if chosen.lower().startswith("zh") else "en"


def now() -> datetime:
    """The moment, told where the command line meets the world."""
    return datetime.now(UTC)  # noqa: TID251 - the edge where the clock comes in


def shown(path: Path) -> str:
    """A path as people write it: relative where it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
