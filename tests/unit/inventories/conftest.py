"""Loads the shipped environments once and places the reference; nothing is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import schedule

INVENTORIES = Path(__file__).parents[3] / "inventories"


@pytest.fixture(scope="session")
def inventories() -> Path:
    return INVENTORIES


@pytest.fixture(scope="session")
def reference() -> Environment:
    return load(INVENTORIES / "reference").environment


@pytest.fixture(scope="session")
def lab() -> Environment:
    return load(INVENTORIES / "lab").environment


@pytest.fixture(scope="session")
def reference_decision(reference: Environment) -> Decision:
    return schedule(reference)


@pytest.fixture(scope="session")
def lab_decision(lab: Environment) -> Decision:
    return schedule(lab)
