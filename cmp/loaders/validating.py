"""Turns a tree into a frozen document and every objection of the model into a problem at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cmp.errors import Problem
from cmp.loaders.fields import known_fields
from cmp.loaders.hints import did_you_mean
from cmp.model.base import ID, Document
from cmp.model.codes import Code
from cmp.model.texts import ADVICE
from cmp.ports.tree import Node, Place, Step, descend, locate
from cmp.sentences import Sentence

D = TypeVar("D", bound=Document)

CODES: Final[Mapping[str, Code]] = {
    "extra_forbidden": Code.UNKNOWN_FIELD,
    "missing": Code.MISSING_FIELD,
    "enum": Code.UNKNOWN_CHOICE,
    "literal_error": Code.UNKNOWN_CHOICE,
    "value_error": Code.IMPOSSIBLE,
    "greater_than": Code.OUT_OF_RANGE,
    "greater_than_equal": Code.OUT_OF_RANGE,
    "less_than": Code.OUT_OF_RANGE,
    "less_than_equal": Code.OUT_OF_RANGE,
    "too_short": Code.OUT_OF_RANGE,
    "too_long": Code.OUT_OF_RANGE,
    "string_too_short": Code.OUT_OF_RANGE,
    "finite_number": Code.BAD_NUMBER,
    "int_parsing_size": Code.BAD_NUMBER,
}
WORDS: Final[Mapping[str, str]] = {
    "a valid array": "a list",
    "a valid integer": "a whole number",
    "an object": "a mapping",
    "a valid ": "a ",
    "Tuple": "a list",
    " after validation": "",
}
LENGTHS: Final = frozenset({"too_short", "too_long", "string_too_short"})
DIGITS: Final = "write digits alone, without quotes; the unit is in the field's name"
HINTS: Final[Mapping[str, str]] = {
    "int_type": DIGITS,
    "float_type": DIGITS,
    "bool_type": "write true or false",
    "tuple_type": "write a list: [ … ] or lines that begin with `- `",
}
HOST_BITS: Final = "has host bits set"
KEY: Final = "[key]"
LONGEST_SHOWN: Final = 60


def validate(model: type[D], node: Node) -> tuple[D | None, tuple[Problem, ...]]:
    """Read a tree as a document.

    A value that fits none of several types is one problem, a mapping without several fields one for each.

    Returns:
        The document, None if the model objects, and all problems.
    """
    try:
        return model.model_validate_json(json.dumps(node.plain())), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
    problems: dict[tuple[Place, str], Problem] = {}
    for detail in details:
        if _is_echo(node, detail):
            continue
        problem = _problem(model, node, detail)
        field = problem.message if problem.code == Code.MISSING_FIELD else ""
        problems.setdefault((Place(problem.file, problem.line, problem.column), field), problem)
    return None, tuple(problems.values())


def _is_echo(root: Node, detail: ErrorDetails) -> bool:
    """True when a list is called too short only because what stands in it was refused."""
    if detail["type"] != "too_short":
        return False
    there = descend(root, _existing(root, detail["loc"]))
    wanted: int = detail.get("ctx", {}).get("min_length", 0)
    return len(there.items) + len(there.entries) >= wanted


def _problem(model: type[Document], root: Node, detail: ErrorDetails) -> Problem:
    path = tuple(_existing(root, detail["loc"]))
    code = CODES.get(detail["type"]) or (
        Code.WRONG_TYPE if detail["type"].endswith("_type") else Code.BAD_FORM
    )
    at_key = code is Code.UNKNOWN_FIELD or KEY in detail["loc"]
    place = locate(root, path, at_key=at_key)
    return place.problem(code, _message(code, path, detail), _hint(model, root, path, detail))


def _existing(root: Node, loc: tuple[Step, ...]) -> Iterator[Step]:
    """The steps of an error's location that the tree knows; names of validators are left out."""
    node = root
    for step in loc:
        if (isinstance(step, int) and step < len(node.items)) or step in node.entries:
            yield step
            node = descend(node, (step,))


def show(path: tuple[Step, ...]) -> str:
    """A path as people write it: `workloads[3].components[0].zone`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return _printable(text.removeprefix("."))


def _message(code: Code, path: tuple[Step, ...], detail: ErrorDetails) -> str:
    where = f"`{show(path)}`" if path else Sentence.called("word.the-file", "the file")
    said = _printable(detail["msg"].removeprefix("Value error, "))
    if code is Code.UNKNOWN_FIELD:
        return _under(Sentence("there is no field `{field}`", field=_printable(str(path[-1]))), path[:-1])
    if code is Code.MISSING_FIELD:
        return _under(Sentence("the field `{field}` is missing", field=detail["loc"][-1]), path)
    if code is Code.IMPOSSIBLE:
        return f"{where}: {said}"
    wanted = said.partition("should ")[2] or said
    for theirs, ours in WORDS.items():
        wanted = wanted.replace(theirs, ours)
    if _pattern_hint(str(detail.get("ctx", {}).get("pattern", ""))):
        return Sentence("{where} cannot be {given}", where=where, given=_shown(detail["input"]))
    if detail["type"] in LENGTHS:
        return f"{where} should {wanted}"
    return f"{where} should {wanted}, not {_shown(detail['input'])}"


def _under(told: Sentence, path: tuple[Step, ...]) -> Sentence:
    """What is wrong, and in which part of the file where it is not the file's top."""
    return Sentence("{told} in `{where}`", told=told, where=show(path)) if path else told


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list | tuple):
        return f"a list of {len(given)}"
    text = json.dumps(given, ensure_ascii=False, default=str)
    text = _printable(text)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _printable(text: str) -> str:
    """A text without what a terminal would obey."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def _hint(model: type[Document], root: Node, path: tuple[Step, ...], detail: ErrorDetails) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _field_hint(model, root, path)
    if kind == "enum":
        return did_you_mean(given, _quoted(context.get("expected", "")))
    if kind == "string_type" and isinstance(given, int | float):
        return f'quote it: "{given}"'.lower()
    if kind == "string_pattern_mismatch":
        return _pattern_hint(str(context.get("pattern", "")))
    if kind == "value_error" and HOST_BITS in detail["msg"]:
        return f"write {ip_network(str(given), strict=False)}"
    return HINTS.get(kind, "")


def _pattern_hint(pattern: str) -> str:
    """What to write instead: a pattern itself says nothing to people."""
    if pattern == ID:
        return "an id has 1 to 40 lower-case letters, digits and hyphens, and does not begin with a hyphen"
    return ADVICE.get(pattern, "")


def _field_hint(model: type[Document], root: Node, path: tuple[Step, ...]) -> str:
    """Name the nearest field that is not there yet."""
    there = descend(root, path[:-1]).entries
    return did_you_mean(path[-1], (name for name in known_fields(model, path[:-1]) if name not in there))


def _quoted(text: str) -> list[str]:
    return text.split("'")[1::2]
