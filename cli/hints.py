"""Tells commands as the reader has to type them: this program, with the state folder of this call.

Use cases name commands in their plain form; who called `.venv/bin/tricenter --state elsewhere` and typed that
would be answered about another state.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.commands import Commands
from cmp.words.languages import ENGLISH

CARRIED = ("--state", "--ipam", "--store", "--server", "--lang")
"""Global options that decide what a command is about, and how it speaks."""

COMMAND = re.compile(rf"(?<![\w./-])tricenter (?=({'|'.join(Commands.offers)})\b)")


@dataclass(frozen=True, slots=True)
class Call:
    """How Tricenter was called: the program as it is typed here, and the options that hints repeat."""

    program: str = "tricenter"
    options: tuple[str, ...] = ()
    language: str = ENGLISH
    """Speaks of what went wrong; one of `cmp.words.languages.LANGUAGES`."""

    def told(self, text: str) -> str:
        """The text with each command as it has to be typed."""
        typed = shlex.join((self.program, *self.options))
        return COMMAND.sub(lambda _found: f"{typed} ", text) if typed != "tricenter" else text


PLAIN = Call()
"""A call that hints repeat nothing of."""


def call_of(program: str, arguments: Sequence[str]) -> Call:
    """How this call was made.

    Args:
        program: what the operating system says was started.
        arguments: the arguments, global options first.
    """
    return Call(_typed(program), tuple(_options(arguments)))


def _typed(program: str) -> str:
    """The shortest way to start the same program from here."""
    path = Path(program)
    found = shutil.which(path.name)
    if path.name != "tricenter" or (found and Path(found).resolve() == path.resolve()):
        return "tricenter"
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _options(arguments: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        name, equals, _value = argument.partition("=")
        if name in CARRIED:
            kept += [argument] if equals else arguments[index : index + 2]
    return kept
