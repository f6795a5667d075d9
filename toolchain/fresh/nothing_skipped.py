"""Loaded by `pytest -p`: refuses a collection in which a test would be skipped for the machine's sake."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Name every test that a `skipif` would leave out.

    Raises:
        pytest.UsageError: there is one.
    """
    skipped = [
        f"{item.nodeid}: {mark.kwargs.get('reason', '')}"
        for item in items
        for mark in item.iter_markers("skipif")
        if any(mark.args)
    ]
    if skipped:
        raise pytest.UsageError("\n".join(("these tests would be skipped:", *skipped)))
