"""Ends a call: each failure in a sentence, as JSON where asked for, with the exit code of its kind."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from typer.exceptions import Abort, Exit, TyperException

from cli.helping import is_help, said
from cli.hints import Call
from cli.showing import visible, visible_json
from cmp.errors import CmpError, Interrupted, Invalid, Problem, TryLater
from cmp.sentences import Sentence
from cmp.wiring import kept_crash
from cmp.words.catalogue import say
from cmp.words.languages import ENGLISH
from cmp.words.sentences import spoken

DEFECT = 1
"""The exit code of what nobody foresaw."""


def be_writable(*streams: TextIO) -> None:
    """Let streams of any encoding take any text: what one cannot say stands there as its code point."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(text: str) -> None:
    """Write a text to standard output at once.

    Raises:
        TryLater: what stands behind it takes no more: a full disk, a lost mount.
        Exit: the reader has seen enough, which is nobody's fault.
    """
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        _swallow_the_rest()
        raise Exit(Interrupted.exit_code) from None
    except OSError as error:
        _swallow_the_rest()
        raise TryLater(
            Sentence("standard output cannot be written: {strerror}", strerror=error.strerror),
            hint="make room, or write elsewhere",
        ) from error


def _swallow_the_rest() -> None:
    """Let nothing that is still buffered fail again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def leave_by(command: Callable[[], object], arguments: Sequence[str], state: Path, call: Call) -> int:
    """Run a command and say how it ended.

    Args:
        command: runs it; what it returns is an exit code, or nothing.
        arguments: what was asked for; `--json` wants failures as a document too.
        state: where the details of a defect are kept.
        call: how commands are told in what is said.

    Returns:
        The exit code.
    """
    json = "--json" in arguments
    try:
        ended = command()
    except CmpError as error:
        answer(error, call, json=json)
        return error.exit_code
    except TyperException as error:
        _explain(error, call.language, json=json)
        return error.exit_code
    except (KeyboardInterrupt, Abort):
        print(visible(say("interrupted", call.language, {})), file=sys.stderr)
        return Interrupted.exit_code
    except Exception as error:  # noqa: BLE001 - the last door: people get a sentence, the details go to a file
        print(visible(unexpected(error, state, call.language)), file=sys.stderr)
        return DEFECT
    return ended if isinstance(ended, int) else 0


def answer(error: CmpError, call: Call, *, json: bool) -> None:
    """Say what was refused and what to do: every problem with its place, then one sentence."""
    problems = getattr(error, "problems", ())
    for problem in problems:
        print(visible(call.told(told_problem(problem, call.language))), file=sys.stderr)
    told = {"sentence": spoken(error.sentence, call.language), "hint": spoken(error.hint, call.language)}
    sentence = say("refused_with_hint" if error.hint else "refused_so", call.language, told)
    print(visible(call.told(sentence)), file=sys.stderr)
    if json:
        _document(
            {
                "error": {
                    "code": error.code,
                    "message": str(error),
                    "hint": call.told(error.hint),
                    **_made_of(error.sentence),
                },
                "problems": [
                    {
                        "file": p.file,
                        "line": p.line,
                        "column": p.column,
                        "code": p.code,
                        "message": p.message,
                        "hint": call.told(p.hint),
                        **_made_of(p.message),
                    }
                    for p in problems
                ],
            }
        )


def told_problem(problem: Problem, language: str) -> str:
    """A problem in the form editors jump to, in the reader's language."""
    message, hint = spoken(problem.message, language), spoken(problem.hint, language)
    return str(replace(problem, message=message, hint=hint))


def _made_of(text: str) -> dict[str, Any]:
    """The template and values of a sentence, to say it in another language; nothing of a bare text."""
    if not isinstance(text, Sentence):
        return {}
    return {"template": text.template, "values": {name: str(value) for name, value in text.values.items()}}


def _explain(error: TyperException, language: str, *, json: bool) -> None:
    """Say which word of the call is wrong, and how the command is used."""
    message, where = error.format_message(), getattr(error, "ctx", None)
    if where is not None and not is_help(message):
        help_of_it = said(f"Try '{where.command_path} --help' for help.", language)
        print(visible(f"{where.get_usage()}\n{help_of_it}\n"), file=sys.stderr)
    shown = message if is_help(message) else said(f"Error: {message}", language)
    print(visible(shown), file=sys.stderr)
    if json and not is_help(message):
        hint = where.get_usage() if where else ""
        _document({"error": {"code": Invalid.code, "message": message, "hint": hint}})


def _document(document: dict[str, Any]) -> None:
    import json  # noqa: PLC0415 - `--help` has to be quick

    with suppress(TryLater, Exit):
        tell(visible_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")


def unexpected(error: Exception, state: Path, language: str = ENGLISH) -> str:
    """The sentence for a defect of ours, with the details written to a file where that is possible."""
    path = kept_crash(state, "".join(traceback.format_exception(error)))
    key = "unexpected" if path else "unexpected_unkept"
    return say(key, language, {"kind": type(error).__name__, "error": error, "path": path or ""})
