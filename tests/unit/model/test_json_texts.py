"""JSON that others may have written is told in a sentence with its place, however it is wrong."""

from __future__ import annotations

import json

import pytest

from cmp.model.json_texts import DEEPEST, Malformed, parsed

WRONG = {
    "lists without end": ("[" * 100_000, 1, DEEPEST + 1),
    "mappings without end": ('{"a":' * 100_000, 1, 5 * DEEPEST + 1),
    "closed ones": ("[" * 5_000 + "]" * 5_000, 1, DEEPEST + 1),
    "little too deep": ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), 1, DEEPEST + 1),
    "deep in a later line": ('{"a": 1,\n "b": ' + "[" * 5_000 + "]" * 5_000 + "}", 2, 6 + DEEPEST),
    "brackets in texts do not count": ('["[[[[[[", \n' + "[" * 3_000 + "]" * 3_000 + "]", 2, DEEPEST),
    "a comma too many": ('{"a": 1,\n}', 2, 1),
    "nothing": ("", 1, 1),
    "two documents": ("{}\n{}", 2, 1),
    "no number": ('{"a": NaN}', 1, 1),
    "infinity": ('{"a": -Infinity}', 1, 1),
    "a number without end": ("9" * 5_000, 1, 1),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(name: str) -> None:
    text, line, column = WRONG[name]

    with pytest.raises(Malformed) as refusal:
        parsed(text)

    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b'{"a": "\xc3"}'])
def test_bytes_that_are_no_text_are_told(content: bytes) -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        parsed(content)


def test_what_is_right_is_read() -> None:
    document = {"a": [1, 2.5, None, True, "文", {"deep": [[[]]]}]}

    assert parsed(json.dumps(document)) == document
    assert parsed(b"\xef\xbb\xbf" + json.dumps(document).encode()) == document
    assert parsed("[" * DEEPEST + "]" * DEEPEST) is not None
