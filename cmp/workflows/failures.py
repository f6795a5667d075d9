"""Turns errors into what is kept and sent of them, and back into the same error for whoever asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from cmp.errors import CmpError, Invalid, Problem
from cmp.model.operations import Failure


def failure_of(error: CmpError) -> Failure:
    """An error as it is kept and sent."""
    problems = tuple(asdict(each) for each in getattr(error, "problems", ()))
    return Failure(
        code=error.code,
        message=str(error),
        hint=error.hint,
        exit_code=error.exit_code,
        status=error.status,
        problems=problems,
    )


def failure_in(sent: Any) -> Failure:
    """The failure that a JSON document holds.

    Raises:
        ValueError: it holds none.
    """
    return Failure.model_validate_json(json.dumps(sent))


def error_of(failure: Failure) -> CmpError:
    """The error of that code; one that this version does not know keeps its sentence and exit code."""
    kind = _KINDS.get(failure.code)
    if kind is None:
        return _foreign(failure)
    if issubclass(kind, Invalid):
        return kind(failure.message, [_problem(each) for each in failure.problems], hint=failure.hint)
    return kind(failure.message, hint=failure.hint)


def _problem(sent: Mapping[str, Any]) -> Problem:
    return Problem(
        str(sent["file"]),
        int(sent["line"]),
        int(sent["column"]),
        str(sent["code"]),
        str(sent["message"]),
        str(sent.get("hint", "")),
    )


def _foreign(failure: Failure) -> CmpError:
    base = next((kind for kind in _KINDS.values() if kind.exit_code == failure.exit_code), CmpError)
    return base(failure.message, hint=failure.hint)


def _tree(kind: type[CmpError]) -> Iterator[type[CmpError]]:
    yield kind
    for each in kind.__subclasses__():
        if each.__init__ in {CmpError.__init__, Invalid.__init__}:
            yield from _tree(each)


_KINDS: Mapping[str, type[CmpError]] = {
    kind.code: kind for kind in reversed(list(_tree(CmpError))) if kind.__module__ == "cmp.errors"
}
