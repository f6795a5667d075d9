"""Carries the global options of one call, and how it speaks: language, colour, progress, JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar

import typer

from cli.folding import folded
from cli.hints import PLAIN, Call
from cli.leaving import tell
from cli.progress import Display
from cli.showing import visible, visible_cell, visible_json
from cli.tables import drawn, takes_marks
from cmp.errors import CmpError, Invalid, Refused
from cmp.means import Means
from cmp.sentences import Sentence
from cmp.services.answers import UseCaseAnswer
from cmp.words.catalogue import say
from cmp.words.languages import meant_by, of_surroundings
from cmp.words.sentences import spoken

if TYPE_CHECKING:
    from cmp.client.use_cases import Remote
    from cmp.model.environment import Environment

P = ParamSpec("P")
A = TypeVar("A")

PAGE = 160
"""Cells in a line of what is written to no terminal."""


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line.

    `json` wants one JSON document on standard output and all else on standard error; `quiet` leaves out
    progress; `language` is one of `cmp.words.languages.LANGUAGES`.
    """

    here: Means
    json: bool
    quiet: bool
    color: bool
    language: str
    display: Display
    call: Call = PLAIN
    server: str | None = None
    """The address of the service that is asked instead; None: use cases are asked here."""
    store: str | None = None
    """The URL of the database of a state that several share; None: files in the state folder."""

    @property
    def means(self) -> Means:
        """What a use case works with here.

        Raises:
            Refused: a service was to be asked, and this command asks none in this version.
        """
        if self.server is not None:
            raise Refused("this command is not asked of a service in this version", hint="leave out --server")
        return self.here

    @property
    def remote(self) -> Remote:
        """The service that is asked.

        Raises:
            Invalid: none was named.
        """
        from cmp.client.opening import remote_of  # noqa: PLC0415 - most calls ask none

        return remote_of(self.here, self.server)

    def ask(self, use_case: Callable[Concatenate[Means, P], A], *args: P.args, **kwargs: P.kwargs) -> A:
        """What a use case answers, carried out here or by the service that was named."""
        if self.server is None:
            return use_case(self.here, *args, **kwargs)
        return self.remote.ask(use_case, *args, **kwargs)

    def report(self, line: str) -> None:
        """Say how far long work has come."""
        self.display.line(self.call.told(line))

    def answer(self, answer: UseCaseAnswer | Mapping[str, Any]) -> None:
        """Print the one JSON document of what a use case answered, or figures, if JSON was asked for."""
        self.display.end()
        if self.json:
            document = answer if isinstance(answer, Mapping) else answer.document
            tell(visible_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")

    def line(self, text: str = "") -> None:
        """Print a line for people; nothing where JSON was asked for."""
        if not self.json:
            tell(f"{visible(self.call.told(text))}\n")

    def spoken(self, text: str) -> str:
        """A sentence that use cases tell, in the session's language."""
        return spoken(text, self.language)

    def word(self, key: str, **values: object) -> str:
        """A heading or sentence in the session's language."""
        return say(key, self.language, values)

    def term(self, kind: str, value: str) -> str:
        """A word of documents, such as a role, in the session's language."""
        return spoken(Sentence.called(f"{kind}.{value}", value), self.language)

    def check(self, ok: bool) -> str:
        """A sign for what is well or not; a word where standard output cannot say the sign."""
        if _draws_lines():
            return "✓" if ok else "✗"
        return self.word("yes" if ok else "no")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
        """Print a table for people; nothing where JSON was asked for."""
        if self.json:
            return
        heads = [self.word(column) for column in columns]
        cells = [[visible_cell(str(cell)) for cell in row] for row in rows]
        title = visible_cell(title)
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PAGE
        styled = self.color and takes_marks(sys.stdout)
        text = drawn(title, heads, cells, width, styled=styled) if _draws_lines() else None
        if text is None:
            text = folded(title, heads, cells, width, styled=styled, lines=_draws_lines())
        tell(text)


def _draws_lines() -> bool:
    """True where standard output can say the line below a table's heads."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


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
    """The language to speak: the one asked for, else that of the locale, else English.

    Raises:
        Invalid: a language was asked for that Tricenter does not speak.
    """
    asked = wanted or os.environ.get("TRICENTER_LANG")
    if not asked:
        return of_surroundings(os.environ)
    known = meant_by(asked)
    if known is None:
        hint = "write en, zh_Hans (zh for short) or zh_Hant"
        raise Invalid(
            Sentence("{asked} is no language that Tricenter speaks", asked=f"{asked!r:.40}"), hint=hint
        )
    return known


def tell_cordons(session: Session, environment: Environment) -> None:
    """Show what is drained, since when, by whom and why; nothing where nothing is."""
    for each in environment.cordons:
        why = f": {each.why}" if each.why else ""
        since = f"{each.since:%Y-%m-%d %H:%M}"
        session.line(session.word("drained", subject=each.subject, since=since, who=each.who, why=why))


def shown(name: str | Path) -> str:
    """A path as people write it, relative where it lies below the current folder; any other name as it is."""
    try:
        return str(Path(name).resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(name)
