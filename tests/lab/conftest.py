"""Gives tests the clouds of the lab, a small lab to break, and the host lab: see what is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.by_lab import ByLab, refuse_to_tear
from support.clusters import cluster, cluster_made
from support.host_labs import host_lab, nodes, own_folder
from support.lab_clouds import lab_clouds
from support.small_lab import east, made, small_lab, small_state, west

__all__ = [
    "cluster",
    "cluster_made",
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLab:
    return ByLab(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    refuse_to_tear([item for item in items if Path(__file__).parent in item.path.parents])
