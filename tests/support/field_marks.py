"""Marks the field cases that the product gets wrong today: a mark that is not true any more fails."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def wrong(reason: str) -> pytest.MarkDecorator:
    """Expect a failure; the reason opens with the case's number."""
    return pytest.mark.xfail(strict=True, reason=reason)


def some_wrong(names: Iterable[str], reason: str, *but: str) -> list[object]:
    """Parameters for all names, those in `but` marked as wrong.

    Raises:
        ValueError: a name is marked that is none of the cases.
    """
    known = list(names)
    if unknown := set(but) - set(known):
        raise ValueError(f"no such cases: {sorted(unknown)}")
    return [pytest.param(name, marks=[wrong(reason)] if name in but else []) for name in known]
