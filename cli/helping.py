"""Has help and the parser's refusals speak the reader's language; English is what the parser says itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import typer

from cli.widths import cells, wrapped
from cmp.words.catalogue import translated
from cmp.words.languages import ENGLISH, LANGUAGES

EXTRAS: Final = re.compile(r"(?P<text>.*?)(?P<gap> *)\[(?P<extras>[^\[\]]+)\]", re.DOTALL)
"""Ends an option's line: its variable, its default, its range, whether it has to be there."""

Formatter: Any = typer.Context.formatter_class

USAGE: Final = "Usage: {usage}"

SAID: Final = (
    USAGE,
    "Try '{command}' for help.",
    "Error: {message}",
    "Missing command.",
    "No such command {name}. Did you mean {others}?",
    "No such command {name}.",
    "No such option: {name} (Possible options: {others})",
    "No such option: {name}",
    "Missing argument {name}.",
    "Missing option {name}.",
    "Missing argument {name}. {more}",
    "Missing option {name}. {more}",
    "Got unexpected extra argument(s) ({names})",
    "Option {name} requires an argument.",
    "Option {name} requires {number} arguments.",
    "Option {name} does not take a value.",
    "Invalid value for {name}: {message}",
    "Invalid value: {message}",
    "Value {value} is not a valid {kind}.",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be greater than or equal to {least}",
    "Input should be less than or equal to {most}",
    "Input should be {choices}",
    "[env var: {names}]",
    "[default: {value}]",
    "[required]",
)
"""What the parser says; its values are found again in what it said, for it keeps none."""


def in_language(command: Any, language: str) -> Any:
    """A command, and the commands in it, whose help speaks a language; the same as before in English."""
    if language == ENGLISH:
        return command
    command.context_class = type("Context", (typer.Context,), {"formatter_class": _page(language)})
    if command.help:
        paragraphs = [_translated(each, language) for each in command.help.split("\n\n")]
        command.help, command.short_help = "\n\n".join(paragraphs), paragraphs[0]
    for each in getattr(command, "commands", {}).values():
        in_language(each, language)
    return command


def spoken_in(context: typer.Context) -> str:
    """The language that a command's help speaks."""
    return str(getattr(context.formatter_class, "language", ENGLISH))


def said(text: str, language: str) -> str:
    """What the parser said, such as that an option is unknown, in the reader's language."""
    if language == ENGLISH:
        return text
    for template in SAID:
        if found := _pattern(template).fullmatch(text):
            values = {
                name: said(value, language) if name in {"message", "more"} else value
                for name, value in found.groupdict().items()
            }
            return translated(template, language).format(**values)
    return text


def is_help(text: str) -> bool:
    """True for a page of help, which is what comes where nothing was asked for."""
    return text.startswith(tuple(translated(USAGE, each).partition("{")[0] for each in LANGUAGES))


class Page(Formatter):  # type: ignore[misc]  # its module is private, so that its type has no name
    """A page of help: what it is given in English it says in its language, in lines of a terminal's cells."""

    language: ClassVar[str] = ENGLISH

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Say how the command is called."""
        del prefix
        line = translated(USAGE, self.language).format(usage=f"{prog} {args}")
        self.write(f"{line}\n")

    def write_heading(self, heading: str) -> None:
        """Open a section."""
        self.write(f"{'':>{self.current_indent}}{translated(heading, self.language)}：\n")

    def write_text(self, text: str) -> None:
        """Say what the command does, paragraph by paragraph."""
        indent = " " * self.current_indent
        paragraphs = (
            "\n".join(f"{indent}{line}" for line in wrapped(" ".join(each.split()), self.width - len(indent)))
            for each in text.split("\n\n")
        )
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """List options, arguments or commands with what they do."""
        first = min(max(cells(name) for name, _ in rows), col_max) + col_spacing
        margin = " " * (self.current_indent + first)
        for name, text in rows:
            lines = list(wrapped(self._option(text), max(self.width - first - 2, 10)))
            head = f"{'':>{self.current_indent}}{name}"
            fits = cells(name) <= first - col_spacing
            start = head + " " * (first - cells(name)) if fits else f"{head}\n{margin}"
            self.write(start.rstrip() + "\n" if not lines else start + f"\n{margin}".join(lines) + "\n")

    def _option(self, text: str) -> str:
        found = EXTRAS.fullmatch(text)
        if found is None:
            return _translated(text, self.language)
        extras = "；".join(said(f"[{each}]", self.language)[1:-1] for each in found["extras"].split("; "))
        return f"{_translated(found['text'], self.language)}{found['gap']}[{extras}]"


def _page(language: str) -> type[Page]:
    return type("Page", (Page,), {"language": language})


def _translated(text: str, language: str) -> str:
    return translated(" ".join(text.split()), language)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("".join(_parts(template)), re.DOTALL)


def _parts(template: str) -> Iterator[str]:
    for each in re.split(r"(\{\w+\})", template):
        yield f"(?P<{each[1:-1]}>.*?)" if each.startswith("{") else re.escape(each)
