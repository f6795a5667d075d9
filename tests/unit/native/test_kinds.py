"""Loops are compiled for what annotations say, so annotations have to say enough."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest
from numba import types
from numpy.typing import NDArray

from cmp.native.kinds import fields_of, kind_of, kinds_of

Line = Annotated[NDArray[np.int64], 1]


class Pair(NamedTuple):
    one: int
    other: Line


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (int, types.int64),
        (bool, types.boolean),
        (float, types.float64),
        (Line, types.Array(types.int64, 1, "C")),
        (Annotated[NDArray[np.uint8], 3], types.Array(types.uint8, 3, "C")),
        (tuple[int, int], types.UniTuple(types.int64, 2)),
        (tuple[int, Line], types.Tuple((types.int64, types.Array(types.int64, 1, "C")))),
        (Pair, types.NamedTuple((types.int64, types.Array(types.int64, 1, "C")), Pair)),
    ],
)
def test_an_annotation_tells_the_type(hint: Any, kind: Any) -> None:
    assert kind_of(hint) == kind


def test_the_types_of_a_function_are_those_of_its_arguments() -> None:
    def function(line: Line, times: int) -> float: ...

    function.__annotations__ = {"line": Line, "times": int, "return": float}
    assert kinds_of(function) == (kind_of(Line), types.int64)


@pytest.mark.parametrize("hint", [NDArray[np.int64], np.ndarray, str, list[int]])
def test_an_annotation_that_says_too_little_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError, match="dimensions"):
        kind_of(hint)


def test_fields_keep_their_order() -> None:
    assert [name for name, _ in fields_of(Pair)] == ["one", "other"]
