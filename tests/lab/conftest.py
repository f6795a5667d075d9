"""Gives tests the clouds of the lab, a small lab to break, and the host lab: see what is imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.host_labs import host_lab, nodes, own_folder
from support.lab_clouds import lab_clouds
from support.small_lab import east, made, small_lab, small_state, west

__all__ = [
    "east",
    "host_lab",
    "lab_clouds",
    "made",
    "nodes",
    "own_folder",
    "small_lab",
    "small_state",
    "west",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests of the clouds on one worker, since they share them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("lab"))
