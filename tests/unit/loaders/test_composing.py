"""YAML text becomes a tree: few scalars are not strings, aliases and merges work, all has its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.loaders.composing import compose
from cmp.loaders.scalars import resolve
from cmp.model.codes import Code
from cmp.ports.tree import Node, locate


def tree(text: str) -> Node:
    node, problems = compose(text, "file.yaml")
    assert problems == ()
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("1.50", 1.5),
        ("2e3", 2000.0),
        ("True", "True"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("08:30", "08:30"),
        ("1:30", "1:30"),
        ("05-20", "05-20"),
        ("2027-06-30", "2027-06-30"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        (".5", ".5"),
        ("=", "="),
        ("10.64.0.0", "10.64.0.0"),
        ("3fff:100::/32", "3fff:100::/32"),
    ],
)
def test_only_a_few_words_are_no_strings(text: str, value: Any) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_a_quoted_scalar_is_a_string() -> None:
    assert tree("[\"5\", 'true', |\n 7\n]".replace("|\n 7\n", '"null"')).plain() == ["5", "true", "null"]


def test_an_alias_stands_for_what_its_anchor_holds() -> None:
    assert tree("a: &x {b: 1}\nc: *x\nd: [*x, *x]").plain() == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": [{"b": 1}, {"b": 1}],
    }


def test_a_merge_gives_what_is_not_there_yet() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}"

    assert tree(text).plain()["c"] == {"x": 3, "y": 1, "z": 2}


def test_an_anchor_may_be_set_again() -> None:
    assert tree("a: &x 1\nb: *x\nc: &x 2\nd: *x").plain() == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_every_key_and_value_has_its_place() -> None:
    root = tree("first: 1\nlist:\n  - {deep: [x, 婚, y]}\n")

    assert str(locate(root, ("list", 0, "deep", 2))) == "file.yaml:3:19"
    assert str(locate(root, ("list", 0, "deep"), at_key=True)) == "file.yaml:3:6"
    assert str(locate(root, ("list", 0, "gone", 5))) == "file.yaml:3:5", "the innermost place there is"


def test_every_problem_of_a_text_is_told() -> None:
    _, problems = compose("a: 1\na: 2\n5: x\nb: !!set {}\nc: 1e999\n", "file.yaml")

    assert [problem.code for problem in problems] == [
        Code.DUPLICATE_KEY,
        Code.BAD_KEY,
        Code.BAD_TAG,
        Code.BAD_NUMBER,
    ]
    assert [problem.line for problem in problems] == [2, 3, 4, 5]


def test_two_documents_are_one_too_many() -> None:
    node, [problem] = compose("a: 1\n---\nb: 2\n", "file.yaml")

    assert node is None
    assert (problem.code, problem.line) == (Code.SYNTAX, 2)


def test_what_could_steer_a_terminal_is_not_repeated() -> None:
    node, [problem] = compose('a: "\\e[31m\\x9b"\n', "file.yaml")

    assert problem.code == Code.BAD_CHARACTER
    assert node is not None
    assert node.plain() == {"a": "�[31m�"}


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text("ab:", max_size=4), st.lists))
def test_json_is_read_as_json(value: Any) -> None:
    assert tree(json.dumps({"value": value})).plain() == {"value": value}
