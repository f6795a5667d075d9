from __future__ import annotations

import pytest

from toolchain.versions import OLDEST_PULUMI, PULUMI, as_numbers, is_usable


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3.259.0", (3, 259, 0)),
        ("v3.78.1", (3, 78, 1)),
        ("1.25", (1, 25)),
        ("v3.260.0-alpha.1+dirty", (3, 260, 0)),
    ],
)
def test_a_version_is_read_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert as_numbers(text) == numbers


@pytest.mark.parametrize("version", [PULUMI, OLDEST_PULUMI, "3.300.1"])
def test_an_engine_of_the_pinned_line_is_usable(version: str) -> None:
    assert is_usable(version)


@pytest.mark.parametrize("version", ["3.229.9", "2.25.2", "4.0.0", "", "unknown"])
def test_an_engine_too_old_too_new_or_nameless_is_not_usable(version: str) -> None:
    assert not is_usable(version)
